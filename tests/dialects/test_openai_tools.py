"""Tool calls in streams: each call keeps its index, id and name, whatever a vendor makes of them."""

import time

import pytest

from service.dialects import DIALECTS
from service.types.chunk import ToolCallDelta
from service.types.fold import fold
from tests.asking import ENDPOINT, chat
from tests.dialects.decoding import DONE, calls, delta, folded, piece

OPENAI = DIALECTS["openai"]
END = delta(finish="stop") + DONE

A, B = (
    ToolCallDelta(index=0, id="a", type="function", name="f", arguments="{1}"),
    ToolCallDelta(index=1, id="b", type="function", name="g", arguments="{2}"),
)
TOOLS = [
    (
        "as OpenAI says it",
        calls(piece(0, "", id="a", name="f"))
        + calls(piece(0, "{1}"))
        + calls(piece(1, "", id="b", name="g"))
        + calls(piece(1, "{2}")),
    ),
    (
        "interleaved",
        calls(piece(0, id="a", name="f"))
        + calls(piece(1, id="b", name="g"))
        + calls(piece(0, "{"))
        + calls(piece(1, "{2"))
        + calls(piece(0, "1}"), piece(1, "}")),
    ),
    ("both in one frame", calls(piece(0, "{1}", id="a", name="f"), piece(1, "{2}", id="b", name="g"))),
    ("without index", calls(piece(None, "{1}", id="a", name="f"), piece(None, "{2}", id="b", name="g"))),
    (
        "without index, in pieces",
        calls(piece(None, "", id="a", name="f"))
        + calls(piece(None, "{1}"))
        + calls(piece(None, "{2", id="b", name="g"))
        + calls(piece(None, "}")),
    ),
    (
        "without index, the id on every piece",
        calls(piece(None, "{", id="a", name="f"))
        + calls(piece(None, "{2", id="b", name="g"))
        + calls(piece(None, "1}", id="a"))
        + calls(piece(None, "}", id="b")),
    ),
    (
        "index null",
        calls(
            {"index": None} | piece(None, "{1}", id="a", name="f"),
            {"index": None} | piece(None, "{2}", id="b", name="g"),
        ),
    ),
    ("index always 0", calls(piece(0, "{1}", id="a", name="f")) + calls(piece(0, "{2}", id="b", name="g"))),
    (
        "index always 0, in pieces",
        calls(piece(0, "{", id="a", name="f"))
        + calls(piece(0, "1}"))
        + calls(piece(0, "{2", id="b", name="g"))
        + calls(piece(0, "}")),
    ),
    (
        "index always 0, the id on every piece",
        calls(piece(0, "{", id="a", name="f"))
        + calls(piece(0, "1}", id="a"))
        + calls(piece(0, "{2", id="b", name="g"))
        + calls(piece(0, "}", id="b")),
    ),
    (
        "the id on every piece",
        calls(piece(0, "{", id="a", name="f"), piece(1, "{", id="b", name="g"))
        + calls(piece(0, "1}", id="a"), piece(1, "2}", id="b")),
    ),
    (
        "an empty id on later pieces",
        calls(piece(0, "{", id="a", name="f"))
        + calls(piece(0, "1}", id="", name=""))
        + calls(piece(1, "{2}", id="b", name="g")),
    ),
]


NAMELESS = [  # pieces of two calls without ids
    ("without index", calls(piece(None, "{1}", name="f"), piece(None, "{2}", name="g"))),
    ("at index 0", calls(piece(0, "{1}", name="f")) + calls(piece(0, "{2}", name="g"))),
    (
        "at index 0, the name on every piece",
        calls(piece(0, "{", name="f")) + calls(piece(0, "1}", name="f")) + calls(piece(0, "{2}", name="g")),
    ),
    ("with indexes", calls(piece(0, "{1}", name="f", id=None)) + calls(piece(1, "{2}", name="g", id=""))),
]


