"""Reads LiveBench's leaderboard: one score a model for intelligence, coding and mathematics.

Intelligence is the average over all categories, math the category "mathematics", coding the mean of the
two categories "coding" and "agentic coding", or the first alone in releases that have no second.

**One scale.** The tasks of a release are not those of another, so its scores are brought to the scale of the
newest, release by release: for each pair of neighbours, and each of the three, the scores of all names that
stand in both are pooled until they rise together (isotonic regression by pool-adjacent-violators), and a line
of straight pieces is drawn through 0, the pools' means and 100. Each such line rises strictly, so whatever
was better stays better.

**One setting.** A name carries its effort. A model gets the scores of its setting with the best average,
each setting counted by the newest release that has it; a model whose id names an effort gets that one's.
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

Knot = tuple[float, float]

NAMES = {
    "amazon.nova-lite-v1:0": "nova-lite-v1",
    "amazon.nova-micro-v1:0": "nova-micro-v1",
    "amazon.nova-pro-v1:0": "nova-pro-v1",
    # The leaderboard calls previews so; these two, and no others of June 2025, are the stable ones.
    "gemini-2.5-flash-06-05-highthinking": "gemini-2.5-flash",
    "gemini-2.5-pro-06-05-highthinking": "gemini-2.5-pro",
    # The rows of these models in models.dev are released on, or named by, the date of the name.
    "gemini-3-pro-preview-11-2025-high": "gemini-3-pro-preview-high",
    "gemini-3-pro-preview-11-2025-low": "gemini-3-pro-preview-low",
    "grok-4.20-beta-0309-non-reasoning": "grok-4.20-non-reasoning",
    "grok-4.20-beta-0309-reasoning": "grok-4.20-reasoning",
    "grok-code-fast-1-0825": "grok-code-fast-1",
    "llama4-maverick-instruct-basic": "llama-4-maverick",
    "perplexity-sonar": "perplexity/sonar",
    "perplexity-sonar-pro": "perplexity/sonar-pro",
    "qwen3-max-2025-09-23": "qwen3-max",
}
"""Names of the leaderboard that no rule reads, respelt."""

_EFFORT = re.compile(r"-(high|low|medium|xhigh|minimal)(-effort)?$")
_MODE = re.compile(r"-(thinking(-auto|-\d+k)?|nothinking|highthinking|base|turbo)$")
_DATE = re.compile(r"-(20\d{6}|20\d\d-\d\d-\d\d)(?=-|$)")


class Scores(NamedTuple):
    """In percent."""

    intelligence: float
    coding: float
    math: float


class Entry(NamedTuple):
    """A line of the leaderboard."""

    release: str
    name: str
    scores: Scores


def read(path: Path) -> list[Entry]:
    """All complete lines. One that lacks a category has no average and is left out."""
    entries = []
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if not line["average"]:
                continue
            coding = [float(line[name]) for name in ("coding", "agentic_coding") if line[name]]
            scores = Scores(float(line["average"]), sum(coding) / len(coding), float(line["mathematics"]))
            entries.append(Entry(line["release"], line["model"], scores))
    return entries


def rising(pairs: Iterable[Knot]) -> list[Knot]:
    """The knots of a line through (0, 0) and (100, 100) that rises strictly and fits the pairs."""
    pools: list[tuple[float, float, int]] = []
    for x, y in sorted(pairs):
        pools.append((x, y, 1))
        # Sums, so that a pool's mean is that of all its pairs.
        while len(pools) > 1 and not _below(pools[-2], pools[-1]):
            (x1, y1, n1), (x2, y2, n2) = pools[-2:]
            pools[-2:] = [(x1 + x2, y1 + y2, n1 + n2)]
    means = [(x / n, y / n) for x, y, n in pools]
    return [(0.0, 0.0), *((x, y) for x, y in means if 0 < x < 100 and 0 < y < 100), (100.0, 100.0)]


def _below(one: tuple[float, float, int], other: tuple[float, float, int]) -> bool:
    return one[0] / one[2] < other[0] / other[2] and one[1] / one[2] < other[1] / other[2]


def at(knots: Sequence[Knot], x: float) -> float:
    """The line's height at x, of 0 to 100."""
    for (x1, y1), (x2, y2) in pairwise(knots):
        if x <= x2:
            # Rounding must not lift it above the knot.
            return min(y2, y1 + (y2 - y1) * (x - x1) / (x2 - x1))
    return knots[-1][1]


def on_one_scale(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with their scores on the scale of the newest release."""
    releases = sorted({entry.release for entry in entries})
    of = {release: {e.name: e.scores for e in entries if e.release == release} for release in releases}
    lines: dict[str, list[Callable[[float], float]]] = {releases[-1]: [float] * 3}
    for older, newer in reversed(list(pairwise(releases))):
        both = of[older].keys() & of[newer].keys()
        links = [rising((of[older][name][i], of[newer][name][i]) for name in both) for i in range(3)]
        lines[older] = [_then(link, after) for link, after in zip(links, lines[newer], strict=True)]
    return [
        entry._replace(
            scores=Scores(*(line(x) for line, x in zip(lines[entry.release], entry.scores, strict=True)))
        )
        for entry in entries
    ]


def _then(knots: list[Knot], after: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: after(at(knots, x))


def matched(name: str, known: Callable[[str], str | None]) -> list[str]:
    """The models that a name of the leaderboard is of; `known` finds a model by a bare name.

    What the name says is taken off from its end, word by word, until a model has it. One that is called
    after an effort is found first, and the model without it too.
    """
    name = NAMES.get(name, name)
    name = re.sub(r"^claude-(\d(?:-\d)?)-(opus|sonnet|haiku)(?=-2025)", _modern, name)
    found: list[str] = []
    while True:
        for spelt in (name, _DATE.sub("", name)):
            if (model := known(spelt)) and model not in found:
                found.append(model)
                break
        effort = _EFFORT.search(name)
        ending = effort or (None if found else _MODE.search(name))
        if ending is None:
            return found
        name = name[: ending.start()]


def _modern(found: re.Match[str]) -> str:
    """Claude's order of words since 4: the family first."""
    version, family = found.groups()
    return found[0] if version.startswith("3") else f"claude-{family}-{version}"


def ranked(entries: Sequence[Entry], known: Callable[[str], str | None]) -> dict[str, Scores]:
    """The scores of models, on one scale, rounded to two places."""
    settings: dict[str, dict[str, Scores]] = {}
    for entry in sorted(on_one_scale(entries)):
        for model in matched(entry.name, known):
            settings.setdefault(model, {})[entry.name] = entry.scores
    best = {model: max(each.values()) for model, each in settings.items()}
    return {model: Scores(*(round(score, 2) for score in scores)) for model, scores in best.items()}
