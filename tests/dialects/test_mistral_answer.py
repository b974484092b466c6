"""What Mistral answers: chunks, whole and in pieces."""

import json
from typing import Any

import pytest

from service.dialects.mistral import Mistral
from service.errors import ProviderError
from service.types.chunk import Chunk
from service.types.fold import fold
from service.types.upstream import Endpoint
from tests.asking import chat
from tests.dialects.decoding import DONE, delta, frame

MISTRAL = Mistral()
ENDPOINT = Endpoint(provider="mistral", model="m", base_url="https://api.mistral.ai/v1", dialect="mistral")


def whole(content: Any, finish: str = "stop", usage: Any = None, **message: Any) -> Chunk:
    choice = {"index": 0, "message": {"content": content, **message}, "finish_reason": finish}
    decoder = MISTRAL.decoder(chat(), ENDPOINT, "application/json")
    decoder.feed(json.dumps({"choices": [choice], "usage": usage}).encode())
    return fold(decoder.end())


def streamed(*contents: Any) -> Chunk:
    decoder = MISTRAL.decoder(chat(stream=True), ENDPOINT, "text/event-stream")
    data = b"".join(delta(content=each) for each in contents) + delta(finish="stop", content="") + DONE
    return fold(decoder.feed(data) + decoder.end())


def think(*texts: str, **members: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": each} for each in texts], **members}


def detail(index: int, text: str, **members: Any) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, "format": "unknown", "index": index, **members}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


FOUND = {"type": "tool_reference", "tool": "web_search", "title": "A", "url": "https://a.test"}
URL = {"url": "https://a.test", "title": "A"}
IDS = {"reference_ids": [1, "b"]}


def test_thoughts_are_told_apart_from_text() -> None:
    pieces = streamed(
        [think("h")], "", [think("m")], [think("", signature="s", closed=True)], [text("4")], "2"
    )
    for answer in (whole([think("h", "m", signature="s", closed=True), text("42")]), pieces):
        said = answer.choices[0].delta
        assert (said.content, said.reasoning) == ("42", "hm")
        assert said.reasoning_details == [detail(0, "hm", signature="s")]


def test_thoughts_between_texts_are_blocks_of_their_own() -> None:
    pieces = streamed([think("a")], "x", [think("b")], [think("c")], [text("y")])
    for answer in (whole([think("a"), text("x"), think("bc"), text("y")]), pieces):
        said = answer.choices[0].delta
        assert (said.content, said.reasoning) == ("xy", "abc")
        assert said.reasoning_details == [detail(0, "a"), detail(1, "bc")]


def test_a_closed_block_is_followed_by_another() -> None:
    answer = streamed([think("a", closed=True)], [think("b")], [think("c")])

    assert answer.choices[0].delta.reasoning_details == [detail(0, "a"), detail(1, "bc")]


def test_references_are_annotations_where_they_stand() -> None:
    reference = {"type": "reference", **IDS}
    there = {"start_index": 2, "end_index": 2}
    expected = [
        {"type": "file_citation", "file_citation": {**IDS, **there}},
        {"type": "url_citation", "url_citation": {**URL, **there}},
    ]
    for answer in (
        whole([text("xy"), reference, FOUND, text("z")]),
        streamed("x", [text("y"), reference], [FOUND], "z"),
    ):
        said = answer.choices[0].delta
        assert (said.content, said.annotations) == ("xyz", expected)


def test_references_in_thoughts_are_annotations_too() -> None:
    answer = whole([{"type": "thinking", "thinking": [text("h"), FOUND, text("m")]}, text("x")])

    assert answer.choices[0].delta.reasoning == "hm"
    cited = [{"type": "url_citation", "url_citation": {**URL, "start_index": 0, "end_index": 0}}]
    assert answer.choices[0].delta.annotations == cited


def test_images_and_what_is_not_known_is_kept() -> None:
    other = {"type": "hologram", "z": 1}
    for image in ("data:x", {"url": "data:x"}):
        picture = {"type": "image_url", "image_url": image}
        for answer in (whole([picture, other, other]), streamed([picture], [other], [other])):
            choice = answer.choices[0]
            assert choice.delta.images == [{"type": "image_url", "image_url": {"url": "data:x"}}]
            assert choice.extra == {"provider_metadata": {"content": [other, other]}}


def test_counts_and_tiers() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, "num_cached_tokens": 4}
    answer = whole("x", usage={**usage, "prompt_audio_seconds": 2, "service_tier": "priority"})

    assert answer.usage
    assert answer.usage.prompt_tokens_details == {"cached_tokens": 4}
    assert answer.usage.extra["prompt_audio_seconds"] == 2
    assert answer.service_tier == "priority"


def test_calls() -> None:
    calls = [
        {"id": "a1B2c3D4e", "function": {"name": "f", "arguments": {"b": 1, "a": 2}}, "index": 0},
        {"id": "null", "function": {"name": "g", "arguments": "{}"}, "index": 1},
    ]
    for answer in (whole("", "tool_calls", tool_calls=calls), with_calls(calls)):
        told = answer.choices[0].delta.tool_calls
        assert told
        assert [(call.index, call.id, call.name, call.arguments) for call in told] == [
            (0, "a1B2c3D4e", "f", '{"b":1,"a":2}'),
            (1, "call_0", "g", "{}"),
        ]
        assert answer.choices[0].finish_reason == "tool_calls"


def with_calls(calls: list[dict[str, Any]]) -> Chunk:
    decoder = MISTRAL.decoder(chat(stream=True), ENDPOINT, "text/event-stream")
    data = delta(tool_calls=calls, content="", finish="tool_calls") + DONE
    return fold(decoder.feed(data) + decoder.end())


def test_reasons() -> None:
    told = whole("x", "model_length").choices[0]
    assert (told.finish_reason, told.native_finish_reason) == ("length", "model_length")
    with pytest.raises(ProviderError, match="finish reason 'error'"):
        whole("x", "error")


ERRORS = [
    (
        400,
        {"object": "error", "message": "bad", "type": "invalid_request_error", "code": "3280"},
        "provider_bad_request",
        "bad",
    ),
    (
        422,
        {"detail": [{"loc": ["body", "x"], "msg": "Extra inputs", "type": "extra_forbidden"}]},
        "provider_unprocessable",
        "Extra inputs",
    ),
    (401, {"detail": "Unauthorized"}, "provider_auth", "Unauthorized"),
    (
        400,
        {
            "object": "error",
            "message": "Prompt contains 9 tokens, too large for model with 8 maximum context length",
        },
        "context_length_exceeded",
        "Prompt",
    ),
    (
        400,
        {"object": "error", "message": "Invalid model: x", "type": "invalid_model"},
        "provider_model_not_found",
        "x",
    ),
    (
        429,
        {
            "object": "error",
            "message": "Service tier capacity exceeded",
            "type": "service_tier_capacity_exceeded",
        },
        "provider_rate_limit",
        "capacity",
    ),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), ERRORS)
def test_errors(status: int, body: Any, kind: str, words: str) -> None:
    error = MISTRAL.error(ENDPOINT, status, {}, json.dumps(body).encode())

    assert (error.kind, error.status) == (kind, status)
    assert words in error.message


def test_an_error_in_a_stream() -> None:
    decoder = MISTRAL.decoder(chat(stream=True), ENDPOINT, "text/event-stream")
    decoder.feed(delta(content="x") + frame({"object": "error", "message": "gone"}))

    with pytest.raises(ProviderError, match="gone"):
        decoder.end()
