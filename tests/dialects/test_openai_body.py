"""The OpenAI dialect's whole answers."""

from typing import Any

import pytest

from service.dialects import DIALECTS
from service.dialects.decoding import MAX_EVENT_BYTES
from service.dialects.openai.decoder import BodyDecoder, StreamDecoder
from service.errors import ProviderError
from service.types.chunk import ChunkChoice, Delta, ToolCallDelta, Usage
from service.types.fold import fold
from tests.asking import ENDPOINT, chat
from tests.dialects.decoding import DONE, body, delta, folded, frame, message

OPENAI = DIALECTS["openai"]


def call(name: str, **members: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": "{}"}, **members}


def decoded(index: int, name: str, **members: Any) -> ToolCallDelta:
    return ToolCallDelta(index=index, type="function", name=name, arguments="{}", **members)


def thought(text: str, **members: Any) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, **members, "format": "unknown", "index": 0}


DATABRICKS = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm", "signature": "s"}]}
MESSAGES = [
    ("text", {"content": "Hello"}, Delta(content="Hello")),
    ("null content", {"content": None}, Delta()),
    ("reasoning", {"content": "x", "reasoning": "hm"}, Delta(content="x", reasoning="hm")),
    (
        "reasoning_content",
        {"content": "x", "reasoning_content": "hm"},
        Delta(content="x", reasoning="hm", extra={"reasoning_content": "hm"}),
    ),
    (
        "thoughts among the parts",
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "x"},
            ]
        },
        Delta(content="x", reasoning="hm", reasoning_details=[thought("hm")]),
    ),
    (
        "a thought by its text",
        {"content": [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "x"}]},
        Delta(content="x", reasoning="hm", reasoning_details=[thought("hm")]),
    ),
    (
        "a signed thinking part",
        {"content": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
        Delta(content="", reasoning="hm", reasoning_details=[thought("hm", signature="s")]),
    ),
    (
        "text with more than text",
        {"content": [{"type": "text", "text": "x", "citations": [1], "annotations": []}]},
        Delta(
            content="x",
            extra={"content_parts": [{"type": "text", "text": "x", "citations": [1], "annotations": []}]},
        ),
    ),
    ("parts that are none", {"content": [None, {"type": "text", "text": "x"}]}, Delta(content="x")),
    (
        "an empty thought beside its alias",
        {"content": "x", "reasoning": "", "reasoning_content": "hm"},
        Delta(content="x", reasoning="hm", extra={"reasoning_content": "hm"}),
    ),
    (
        "parts of other types",
        {"content": [{"type": "text", "text": "x"}, {"type": "reference", "reference_ids": [1]}]},
        Delta(content="x", extra={"content_parts": [{"type": "reference", "reference_ids": [1]}]}),
    ),
    ("content of another type", {"content": 5}, Delta(extra={"content": 5})),
    ("refusal", {"content": None, "refusal": "no"}, Delta(refusal="no")),
    (
        "parallel calls",
        {"tool_calls": [call("f", id="a"), call("g", id="b")]},
        Delta(tool_calls=[decoded(0, "f", id="a"), decoded(1, "g", id="b")]),
    ),
    (
        "calls with the same index",
        {"tool_calls": [call("f", id="a", index=0), call("g", id="b", index=0)]},
        Delta(tool_calls=[decoded(0, "f", id="a"), decoded(1, "g", id="b")]),
    ),
    (
        "calls without id",
        {"tool_calls": [call("f", id=""), call("f")]},
        Delta(tool_calls=[decoded(0, "f", id="call_0"), decoded(1, "f", id="call_1")]),
    ),
    (
        "a call that is none",
        {"tool_calls": [None, call("f", id="call_0"), call("g")]},
        Delta(tool_calls=[decoded(0, "f", id="call_0"), decoded(1, "g", id="call_1")]),
    ),
    (
        "calls with the same id",
        {"tool_calls": [call("f", id="a"), call("g", id="a")]},
        Delta(tool_calls=[decoded(0, "f", id="a"), decoded(1, "g", id="a")]),
    ),
    (
        "calls of other types",
        {"tool_calls": [{"id": "a", "type": "custom", "custom": {"name": "c", "input": "x"}}]},
        Delta(
            tool_calls=[
                ToolCallDelta(index=0, id="a", type="custom", extra={"custom": {"name": "c", "input": "x"}})
            ]
        ),
    ),
    (
        "arguments as an object",
        {"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {"b": 1, "a": 2}}}]},
        Delta(
            tool_calls=[ToolCallDelta(index=0, id="a", type="function", name="f", arguments='{"b":1,"a":2}')]
        ),
    ),
    (
        "extras of vendors in a call",
        {"tool_calls": [{"id": "a", "x": 1, "function": {"name": "f", "arguments": "{}", "y": 2}}]},
        Delta(
            tool_calls=[
                ToolCallDelta(
                    index=0,
                    id="a",
                    type="function",
                    name="f",
                    arguments="{}",
                    extra={"x": 1},
                    function_extra={"y": 2},
                )
            ]
        ),
    ),
    (
        "function_call",
        {"function_call": {"name": "f", "arguments": "{}"}},
        Delta(extra={"function_call": {"name": "f", "arguments": "{}"}}),
    ),
    ("no calls", {"content": "x", "tool_calls": []}, Delta(content="x")),
    ("calls null", {"content": "x", "tool_calls": None}, Delta(content="x")),
    (
        "images, audio, annotations",
        {"images": [{"a": 1}, 1], "audio": {"id": "a"}, "annotations": [{}, None]},
        Delta(images=[{"a": 1}], audio={"id": "a"}, annotations=[{}]),
    ),
    (
        "reasoning details",
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}, "x", None]},
        Delta(reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}]),
    ),
    (
        "thoughts in the details alone",
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "h"}, {"text": "m"}]},
        Delta(
            reasoning_details=[{"type": "reasoning.summary", "summary": "h"}, {"text": "m"}], reasoning="hm"
        ),
    ),
    (
        "signed thoughts among the parts",
        {"content": [DATABRICKS, {"type": "text", "text": "x"}]},
        Delta(
            content="x",
            reasoning="hm",
            reasoning_details=[
                {
                    "type": "reasoning.summary",
                    "summary": "hm",
                    "signature": "s",
                    "format": "unknown",
                    "index": 0,
                }
            ],
        ),
    ),
    (
        "extras of vendors",
        {"content": "x", "executed_tools": [1]},
        Delta(content="x", extra={"executed_tools": [1]}),
    ),
]


