"""What a model that speaks Messages takes, as data by its version.

The catalog counts where it knows; else the version in a Claude's name does. A model of another maker behind
the same wire format has no such name, and is asked in the forms that all of them know.

Sources: Anthropic's pages on structured outputs (4.5), adaptive thinking and effort (4.6; budgets until 4.6),
prefill (until 4.5), sampling parameters (until 4.6; temperature and top_p together until 4.0), system turns
(Opus 4.8, others 5), what is new in Fable 5.1 and the 5.5 models (no forced tools; thinking that cannot be
turned off, or between tools only); models.dev; recorded requests to these models.
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from service.types.facts import Facts
from service.types.upstream import Endpoint

EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""All values of `output_config.effort`, ascending."""

ThinkingForm = Literal["none", "budget", "either", "adaptive"]

_NAME = re.compile(
    r"claude-(?:(?P<before>\d)(?:[-.](?P<before_minor>\d))?-)?"
    r"(?P<family>opus|sonnet|haiku|fable|mythos)"
    r"(?:-(?P<after>\d{1,2})(?:[-.](?P<after_minor>\d{1,2}))?(?!\d))?"
)
# Names without a number belong to the newest generation.
_NEWEST = (5, 0)
# Families that cannot answer without thinking.
_ALWAYS_THINKING = frozenset({"fable", "mythos"})
# From these on a tool cannot be forced. Source: "What's new" of Fable 5.1, Opus 5.5 and Sonnet 5.5.
_FIRST_UNFORCED = {"fable": (5, 1), "mythos": (5, 1), "opus": (5, 5), "sonnet": (5, 5)}
_FIRST_THINKING, _FIRST_ONE_SAMPLER = (3, 7), (4, 1)
_FIRST_STRUCTURED, _FIRST_ADAPTIVE, _FIRST_WITHOUT_BUDGET = (4, 5), (4, 6), (4, 7)


class Version(NamedTuple):
    """A Claude's family and version."""

    family: str
    number: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one model takes.

    - `structured_outputs`: `output_config.format`, and `strict` in tools.
    - `thinking`: by a token budget, adaptive (by effort), either, or not at all.
    - `always_thinks`: whether thinking cannot be turned off; `off` is how it is turned off else.
    - `hides_thoughts`: whether thoughts come back empty unless `display` asks for them.
    - `efforts`: the values of `output_config.effort` that it takes, ascending; empty for none.
    - `sampling`: temperature, top_p and top_k; `one_sampler`: not temperature and top_p together.
    - `prefill`: a last turn of the assistant that it goes on with.
    - `system_turns`: turns with role system between the others.
    - `forced_tools`: a tool choice that makes it call one.
    """

    structured_outputs: bool
    thinking: ThinkingForm
    always_thinks: bool
    off: Literal["disabled", "between_tools"]
    hides_thoughts: bool
    efforts: tuple[str, ...]
    sampling: bool
    one_sampler: bool
    prefill: bool
    system_turns: bool
    forced_tools: bool


def version_of(model: str) -> Version | None:
    """Reads a Claude's version from its id at any vendor; None for other models."""
    match = _NAME.search(model)
    if match is None:
        return None
    major = match["before"] or match["after"]
    minor = match["before_minor"] or match["after_minor"]
    return Version(match["family"], (int(major), int(minor or 0)) if major else _NEWEST)


def abilities(endpoint: Endpoint) -> Abilities:
    """What the model behind an endpoint takes."""
    facts, version = endpoint.facts, version_of(endpoint.model)
    thinking = _thinking(facts, version)
    if version is None:
        return Abilities(
            structured_outputs=bool(facts.structured_outputs),
            thinking=thinking,
            always_thinks=facts.thinking_off is False,
            off="disabled",
            hides_thoughts=False,
            efforts=_efforts(facts, None),
            sampling=facts.temperature is not False,
            one_sampler=False,
            prefill=True,
            system_turns=False,
            forced_tools=True,
        )
    family, number = version
    return Abilities(
        structured_outputs=_known(facts.structured_outputs, number >= _FIRST_STRUCTURED),
        thinking=thinking,
        always_thinks=family in _ALWAYS_THINKING or (family == "opus" and number >= (5, 5)),
        off="between_tools" if family == "sonnet" and number >= (5, 5) else "disabled",
        hides_thoughts=number >= _FIRST_WITHOUT_BUDGET,
        efforts=_efforts(facts, version),
        sampling=_known(facts.temperature, number < _FIRST_WITHOUT_BUDGET),
        one_sampler=number >= _FIRST_ONE_SAMPLER,
        prefill=number < _FIRST_ADAPTIVE,
        system_turns=number >= ((4, 8) if family == "opus" else (5, 0)),
        forced_tools=family not in _FIRST_UNFORCED or number < _FIRST_UNFORCED[family],
    )


def _thinking(facts: Facts, version: Version | None) -> ThinkingForm:
    if facts.reasoning is False:
        return "none"
    adaptive = version is not None and version.number >= _FIRST_ADAPTIVE
    if facts.efforts or facts.budget:
        if not facts.budget:
            return "adaptive"
        return "either" if facts.efforts and adaptive else "budget"
    if version is None:
        return "budget"
    if version.number < _FIRST_THINKING:
        return "none"
    if version.number >= _FIRST_WITHOUT_BUDGET:
        return "adaptive"
    return "either" if adaptive else "budget"


def _efforts(facts: Facts, version: Version | None) -> tuple[str, ...]:
    if facts.efforts is not None:
        return tuple(effort for effort in EFFORTS if effort in facts.efforts)
    if version is None:
        return ()
    if version.number >= _FIRST_WITHOUT_BUDGET:
        return EFFORTS
    if version.number >= _FIRST_ADAPTIVE:
        return ("low", "medium", "high", "max")
    return ("low", "medium", "high") if version == ("opus", (4, 5)) else ()


def _known(fact: bool | None, otherwise: bool) -> bool:
    return otherwise if fact is None else fact
