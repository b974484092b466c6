"""A completion is the fold of its chunks."""

from typing import Any

import pytest

from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage
from service.types.fold import fold


def part(index: int = 0, finish: str | None = None, **delta: Any) -> Chunk:
    return Chunk(choices=[ChunkChoice(index=index, delta=Delta(**delta), finish_reason=finish)])


def call(index: int, **members: Any) -> Chunk:
    return part(tool_calls=[ToolCallDelta(index=index, **members)])


MESSAGES = [
    (
        "text",
        [part(role="assistant", content=""), part(content="Hel"), part(content="lo")],
        Delta(role="assistant", content="Hello"),
    ),
    ("no text is not empty text", [part(role="assistant")], Delta(role="assistant")),
    (
        "reasoning",
        [part(reasoning="a"), part(reasoning="b"), part(content="c")],
        Delta(content="c", reasoning="ab"),
    ),
    ("refusal", [part(refusal="I "), part(refusal="can't")], Delta(refusal="I can't")),
    ("the first role counts", [part(role="assistant"), part(role="tool")], Delta(role="assistant")),
    (
        "interleaved tool calls",
        [
            call(0, id="a", type="function", name="f"),
            call(1, id="b", name="g"),
            call(0, arguments="{"),
            call(1, arguments="[]"),
            call(0, arguments="}", extra={"x": 1}, function_extra={"y": 1}),
            call(0, function_extra={"y": 2, "z": 3}),
        ],
        Delta(
            tool_calls=[
                ToolCallDelta(
                    index=0,
                    id="a",
                    type="function",
                    name="f",
                    arguments="{}",
                    extra={"x": 1},
                    function_extra={"y": 2, "z": 3},
                ),
                ToolCallDelta(index=1, id="b", name="g", arguments="[]"),
            ]
        ),
    ),
    (
        "vendor extras of tool calls",
        [call(0, id="a", extra={"x": 1}), call(0, extra={"y": 2})],
        Delta(tool_calls=[ToolCallDelta(index=0, id="a", extra={"x": 1, "y": 2})]),
    ),
    ("images", [part(images=[1]), part(images=[2, 3])], Delta(images=[1, 2, 3])),
    ("annotations", [part(annotations=[{"a": 1}]), part(annotations=[])], Delta(annotations=[{"a": 1}])),
    (
        "audio",
        [
            part(audio={"id": "x", "data": "AA", "transcript": "he"}),
            part(audio={"data": "BB", "transcript": "y"}),
            part(audio={"expires_at": 9}),
        ],
        Delta(audio={"id": "x", "data": "AABB", "transcript": "hey", "expires_at": 9}),
    ),
    (
        "reasoning details grow by type and index",
        [
            part(reasoning_details=[{"type": "t", "index": 0, "text": "a"}]),
            part(
                reasoning_details=[
                    {"type": "t", "index": 0, "text": "b", "signature": "s"},
                    {"type": "u", "index": 0, "data": "d"},
                ]
            ),
        ],
        Delta(
            reasoning_details=[
                {"type": "t", "index": 0, "text": "ab", "signature": "s"},
                {"type": "u", "index": 0, "data": "d"},
            ]
        ),
    ),
    (
        "reasoning details of odd shapes",
        [part(reasoning_details=["a"]), part(reasoning_details=[{"index": 0}, 5])],
        Delta(reasoning_details=["a", {"index": 0}, 5]),
    ),
    (
        "reasoning_content",
        [
            part(extra={"reasoning_content": "a"}),
            part(extra={"reasoning_content": "b"}),
            part(extra={"reasoning_content": None}),
        ],
        Delta(extra={"reasoning_content": "ab"}),
    ),
    (
        "function_call",
        [
            part(extra={"function_call": {"name": "f", "arguments": "{"}}),
            part(extra={"function_call": {"arguments": "}"}}),
        ],
        Delta(extra={"function_call": {"name": "f", "arguments": "{}"}}),
    ),
    (
        "other extras",
        [part(extra={"x": 1}), part(extra={"x": 2, "y": None})],
        Delta(extra={"x": 2, "y": None}),
    ),
]


@pytest.mark.parametrize(
    ("chunks", "message"), [row[1:] for row in MESSAGES], ids=[row[0] for row in MESSAGES]
)
def test_messages(chunks: list[Chunk], message: Delta) -> None:
    [choice] = fold(chunks).choices

    assert choice.delta == message


def test_choices_come_in_order_whatever_order_they_arrived_in() -> None:
    whole = fold([part(1, content="b"), part(0, content="a"), part(1, "stop"), part(0, "length")])

    assert [(c.index, c.delta.content, c.finish_reason) for c in whole.choices] == [
        (0, "a", "length"),
        (1, "b", "stop"),
    ]


def test_what_stands_beside_the_choices() -> None:
    whole = fold(
        [
            Chunk(system_fingerprint="fp", service_tier="flex", extra={"a": 1}, usage=Usage(prompt_tokens=1)),
            Chunk(extra={"b": 2}, usage=Usage(prompt_tokens=3, completion_tokens=4)),
            Chunk(),
        ]
    )

    assert (whole.system_fingerprint, whole.service_tier, whole.extra) == ("fp", "flex", {"a": 1, "b": 2})
    assert whole.usage == Usage(prompt_tokens=3, completion_tokens=4)


def test_choice_members_join() -> None:
    def chosen(**members: Any) -> Chunk:
        return Chunk(choices=[ChunkChoice(index=0, delta=Delta(), **members)])

    [choice] = fold(
        [
            chosen(logprobs={"content": [1], "refusal": None}, extra={"x": 1}),
            chosen(logprobs={"content": [2]}, finish_reason="stop"),
            chosen(logprobs={"content": None}, native_finish_reason="end_turn"),
            chosen(),
        ]
    ).choices

    assert choice.logprobs == {"content": [1, 2], "refusal": None}
    assert (choice.finish_reason, choice.native_finish_reason, choice.extra) == ("stop", "end_turn", {"x": 1})


def test_nothing_folds_to_nothing() -> None:
    assert fold([]) == Chunk()


CONTENT = [
    ("role alone", part(role="assistant", content=""), False),
    ("nothing", Chunk(), False),
    ("usage alone", Chunk(usage=Usage(total_tokens=1)), False),
    ("empty strings", part(content="", refusal="", reasoning=""), False),
    ("empty lists", part(images=[], reasoning_details=[], annotations=[]), False),
    ("text", part(content=" "), True),
    ("reasoning", part(reasoning="x"), True),
    ("reasoning details", part(reasoning_details=[{}]), True),
    ("refusal", part(refusal="x"), True),
    ("tool call", call(0, id="a"), True),
    ("function call", part(extra={"function_call": {"name": "f"}}), True),
    ("image", part(images=[{}]), True),
    ("audio", part(audio={"id": "x"}), True),
    ("finish reason", part(finish="stop"), True),
    ("second choice", Chunk(choices=[*part().choices, *part(1, content="x").choices]), True),
]


@pytest.mark.parametrize(("chunk", "content"), [row[1:] for row in CONTENT], ids=[row[0] for row in CONTENT])
def test_the_one_definition_of_content(chunk: Chunk, content: bool) -> None:
    assert chunk.has_content is content