@pytest.mark.parametrize(
    ("members", "expected"), [row[1:] for row in MESSAGES], ids=[row[0] for row in MESSAGES]
)
def test_messages(members: dict[str, Any], expected: Delta) -> None:
    expected.role = "assistant"
    chunk = body(message(**members))

    assert chunk.choices == [
        ChunkChoice(index=0, delta=expected, finish_reason="stop", native_finish_reason="stop")
    ]
    assert fold([chunk]).choices == chunk.choices


def test_choices_and_what_stands_beside_them() -> None:
    chunk = body(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "system_fingerprint": "fp",
            "service_tier": "flex",
            "provider": "Inner",
            "metadata": {"weights": "v1"},
            "usage": {"prompt_tokens": 1, "cost": 0.5},
            "choices": [
                {
                    "message": {"content": "a"},
                    "finish_reason": "stop",
                    "seed": 7,
                    "native_finish_reason": "end",
                },
                {"message": {"content": "b"}, "finish_reason": "", "logprobs": {"content": []}},
            ],
        }
    )

    assert (chunk.system_fingerprint, chunk.service_tier, chunk.extra) == (
        "fp",
        "flex",
        {"provider": "Inner", "provider_metadata": {"weights": "v1"}},
    )
    assert chunk.usage == Usage(prompt_tokens=1, extra={"cost": 0.5})
    one, two = chunk.choices
    assert (one.index, one.finish_reason, one.native_finish_reason, one.extra) == (
        0,
        "stop",
        "end",
        {"seed": 7},
    )
    assert (two.index, two.finish_reason, two.logprobs) == (1, "stop", {"content": []})


GARBAGE = [
    ("nothing", b"", "sent an empty body"),
    ("a blank line", b"\r\n", "sent an empty body"),
    ("a web page", b"<html></html>", "not valid JSON"),
    ("cut off", b'{"choices": [', "not valid JSON"),
    ("not utf-8", b'{"choices": "\xff"}', "not valid JSON"),
    ("too deep", b"[" * 100_000, "not valid JSON"),
    ("a list", [], "not a JSON object"),
    ("a string", "hello", "not a JSON object"),
    ("no choices", {"object": "chat.completion"}, "without choices"),
    ("choices empty", {"choices": []}, "without choices"),
    ("choices of another shape", {"choices": {"a": 1}}, "unknown shape"),
    ("a choice of another shape", {"choices": [None]}, "unknown shape"),
    ("a choice beyond all numbers", {"choices": [{"index": 2**31, "message": {}}]}, "unknown shape"),
    ("a choice below all numbers", {"choices": [{"index": -1, "message": {}}]}, "unknown shape"),
    ("a message of another shape", {"choices": [{"message": "x"}]}, "unknown shape"),
    ("a call of another shape", message(tool_calls=[5]), "unknown shape"),
]


