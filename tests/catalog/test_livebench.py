"""Scores: one scale for all releases, the best setting of a model, names read by rule."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.catalog.build.livebench import Entry, Scores, at, matched, on_one_scale, ranked, read, rising

PERCENT = st.floats(0.01, 99.99)
MODELS = {
    *("claude-3-7-sonnet", "claude-opus-4-1", "claude-opus-4-5", "deepseek-v3.2", "gpt-5", "gpt-5.1-codex"),
    *("gpt-5.1-codex-max", "kimi-k2", "kimi-k2-thinking", "o3-mini", "o3-mini-high", "qwen3-235b-a22b"),
    *("qwen3-235b-a22b-thinking-2507", "llama-3.3-70b-instruct", "gpt-4-turbo", "gpt-4.1"),
}
NAMES = {
    "claude-3-7-sonnet-20250219-base": ["claude-3-7-sonnet"],
    "claude-3-7-sonnet-20250219-thinking-64k": ["claude-3-7-sonnet"],
    "claude-4-1-opus-20250805-thinking-32k": ["claude-opus-4-1"],
    "claude-opus-4-5-20251101-thinking-64k-low-effort": ["claude-opus-4-5"],
    "claude-opus-4-5-20251101-high-effort": ["claude-opus-4-5"],
    "deepseek-v3.2-thinking": ["deepseek-v3.2"],
    "deepseek-v3.2-exp-thinking": [],
    "gpt-4.1-2025-04-14": ["gpt-4.1"],
    "gpt-4-turbo": ["gpt-4-turbo"],
    "gpt-5-minimal": ["gpt-5"],
    "gpt-5-mini-high": [],
    "gpt-5.1-codex-max-xhigh": ["gpt-5.1-codex-max"],
    "kimi-k2-thinking": ["kimi-k2-thinking"],
    "o3-mini-2025-01-31-high": ["o3-mini-high", "o3-mini"],
    "o3-mini-2025-01-31-low": ["o3-mini"],
    "qwen3-235b-a22b-thinking": ["qwen3-235b-a22b"],
    "qwen3-235b-a22b-thinking-2507": ["qwen3-235b-a22b-thinking-2507"],
    "llama-3.3-70b-instruct-turbo": ["llama-3.3-70b-instruct"],
}


def known(name: str) -> str | None:
    return name if name in MODELS else None


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_read(name: str) -> None:
    assert matched(name, known) == NAMES[name]


@given(
    st.lists(st.tuples(PERCENT, PERCENT), max_size=40), st.lists(st.floats(0, 100), min_size=2, unique=True)
)
@example([(1.0, 0.01)], [0.0, 100.0])
def test_a_line_rises_strictly_and_stays_in_percent(
    pairs: list[tuple[float, float]], xs: list[float]
) -> None:
    knots = rising(pairs)
    heights = [at(knots, x) for x in sorted(xs)]

    assert all(0 <= height <= 100 for height in heights)
    assert heights == sorted(heights)
    assert all(x1 < x2 and y1 < y2 for (x1, y1), (x2, y2) in pairwise(knots))


def test_a_line_goes_through_pairs_that_rise() -> None:
    pairs = [(20.0, 10.0), (50.0, 30.0), (80.0, 70.0)]

    assert [at(rising(pairs), x) for x, _ in pairs] == [y for _, y in pairs]


def test_pairs_that_fall_are_pooled() -> None:
    knots = rising([(20.0, 10.0), (50.0, 40.0), (60.0, 30.0), (80.0, 70.0)])

    assert knots == [(0.0, 0.0), (20.0, 10.0), (55.0, 35.0), (80.0, 70.0), (100.0, 100.0)]


def entry(release: str, name: str, score: float) -> Entry:
    return Entry(release, name, Scores(score, score, score))


def test_releases_come_to_the_scale_of_the_newest_over_all_between() -> None:
    entries = [
        *(entry("1", "old", 40.0), entry("1", "linked", 80.0)),
        *(entry("2", "linked", 60.0), entry("2", "gpt-5", 60.0)),
        *(entry("3", "gpt-5", 30.0), entry("3", "new", 90.0)),
    ]
    scaled = {(e.release, e.name): e.scores.math for e in on_one_scale(entries)}

    assert scaled["3", "new"] == 90.0
    assert scaled["2", "linked"] == 30.0
    assert scaled["1", "linked"] == 30.0
    assert scaled["1", "old"] == pytest.approx(15.0)


def test_a_model_has_its_best_setting_and_one_named_after_a_setting_has_that() -> None:
    scores = ranked(
        [entry("1", f"o3-mini-{effort}", 50.0 + n) for n, effort in enumerate(("low", "high"))], known
    )

    assert scores == {"o3-mini": Scores(51, 51, 51), "o3-mini-high": Scores(51, 51, 51)}


def test_a_setting_counts_by_its_newest_release() -> None:
    entries = [entry("1", "gpt-5-high", 80.0), entry("2", "gpt-5-high", 60.0), entry("2", "gpt-5-low", 50.0)]

    assert ranked(entries, known)["gpt-5"].intelligence == 60.0


def test_the_file_is_read_and_a_line_without_an_average_is_not(tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    file.write_text(
        "release,model,average,reasoning,coding,agentic_coding,mathematics,data_analysis,language,if\n"
        "2025-01-01,both,50,1,60,20,30,1,1,1\n"
        "2025-01-01,one,50,1,60,,30,1,1,1\n"
        "2025-01-01,partial,,1,60,,30,1,1,1\n",
        "utf-8",
    )

    assert [(e.name, e.scores) for e in read(file)] == [
        ("both", Scores(50, 40, 30)),
        ("one", Scores(50, 60, 30)),
    ]
