"""Streams of Anthropic's events: how they end and fail, their pieces, and what nobody knows of yet."""

import json
from typing import Any

import pytest

from service.dialects.anthropic.decoder import StreamDecoder
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Chunk
from service.types.fold import fold
from tests.dialects.anthropic_answering import FORMAT, USE, frames
from tests.dialects.anthropic_asking import text

BEGIN: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hel"}},
]
END: list[dict[str, Any]] = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}]


def test_what_nobody_knows_yet_is_kept() -> None:
    news = {"type": "news", "headline": "x"}
    future = {"type": "hologram", "text": "a"}
    decoder = StreamDecoder("acme")
    chunks = decoder.feed(
        frames(
            *BEGIN,
            news,
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1, "content_block": future},
            {"type": "content_block_delta", "index": 1, "delta": {"type": "hologram_delta", "text": "b"}},
            {"type": "content_block_stop", "index": 1},
            *END,
            {"type": "message_stop", "late": 1},
        )
    )

    whole = fold([*chunks, *decoder.end()])
    assert whole.extra == {"provider_metadata": {"events": [news], "late": 1}}
    details = whole.choices[0].delta.reasoning_details or []
    assert json.loads(details[0]["result"]) == {"type": "hologram", "text": "ab"}


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        (BEGIN, ErrorKind.PROVIDER_INVALID_RESPONSE),
        (BEGIN[:1], ErrorKind.PROVIDER_INVALID_RESPONSE),
        ([BEGIN[0], {"type": "message_stop"}], ErrorKind.PROVIDER_INVALID_RESPONSE),
        ([*BEGIN, {"type": "content_block_start"}], ErrorKind.PROVIDER_INVALID_RESPONSE),
        (
            [*BEGIN, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}],
            ErrorKind.PROVIDER_OVERLOADED,
        ),
        (
            [{"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down"}}],
            ErrorKind.PROVIDER_RATE_LIMIT,
        ),
        (
            [*BEGIN, {"type": "error", "error": {"type": "api_error", "message": "x"}}],
            ErrorKind.PROVIDER_FAILURE,
        ),
    ],
)
def test_a_stream_that_fails_says_what_came_before(events: list[Any], kind: ErrorKind) -> None:
    decoder = StreamDecoder("acme")
    chunks = decoder.feed(frames(*events))

    with pytest.raises(ProviderError) as failure:
        decoder.end()
    assert failure.value.kind is kind
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["Hel"] * (BEGIN[1] in events)


@pytest.mark.parametrize("last", [[], [{"type": "message_stop"}]])
def test_a_stream_with_its_reason_is_finished(last: list[Any]) -> None:
    decoder = StreamDecoder("acme")
    whole = fold([*decoder.feed(frames(*BEGIN, *END, *last)), *decoder.end()])

    assert (whole.choices[0].delta.content, whole.choices[0].finish_reason) == ("Hel", "stop")


def test_an_end_without_a_reason_is_the_one_its_content_implies() -> None:
    decoder = StreamDecoder("acme")
    whole = fold([*decoder.feed(frames(*BEGIN, {"type": "message_stop"})), *decoder.end()])

    assert whole.choices[0].finish_reason == "stop"


def said(*events: dict[str, Any]) -> Chunk:
    """The answer of a stream with these events between its beginning and its end."""
    decoder = StreamDecoder("acme")
    return fold([*decoder.feed(frames(BEGIN[0], *events, *END, {"type": "message_stop"})), *decoder.end()])


def begun(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


STOP = {"type": "content_block_stop", "index": 0}


@pytest.mark.parametrize("end", [[STOP], []])
def test_half_the_arguments_of_a_servers_tool_stay_as_text(end: list[Any]) -> None:
    call = begun(0, type="server_tool_use", id="s", name="web_search", input={})
    whole = said(call, piece(0, type="input_json_delta", partial_json='{"que'), *end)

    [detail] = whole.choices[0].delta.reasoning_details or []
    assert (detail["tool_name"], detail["arguments"], detail["result"]) == ("web_search", '{"que', None)


def test_what_the_pieces_of_a_thought_share_is_said_once() -> None:
    decoder = StreamDecoder("acme")
    thought = [
        begun(0, type="thinking", thinking="", signature=""),
        *(piece(0, type="thinking_delta", thinking=each) for each in "ab"),
        piece(0, type="signature_delta", signature="c2ln"),
    ]
    chunks = decoder.feed(frames(BEGIN[0], *thought))

    assert [chunk.choices[0].delta.reasoning_details for chunk in chunks] == [
        [{"type": "reasoning.text", "text": "a", "format": FORMAT, "index": 0}],
        [{"type": "reasoning.text", "text": "b", "index": 0}],
        [{"type": "reasoning.text", "signature": "c2ln", "index": 0}],
    ]


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([begun(0, type="text", text="Hi", mood="good")], {"type": "text", "mood": "good"}),
        ([begun(0, type="text", text="Hi"), piece(0, type="mood", mood=1)], {"type": "mood", "mood": 1}),
        (
            [begun(0, type="thinking", thinking="Hi", signature="s"), piece(0, type="mood", mood=1)],
            {"type": "mood", "mood": 1},
        ),
        ([begun(0, type="redacted_thinking", data="d", mood=1)], {"type": "redacted_thinking", "mood": 1}),
    ],
)
def test_what_nobody_knows_of_a_block_is_kept(events: list[Any], kept: Any) -> None:
    assert said(*events, STOP).extra == {"provider_metadata": {"blocks": [{"index": 0, **kept}]}}


def test_a_beginning_may_hold_content() -> None:
    message = {"usage": {"input_tokens": 1}, "content": [text("Hello "), USE]}
    decoder = StreamDecoder("acme")
    whole = fold([*decoder.feed(frames({"type": "message_start", "message": message}, *END)), *decoder.end()])

    [call] = whole.choices[0].delta.tool_calls or []
    assert (whole.choices[0].delta.content, call.arguments) == ("Hello ", '{"b":1.0,"a":[2]}')