@pytest.mark.parametrize(("data", "words"), [row[1:] for row in GARBAGE], ids=[row[0] for row in GARBAGE])
def test_garbage(data: Any, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        body(data)

    assert caught.value.kind == "provider_invalid_response"


@pytest.mark.parametrize(
    "text", [b'\xef\xbb\xbf{"choices":[%b]}', b'{"choices":[%b], "x": NaN}'], ids=["BOM", "NaN"]
)
def test_json_that_is_nearly_json(text: bytes) -> None:
    scores = b'{"content":[{"token":"a","logprob":-Infinity}]}'
    choice = b'{"message":{"content":"NaN"},"logprobs":%b}' % scores

    [choice_] = body(text % choice).choices

    assert choice_.delta.content == "NaN"
    assert choice_.logprobs == {"content": [{"token": "a", "logprob": None}]}


def test_too_large() -> None:
    piece = b"x" * (MAX_EVENT_BYTES // 4 + 1)
    whole, stream = BodyDecoder("acme"), StreamDecoder("acme")
    for decoder in (whole, stream):
        complete = []
        for _ in range(4):
            assert decoder.feed(piece) == []
            complete.append(decoder.complete)
        assert complete == [False, False, False, True]
        with pytest.raises(ProviderError, match="larger than"):
            decoder.end()


@pytest.mark.parametrize(
    ("streamed", "content_type", "decoder"),
    [
        (True, "text/event-stream", StreamDecoder),
        (True, "text/event-stream; charset=utf-8", StreamDecoder),
        (True, "application/json", BodyDecoder),
        (True, "", StreamDecoder),
        (True, "text/plain", StreamDecoder),
        (False, "application/json; charset=utf-8", BodyDecoder),
        (False, "", BodyDecoder),
        (False, "text/plain", BodyDecoder),
        (False, "text/event-stream", StreamDecoder),
    ],
)
def test_the_decoder_goes_by_what_comes(streamed: bool, content_type: str, decoder: type) -> None:
    assert type(OPENAI.decoder(chat(stream=streamed), ENDPOINT, content_type)) is decoder


def test_a_stream_folds_to_the_same_answer_as_a_body() -> None:
    extra = {"system_fingerprint": "fp", "provider": "Inner"}
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}}
    calls = [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "[1]"}},
    ]
    whole = {"role": "assistant", "content": "Hello", "reasoning": "hm", "refusal": None, "tool_calls": calls}
    choices = [
        {"index": 0, "message": whole, "finish_reason": "tool_calls", "logprobs": {"content": [1, 2]}},
        {"index": 1, "message": {"role": "assistant", "content": "No"}, "finish_reason": "stop"},
    ]

    streamed = folded(
        delta(0, role="assistant", content="", reasoning="h"),
        delta(0, reasoning="m"),
        delta(1, role="assistant", content="N") + delta(0, content="Hel") + delta(1, "stop", content="o"),
        frame({"choices": [{"index": 0, "delta": {"content": "lo"}, "logprobs": {"content": [1]}}]}),
        delta(0, tool_calls=[calls[0] | {"function": {"name": "f", "arguments": "{"}}]),
        delta(0, tool_calls=[{"index": 0, "function": {"arguments": "}"}}, calls[1]]),
        frame(
            {
                "choices": [
                    {"index": 0, "delta": {}, "logprobs": {"content": [2]}, "finish_reason": "tool_calls"}
                ]
            }
        ),
        frame({"choices": [], "usage": usage, **extra}) + DONE,
    )

    assert streamed == fold([body({"choices": choices, "usage": usage, **extra})])


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"content": "x"}, "stop"),
        ({"tool_calls": [call("f", id="a")]}, "tool_calls"),
        ({"content": ""}, None),
    ],
    ids=["text", "call", "nothing"],
)
def test_a_finish_reason_that_is_never_said_is_implied(members: dict[str, Any], reason: str | None) -> None:
    [choice] = body({"choices": [{"message": members, "finish_reason": None}]}).choices

    assert choice.finish_reason == reason