@pytest.mark.parametrize("data", [row[1] for row in TOOLS], ids=[row[0] for row in TOOLS])
def test_parallel_tool_calls(data: bytes) -> None:
    [choice] = folded(data + delta(finish="tool_calls") + DONE).choices

    assert choice.delta.tool_calls == [A, B]


@pytest.mark.parametrize("data", [row[1] for row in NAMELESS], ids=[row[0] for row in NAMELESS])
def test_calls_without_id_are_told_apart_by_name_and_get_ids(data: bytes) -> None:
    [choice] = folded(data + END).choices

    assert choice.delta.tool_calls == [
        ToolCallDelta(index=0, id="call_0", type="function", name="f", arguments="{1}"),
        ToolCallDelta(index=1, id="call_1", type="function", name="g", arguments="{2}"),
    ]


def test_two_calls_of_one_name_in_one_chunk_are_two() -> None:
    [choice] = folded(calls(piece(0, "{1}", name="f"), piece(0, "{2}", name="f")) + END).choices

    assert [call.arguments for call in choice.delta.tool_calls or ()] == ["{1}", "{2}"]


def test_ids_are_new_in_the_conversation_and_stay() -> None:
    earlier = {"id": "call_0", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    history = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": [earlier]},
        {"role": "tool", "tool_call_id": "call_0", "content": "1"},
    ]
    decoder = OPENAI.decoder(chat(messages=history, stream=True), ENDPOINT, "text/event-stream")
    late = calls(piece(0, "{", name="f"), piece(1, "{", id="call_1", name="f"), piece(2, name="f"))

    whole = fold(decoder.feed(late + calls(piece(0, "}", id="late")) + END) + decoder.end())

    assert [call.id for call in whole.choices[0].delta.tool_calls or ()] == ["call_2", "call_1", "call_3"]


def test_many_calls_take_no_long_time() -> None:
    names = [piece(None, "{}", id=f"c{place}", name="f") for place in range(20_000)]
    decoder = OPENAI.decoder(chat(stream=True), ENDPOINT, "text/event-stream")

    began = time.process_time()
    chunks = decoder.feed(b"".join(calls(each) for each in names) + END)

    assert [call.index for call in chunks[-2].choices[0].delta.tool_calls or ()] == [19_999]
    assert time.process_time() - began < 5


def test_indexes_with_gaps_are_kept() -> None:
    [choice] = folded(
        calls(piece(1, "{}", id="a", name="f"), piece(10**6, "{}", id="b", name="g")) + END
    ).choices

    assert [call.index for call in choice.delta.tool_calls or ()] == [1, 10**6]


@pytest.mark.parametrize("index", [-(10**30), -1, 2**31 - 1, 2**40])
def test_an_index_that_is_out_of_range_counts_as_missing(index: int) -> None:
    first, second = piece(1, "{}", id="a", name="f"), piece(index, "{}", id="b", name="g")
    [choice] = folded(calls(first, second) + END).choices

    assert [call.index for call in choice.delta.tool_calls or ()] == [1, 2]


def test_tool_calls_of_different_choices_do_not_mix() -> None:
    data = b"".join(
        delta(index, tool_calls=[piece(0, "{}", id=name, name="f")]) for index, name in enumerate("ab")
    )
    whole = folded(data + delta(0, "tool_calls") + delta(1, "tool_calls") + DONE)

    assert [[call.index for call in choice.delta.tool_calls or ()] for choice in whole.choices] == [[0], [0]]


def test_arguments_that_are_no_text_become_text_and_extras_stay() -> None:
    data = delta(
        tool_calls=[
            {
                "index": 0,
                "id": "a",
                "function": {"name": "f", "arguments": {"b": 1, "a": 2}},
                "extra_content": {"x": 1},
            }
        ]
    )
    [choice] = folded(data + END).choices

    assert choice.delta.tool_calls == [
        ToolCallDelta(
            index=0,
            id="a",
            type="function",
            name="f",
            arguments='{"b":1,"a":2}',
            extra={"extra_content": {"x": 1}},
        )
    ]
