"""The end of a stream, vendor by vendor: what leaves when. Times are seconds on a clock of the test."""

import copy
from typing import Any

import pytest

from service.edge.finish import FinishHold
from service.types.chunk import Chunk, ChunkChoice, Delta, Usage
from service.types.fold import fold
from service.types.metadata import Metadata

WAIT = 2.0


def word(text: str, index: int = 0, finish: str | None = None, usage: int | None = None) -> Chunk:
    choice = ChunkChoice(index=index, delta=Delta(role="assistant", content=text), finish_reason=finish)
    return Chunk(choices=[choice], usage=_usage(usage))


def finish(index: int = 0, reason: str = "stop", usage: int | None = None, **extra: Any) -> Chunk:
    choice = ChunkChoice(index=index, delta=Delta(), finish_reason=reason, extra=extra)
    return Chunk(choices=[choice], usage=_usage(usage))


def usage(total: int, **extra: Any) -> Chunk:
    return Chunk(usage=_usage(total), extra=extra)


def _usage(total: int | None) -> Usage | None:
    return None if total is None else Usage(total_tokens=total)


END = None


def play(script: list[tuple[float, Chunk | None]], *, choices: int, include_usage: bool) -> list[str]:
    """Plays what a vendor sends, and tells what leaves as "time: frame"."""
    hold = FinishHold(
        choices,
        include_usage=include_usage,
        wait=WAIT,
        account=lambda: Metadata(generation_id="g"),
    )
    out: list[str] = []
    for at, what in script:
        due = hold.deadline
        if due is not None and due <= at:
            out += [f"{due:g}: {_show(each)}" for each in hold.expire(due)]
        left = hold.end() if what is None else hold.feed([what], at)
        out += [f"{at:g}: {_show(each)}" for each in left]
    return out


def _show(chunk: Chunk) -> str:
    """One frame in short: index and text, `!` and finish reason, what else it carries."""
    parts = []
    for choice in chunk.choices:
        reason = f"!{choice.finish_reason}" if choice.finish_reason else ""
        parts.append(f"{choice.index}{choice.delta.content or ''}{reason}")
    parts += [f"usage={chunk.usage.total_tokens}"] if chunk.usage else []
    return " ".join([*parts, *(["account"] if chunk.metadata else [])])


CASES: dict[str, tuple[int, list[tuple[float, Chunk | None]], list[str], list[str]]] = {
    # name: (n, the vendor's frames, what leaves, what leaves with include_usage)
    "usage in the finish": (
        1,
        [(0, word("a")), (1, finish(usage=5)), (1, END)],
        ["0: 0a", "1: 0!stop usage=5 account"],
        ["0: 0a", "1: 0!stop", "1: usage=5 account"],
    ),
    "usage after the finish": (
        1,
        [(0, word("a")), (1, finish()), (1.5, usage(5)), (1.6, END)],
        ["0: 0a", "1.5: 0!stop usage=5 account"],
        ["0: 0a", "1: 0!stop", "1.5: usage=5 account"],
    ),
    "usage too late": (
        1,
        [(0, word("a")), (1, finish()), (3.5, usage(5)), (4, END)],
        ["0: 0a", "3: 0!stop account"],
        ["0: 0a", "1: 0!stop", "3: account"],
    ),
    "no usage, and an end": (
        1,
        [(0, word("a")), (1, finish()), (1.2, END)],
        ["0: 0a", "1.2: 0!stop account"],
        ["0: 0a", "1: 0!stop", "1.2: account"],
    ),
    "no usage and no end": (
        1,
        [(0, word("a")), (1, finish()), (9, END)],
        ["0: 0a", "3: 0!stop account"],
        ["0: 0a", "1: 0!stop", "3: account"],
    ),
    "running totals": (
        1,
        [(0, word("a", usage=1)), (1, word("b", usage=2)), (2, finish(usage=3)), (2, END)],
        ["0: 0a", "1: 0b", "2: 0!stop usage=3 account"],
        ["0: 0a", "1: 0b", "2: 0!stop", "2: usage=3 account"],
    ),
    "running totals that stop before the finish": (
        1,
        [(0, word("a", usage=1)), (1, finish()), (1.5, END)],
        ["0: 0a", "1.5: 0!stop usage=1 account"],
        ["0: 0a", "1: 0!stop", "1.5: usage=1 account"],
    ),
    "finish repeated with usage": (
        1,
        [(0, word("a")), (1, finish()), (1.5, finish(usage=5)), (2, END)],
        ["0: 0a", "1.5: 0!stop usage=5 account"],
        ["0: 0a", "1: 0!stop", "1.5: usage=5 account"],
    ),
    "finish repeated without usage": (
        1,
        [(0, word("a")), (1, finish()), (1.1, finish()), (1.2, usage(5))],
        ["0: 0a", "1.2: 0!stop usage=5 account"],
        ["0: 0a", "1: 0!stop", "1.2: usage=5 account"],
    ),
    "content and finish in one": (
        1,
        [(0, word("a", finish="length")), (1, usage(5))],
        ["0: 0a", "1: 0!length usage=5 account"],
        ["0: 0a", "0: 0!length", "1: usage=5 account"],
    ),
    "all in one": (
        1,
        [(0, word("a", finish="stop", usage=5)), (0, END)],
        ["0: 0a", "0: 0!stop usage=5 account"],
        ["0: 0a", "0: 0!stop", "0: usage=5 account"],
    ),
    "two choices, one after the other": (
        2,
        [(0, word("a")), (1, finish(0)), (1.5, word("b", 1)), (2, finish(1)), (2.5, usage(5))],
        ["0: 0a", "1.5: 0!stop", "1.5: 1b", "2.5: 1!stop usage=5 account"],
        ["0: 0a", "1: 0!stop", "1.5: 1b", "2: 1!stop", "2.5: usage=5 account"],
    ),
    "two choices, one of them slow": (
        2,
        [(0, word("a")), (1, finish(0)), (9, word("b", 1)), (10, finish(1, usage=5))],
        ["0: 0a", "3: 0!stop", "9: 1b", "10: 1!stop usage=5 account"],
        ["0: 0a", "1: 0!stop", "9: 1b", "10: 1!stop", "10: usage=5 account"],
    ),
    "two choices, usage of each": (
        2,
        [(0, finish(0, usage=2)), (1, finish(1, usage=5)), (1, END)],
        ["1: 0!stop", "1: 1!stop usage=5 account"],
        ["0: 0!stop", "1: 1!stop", "1: usage=5 account"],
    ),
    "fewer choices than asked for": (
        3,
        [(0, word("a")), (1, finish(0)), (1.1, usage(5)), (1.2, END)],
        ["0: 0a", "1.2: 0!stop usage=5 account"],
        ["0: 0a", "1: 0!stop", "1.2: usage=5 account"],
    ),
    "content after the finish": (
        1,
        [(0, finish()), (1, word("late")), (1.5, usage(5)), (1.6, END)],
        ["1: 0!stop", "1: 0late", "1.5: usage=5 account"],
        ["0: 0!stop", "1: 0late", "1.5: usage=5 account"],
    ),
}


