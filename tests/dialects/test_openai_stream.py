"""The OpenAI dialect's streams: every vendor's way of saying the same thing."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import ProviderError
from service.types.chunk import Delta, Usage
from tests.dialects.decoding import DONE, calls, delta, folded, frame, piece, stream

USAGE: dict[str, Any] = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}

END = delta(finish="stop") + DONE
DELTAS = [
    (
        "text",
        delta(role="assistant", content="") + delta(content="Hel") + delta(content="lo"),
        Delta(role="assistant", content="Hello"),
    ),
    ("reasoning", delta(reasoning="hm") + delta(content="x"), Delta(content="x", reasoning="hm")),
    (
        "reasoning_content",
        delta(reasoning_content="h") + delta(reasoning_content="m", content=None),
        Delta(reasoning="hm", extra={"reasoning_content": "hm"}),
    ),
    (
        "both names",
        delta(reasoning="h", reasoning_content="h"),
        Delta(reasoning="h", extra={"reasoning_content": "h"}),
    ),
    (
        "reasoning null beside its alias",
        delta(reasoning=None, reasoning_content="h"),
        Delta(reasoning="h", extra={"reasoning_content": "h"}),
    ),
    ("reasoning of another shape", delta(reasoning={"a": 1}), Delta(extra={"reasoning": {"a": 1}})),
    (
        "reasoning details",
        delta(reasoning_details=[{"type": "reasoning.text", "index": 0, "text": "a"}])
        + delta(reasoning_details=[{"type": "reasoning.text", "index": 0, "text": "b", "signature": "s"}]),
        Delta(
            reasoning="ab",
            reasoning_details=[{"type": "reasoning.text", "index": 0, "text": "ab", "signature": "s"}],
        ),
    ),
    ("refusal", delta(refusal="I ") + delta(refusal="can't"), Delta(refusal="I can't")),
    (
        "function_call",
        delta(function_call={"name": "f", "arguments": ""}) + delta(function_call={"arguments": "{}"}),
        Delta(extra={"function_call": {"name": "f", "arguments": "{}"}}),
    ),
    (
        "images",
        delta(images=[{"type": "image_url", "image_url": {"url": "data:x"}}]),
        Delta(images=[{"type": "image_url", "image_url": {"url": "data:x"}}]),
    ),
    (
        "audio",
        delta(audio={"id": "a", "data": "AA"}) + delta(audio={"data": "BB", "transcript": "x"}),
        Delta(audio={"id": "a", "data": "AABB", "transcript": "x"}),
    ),
    (
        "annotations",
        delta(annotations=[{"type": "url_citation"}]),
        Delta(annotations=[{"type": "url_citation"}]),
    ),
    (
        "extras of vendors",
        delta(content="x", channel="final", executed_tools=[1]),
        Delta(content="x", extra={"channel": "final", "executed_tools": [1]}),
    ),
    (
        "content in parts",
        delta(content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
        Delta(content="ab"),
    ),
    (
        "thoughts among the parts",
        delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "h"}]}])
        + delta(content=[{"type": "thinking", "thinking": "m", "signature": "s"}])
        + delta(content="x"),
        Delta(
            content="x",
            reasoning="hm",
            reasoning_details=[
                {"type": "reasoning.text", "text": "hm", "signature": "s", "format": "unknown", "index": 0}
            ],
        ),
    ),
    (
        "Perplexity's message so far",
        b"".join(
            frame({"choices": [{"index": 0, "delta": {"content": new}, "message": {"content": so_far}}]})
            for new, so_far in (("He", "He"), ("llo", "Hello"), ("", "Hello"))
        )
        + frame({"choices": [{"index": 0, "message": {"content": "Hello"}}]}),
        Delta(content="Hello"),
    ),
    (
        "a message where a delta should be",
        frame({"choices": [{"message": {"content": "x"}, "finish_reason": None}]}),
        Delta(content="x"),
    ),
]


@pytest.mark.parametrize(("data", "message"), [row[1:] for row in DELTAS], ids=[row[0] for row in DELTAS])
def test_deltas(data: bytes, message: Delta) -> None:
    [choice] = folded(data + END).choices

    assert (choice.delta.content or None) == message.content
    choice.delta.content = message.content
    assert choice.delta == message


USAGES = [
    ("on a frame of its own", frame({"choices": [], "usage": USAGE}), Usage(**USAGE)),
    (
        "on a frame with choices",
        frame({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": USAGE}),
        Usage(**USAGE),
    ),
    ("choices null", frame({"choices": None, "usage": USAGE}), Usage(**USAGE)),
    (
        "growing",
        frame({"usage": {"prompt_tokens": 3, "completion_tokens": 1}})
        + frame({"usage": USAGE})
        + frame({"usage": None}),
        Usage(**USAGE),
    ),
    (
        "details and extras",
        frame(
            {
                "usage": {
                    **USAGE,
                    "prompt_tokens_details": {"cached_tokens": 1},
                    "completion_tokens_details": {"reasoning_tokens": 1},
                    "cost": 0.1,
                }
            }
        ),
        Usage(
            **USAGE,
            prompt_tokens_details={"cached_tokens": 1},
            completion_tokens_details={"reasoning_tokens": 1},
            extra={"cost": 0.1},
        ),
    ),
    (
        "as floats",
        frame({"usage": {"prompt_tokens": 3.0, "completion_tokens": 2.0, "total_tokens": 5.0}}),
        Usage(**USAGE),
    ),
    (
        "of other types",
        frame({"usage": {"prompt_tokens": "3", "total_tokens": True, "completion_tokens": 2.5}}),
        Usage(extra={"prompt_tokens": "3", "total_tokens": True, "completion_tokens": 2.5}),
    ),
    ("where Groq says it", frame({"choices": [], "x_groq": {"id": "r", "usage": USAGE}}), Usage(**USAGE)),
    ("never said", b"", None),
    ("empty", frame({"usage": {}}), None),
    ("of another shape", frame({"usage": 5}), None),
]


@pytest.mark.parametrize(("data", "usage"), [row[1:] for row in USAGES], ids=[row[0] for row in USAGES])
def test_usage(data: bytes, usage: Usage | None) -> None:
    assert folded(delta(content="x") + delta(finish="stop") + data + DONE).usage == usage


ENDS = [
    ("finish reason and [DONE]", delta(content="x") + delta(finish="length") + DONE, "length"),
    ("finish reason without [DONE]", delta(content="x") + delta(finish="length"), "length"),
    ("finish reason with the last text", delta(finish="length", content="x"), "length"),
    ("empty finish reasons before", delta(finish="", content="x") + delta(finish="stop"), "stop"),
    ("[DONE] without blank line", delta(content="x") + delta(finish="stop") + b"data: [DONE]", "stop"),
    ("[DONE] without space", delta(content="x") + delta(finish="stop") + b"data:[DONE] \n\n", "stop"),
    ("more after [DONE]", delta(content="x") + delta(finish="stop") + DONE + b"data: junk\n\n", "stop"),
    (
        "more of the choice after its finish reason",
        delta(content="x") + delta(finish="stop") + delta(reasoning_details=[{}]),
        "stop",
    ),
    ("[DONE] without finish reason", delta(content="x") + DONE, "stop"),
    (
        "[DONE] without finish reason after a call",
        calls(piece(0, "{}", id="a", name="f")) + DONE,
        "tool_calls",
    ),
    (
        "empty data and comments",
        b": ping\n\ndata:\n\n" + delta(finish="stop", content="x") + b": bye\n\n",
        "stop",
    ),
    ("finish reason alone", delta(finish="content_filter") + DONE, "content_filter"),
    (
        "signs of life",
        b"event: ping\ndata: 1\n\ndata: ping\n\ndata: null\n\n" + delta(finish="stop", content="x"),
        "stop",
    ),
    (
        "native finish reason",
        frame(
            {
                "choices": [
                    {"delta": {"content": "x"}, "finish_reason": "stop", "native_finish_reason": "end_turn"}
                ]
            }
        ),
        "stop",
    ),
]


@pytest.mark.parametrize(("data", "reason"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_ends(data: bytes, reason: str) -> None:
    [choice] = folded(data).choices

    assert choice.finish_reason == reason


CUT_OFF = [
    ("[DONE] alone", DONE),
    ("role alone", delta(role="assistant", content="") + DONE),
    ("text without end", delta(content="x")),
    ("text and usage without end", delta(content="x") + frame({"choices": [], "usage": USAGE})),
    ("a second choice without end", delta(0, content="x") + delta(1, content="y") + delta(0, "stop")),
    ("comments alone", b": ping\n\n"),
    ("a web page", b"<html>\n<body>\n</html>\n"),
]


@pytest.mark.parametrize("data", [row[1] for row in CUT_OFF], ids=[row[0] for row in CUT_OFF])
def test_a_stream_that_was_cut_off(data: bytes) -> None:
    with pytest.raises(
        ProviderError, match="Provider 'acme' ended its stream before the answer was finished"
    ) as caught:
        stream(data)

    assert caught.value.kind == "provider_invalid_response"


def test_a_stream_of_nothing() -> None:
    with pytest.raises(ProviderError, match="Provider 'acme' sent an empty body") as caught:
        stream(b"")

    assert caught.value.kind == "provider_invalid_response"


def test_the_second_choice_may_end_by_done() -> None:
    whole = folded(delta(0, content="x") + delta(1, content="y") + delta(0, "length") + DONE)

    assert [choice.finish_reason for choice in whole.choices] == ["length", "stop"]


EVERYTHING = (
    b"\xef\xbb\xbf: hello\r\n\r\n"
    + delta(role="assistant", content="", refusal=None)
    + delta(reasoning_content="Grüße 😀")
    + delta(content="Hel").replace(b"\n", b"\r\n")
    + delta(content="lo\n\n")
    + calls(piece(0, "", id="a", name="f"), piece(0, "{", id="b", name="g"))
    + b"event: message\n"
    + calls(piece(0, "}"))
    + frame(
        {
            "choices": [
                {"index": 0, "delta": {}, "logprobs": {"content": [{"token": "x"}]}, "finish_reason": None}
            ]
        }
    )
    + delta(finish="tool_calls")
    + frame(
        {"choices": [], "usage": USAGE, "system_fingerprint": "fp", "service_tier": "flex", "x": {"y": 1}}
    )
    + b"data: [DONE]"
)


def test_a_stream_split_at_every_byte() -> None:
    whole = stream(EVERYTHING)

    assert len(whole) == 9
    for place in range(len(EVERYTHING) + 1):
        assert stream(EVERYTHING[:place], EVERYTHING[place:]) == whole


@given(st.lists(st.integers(0, len(EVERYTHING)), max_size=30))
def test_a_stream_split_anywhere(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(EVERYTHING)]

    assert stream(*(EVERYTHING[a:b] for a, b in pairwise(places))) == stream(EVERYTHING)


def test_what_stands_beside_the_choices() -> None:
    whole = folded(EVERYTHING)

    assert (whole.system_fingerprint, whole.service_tier, whole.extra) == ("fp", "flex", {"x": {"y": 1}})
    assert whole.choices[0].logprobs == {"content": [{"token": "x"}]}