@pytest.mark.parametrize("include_usage", [False, True])
@pytest.mark.parametrize(("choices", "script", "expected", "with_usage_apart"), CASES.values(), ids=CASES)
def test_what_leaves_when(
    choices: int,
    script: list[tuple[float, Chunk | None]],
    expected: list[str],
    with_usage_apart: list[str],
    include_usage: bool,
) -> None:
    # A chunk is taken apart on its way, so every run plays copies.
    played = play(copy.deepcopy(script), choices=choices, include_usage=include_usage)

    assert played == (with_usage_apart if include_usage else expected)


def _hold() -> FinishHold:
    return FinishHold(1, include_usage=False, wait=WAIT, account=lambda: Metadata(generation_id="g"))


def test_the_role_comes_once_per_choice() -> None:
    out = _hold().feed([word("a"), word("b"), word("c", 1), word("d", 1)], 0)

    assert [chunk.choices[0].delta.role for chunk in out] == ["assistant", None, "assistant", None]


def test_facts_without_choices_ride_on_the_next_frame() -> None:
    hold = _hold()
    assert hold.feed([Chunk(extra={"filter": 1}, system_fingerprint="fp", service_tier="flex")], 0) == []

    [first] = hold.feed([word("a")], 0)
    [second] = hold.feed([word("b")], 0)

    assert (first.extra, first.system_fingerprint, first.service_tier) == ({"filter": 1}, "fp", "flex")
    assert (second.extra, second.system_fingerprint) == ({}, "fp")


def test_facts_that_come_after_the_finish_ride_on_it() -> None:
    hold = _hold()
    assert hold.feed([finish()], 0) == []

    [last] = hold.feed([finish(filtered=False), usage(5, x_vendor=1)], 0)

    assert last.choices[0].extra == {"filtered": False}
    assert last.extra == {"x_vendor": 1}
    assert last.usage
    assert last.usage.total_tokens == 5


def test_nothing_leaves_twice() -> None:
    hold = _hold()
    hold.feed([finish(usage=5)], 0)

    assert hold.done
    assert hold.expire(99) == []
    assert hold.end() == []


def test_a_frame_may_finish_one_choice_and_not_the_other() -> None:
    hold = FinishHold(2, include_usage=False, wait=WAIT, account=lambda: Metadata(generation_id="g"))
    mixed = finish(0)
    mixed.choices.append(ChunkChoice(index=1, delta=Delta(role="assistant")))

    out = hold.feed([mixed, usage(1)], 0)
    assert out == [], "choice 1 has not finished, so this is no account of the whole"

    out = hold.feed([word("late", 1), finish(1), usage(5)], 1)
    assert [chunk.metadata is not None for chunk in out] == [False, False, True]
    assert out[-1].usage is not None
    assert out[-1].usage.total_tokens == 5


@pytest.mark.parametrize("include_usage", [False, True])
def test_sources_and_log_probabilities_after_the_reason_are_not_lost(include_usage: bool) -> None:
    late = Chunk(
        choices=[
            ChunkChoice(
                index=0,
                delta=Delta(annotations=[{"type": "url_citation"}]),
                logprobs={"content": [{"token": "a"}]},
            )
        ]
    )
    hold = FinishHold(1, include_usage=include_usage, wait=WAIT, account=lambda: Metadata(generation_id="g"))
    out = [each for chunk in (word("a"), finish(), late, usage(5)) for each in hold.feed([chunk], 0)]

    whole = fold(out + hold.end())
    assert whole.choices[0].delta.annotations == [{"type": "url_citation"}]
    assert whole.choices[0].logprobs == {"content": [{"token": "a"}]}
    assert [each.choices[0].finish_reason for each in out if each.choices].count("stop") == 1
