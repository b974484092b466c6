"""What Cohere answers, whole and in events."""

import json
from typing import Any

import pytest

from service.dialects.cohere import Cohere
from service.errors import ProviderError
from service.types.chunk import Chunk, Delta, ToolCallDelta, Usage
from service.types.fold import fold
from service.types.upstream import Endpoint
from tests.asking import chat

COHERE = Cohere()
ENDPOINT = Endpoint(provider="cohere", model="m", base_url="https://api.cohere.com", dialect="cohere")
USAGE = {
    "billed_units": {"input_tokens": 3, "output_tokens": 2},
    "tokens": {"input_tokens": 12.0, "output_tokens": 5},
    "cached_tokens": 4,
}


def whole(finish: str = "COMPLETE", usage: Any = None, logprobs: Any = None, **message: Any) -> Chunk:
    answer = {
        "id": "x",
        "finish_reason": finish,
        "message": {"role": "assistant", **message},
        "usage": usage,
        "logprobs": logprobs,
    }
    decoder = COHERE.decoder(chat(), ENDPOINT, "application/json")
    decoder.feed(json.dumps(answer).encode())
    return fold(decoder.end())


def event(kind: str, index: int | None = None, **members: Any) -> bytes:
    said = {"type": kind} | ({} if index is None else {"index": index}) | members
    return f"event: {kind}\ndata: {json.dumps(said)}\n\n".encode()


def said(kind: str, index: int | None = None, **message: Any) -> bytes:
    return event(kind, index, delta={"message": message})


def end(finish: str = "COMPLETE", **members: Any) -> bytes:
    return event("message-end", id="x", delta={"finish_reason": finish, **members})


def streamed(*events: bytes) -> Chunk:
    decoder = COHERE.decoder(chat(stream=True), ENDPOINT, "text/event-stream")
    return fold(decoder.feed(b"".join(events) + b"data: [DONE]\n\n") + decoder.end())


BARE = {"id": "x", "message": "slow down"}
CODED = {"message": "slow down", "code": "429"}


@pytest.mark.parametrize(("answer", "kind"), [(BARE, "provider_failure"), (CODED, "provider_rate_limit")])
def test_a_failure_in_a_200(answer: dict[str, Any], kind: str) -> None:
    for content_type, data in (
        ("application/json", json.dumps(answer).encode()),
        ("text/event-stream", b"data: " + json.dumps(answer).encode() + b"\n\n"),
    ):
        decoder = COHERE.decoder(chat(), ENDPOINT, content_type)
        decoder.feed(data)
        with pytest.raises(ProviderError, match="Provider 'cohere' failed: slow down") as caught:
            decoder.end()
        assert caught.value.kind == kind


def test_calls_without_ids_get_ids() -> None:
    nameless = {"type": "function", "function": {"name": "f", "arguments": "{}"}}
    told = whole("TOOL_CALL", tool_calls=[nameless, {**nameless, "id": ""}, None])
    events = streamed(
        START,
        *(said("tool-call-start", place, tool_calls=nameless) for place in range(2)),
        end("TOOL_CALL"),
    )

    for answer in (told, events):
        calls = answer.choices[0].delta.tool_calls or ()
        assert [(call.id, call.arguments) for call in calls] == [("call_0", "{}"), ("call_1", "{}")]


START = said("message-start", role="assistant", content=[], tool_plan="", tool_calls=[], citations=[])


def block(index: int, *pieces: str, kind: str = "text") -> bytes:
    first = said("content-start", index, content={"type": kind, kind: ""})
    return (
        first
        + b"".join(said("content-delta", index, content={kind: each}) for each in pieces)
        + event("content-end", index)
    )


def detail(index: int, text: str, **members: Any) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, **members, "format": "unknown", "index": index}


def test_text() -> None:
    expected = Delta(role="assistant", content="Hello")
    for answer in (
        whole(content=[{"type": "text", "text": "Hello"}], usage=USAGE),
        streamed(START, block(0, "Hel", "lo"), end(usage=USAGE)),
    ):
        [choice] = answer.choices
        assert choice.delta == expected
        assert (choice.finish_reason, choice.native_finish_reason) == ("stop", "COMPLETE")
        assert answer.usage == Usage(
            prompt_tokens=12,
            completion_tokens=5,
            total_tokens=17,
            prompt_tokens_details={"cached_tokens": 4},
            extra={"billed_units": {"input_tokens": 3, "output_tokens": 2}},
        )


def test_thoughts() -> None:
    parts = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "4"},
        {"type": "thinking", "thinking": "ah"},
        {"type": "text", "text": "2"},
    ]
    events = [START]
    for index, part in enumerate(parts):
        text = part.get("thinking") or part["text"]
        events.append(block(index, text[:1], text[1:], kind=part["type"]))
    expected = Delta(
        role="assistant", content="42", reasoning="hmah", reasoning_details=[detail(0, "hm"), detail(1, "ah")]
    )

    for answer in (whole(content=parts), streamed(*events, end())):
        assert answer.choices[0].delta == expected


def test_a_plan_and_parallel_calls() -> None:
    calls = [
        {
            "id": f"get_{city}",
            "type": "function",
            "function": {"name": "get", "arguments": f'{{"c":"{city}"}}'},
        }
        for city in ("Paris", "Rome")
    ]
    events = [START, said("tool-plan-delta", tool_plan="I "), said("tool-plan-delta", tool_plan="look.")]
    for index, call in enumerate(calls):
        arguments = call["function"]["arguments"]  # type: ignore[index]
        first = {**call, "function": {"name": "get", "arguments": ""}}
        events.append(said("tool-call-start", index, tool_calls=first))
        events += [
            said("tool-call-delta", index, tool_calls={"function": {"arguments": piece}})
            for piece in (arguments[:3], arguments[3:])
        ]
        events.append(event("tool-call-end", index))
    expected = Delta(
        role="assistant",
        reasoning="I look.",
        reasoning_details=[detail(0, "I look.", id="tool_plan")],
        tool_calls=[
            ToolCallDelta(index=i, id=f"get_{c}", type="function", name="get", arguments=f'{{"c":"{c}"}}')
            for i, c in enumerate(("Paris", "Rome"))
        ],
    )

    for answer in (
        whole("TOOL_CALL", tool_calls=calls, tool_plan="I look."),
        streamed(*events, end("TOOL_CALL")),
    ):
        assert answer.choices[0].delta == expected
        assert answer.choices[0].finish_reason == "tool_calls"


def test_citations() -> None:
    page = {"type": "document", "id": "d1", "document": {"id": "d1", "url": "https://a.test", "title": "A"}}
    result = {"type": "tool", "id": "get:0", "tool_output": {"t": 18}}
    found = {"type": "tool", "id": "web:0", "tool_output": {"url": "https://b.test"}}
    citations = [
        {
            "start": 0,
            "end": 1,
            "text": "y",
            "sources": [page, result],
            "content_index": 2,
            "type": "TEXT_CONTENT",
        },
        {
            "start": 1,
            "end": 2,
            "text": "m",
            "sources": [found],
            "content_index": 3,
            "type": "THINKING_CONTENT",
        },
        {"start": 0, "end": 1, "text": "x", "content_index": 1},
    ]
    parts = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "xx"},
        {"type": "text", "text": "yy"},
        {"type": "thinking", "thinking": "zm"},
    ]
    at = {"start_index": 2, "end_index": 3}
    expected = [
        {
            "type": "url_citation",
            "url_citation": {"url": "https://a.test", "title": "A", "content": "y", **at},
        },
        {
            "type": "file_citation",
            "file_citation": {
                "id": "get:0",
                "tool_output": {"t": 18},
                "source_type": "tool",
                "content_index": 2,
                "type": "TEXT_CONTENT",
                "content": "y",
                **at,
            },
        },
        {
            "type": "url_citation",
            "url_citation": {"url": "https://b.test", "content": "m", "start_index": 1, "end_index": 2},
        },
        {
            "type": "file_citation",
            "file_citation": {"content_index": 1, "content": "x", "start_index": 0, "end_index": 1},
        },
    ]
    events = [
        START,
        block(0, "hm", kind="thinking"),
        block(1, "xx"),
        block(2, "yy"),
        block(3, "zm", kind="thinking"),
    ]
    for index, citation in enumerate(citations):
        events += [said("citation-start", index, citations=citation), event("citation-end", index)]

    for answer in (whole(content=parts, citations=citations), streamed(*events, end())):
        assert answer.choices[0].delta.annotations == expected


def test_logprobs() -> None:
    items = [
        {"text": "He", "token_ids": [1], "logprobs": [-0.5]},
        {"text": "llo", "token_ids": [2, 3], "logprobs": [-1, -2]},
    ]
    events = [
        event("content-delta", 0, delta={"message": {"content": {"text": item["text"]}}}, logprobs=item)
        for item in items
    ]

    for answer in (
        whole(content=[{"type": "text", "text": "Hello"}], logprobs=items),
        streamed(*events, end()),
    ):
        told = answer.choices[0].logprobs
        assert told
        assert [(each["token"], each["logprob"], each["token_ids"]) for each in told["content"]] == [
            ("He", -0.5, [1]),
            ("llo", -3, [2, 3]),
        ]


def test_what_is_not_known_is_kept() -> None:
    part = {"type": "hologram", "z": 1}
    kept = {"provider_metadata": {"content": [part]}}

    assert whole(content=[part]).choices[0].extra == kept
    assert (
        streamed(START, said("content-start", 0, content=part), event("debug"), end()).choices[0].extra
        == kept
    )
    extra = whole(usage={"tokens": {"input_tokens": 1, "image_tokens": 2}, "x": 1}).usage
    assert extra
    assert (extra.prompt_tokens, extra.total_tokens, extra.extra) == (
        1,
        None,
        {"x": 1, "tokens": {"image_tokens": 2}},
    )


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_calls"),
        ("ERROR_TOXIC", "content_filter"),
    ],
)
def test_reasons(word: str, reason: str) -> None:
    for answer in (whole(word), streamed(START, end(word))):
        assert (answer.choices[0].finish_reason, answer.choices[0].native_finish_reason) == (reason, word)


@pytest.mark.parametrize(("word", "kind"), [("ERROR", "provider_failure"), ("TIMEOUT", "provider_timeout")])
def test_failures_in_a_200(word: str, kind: str) -> None:
    with pytest.raises(ProviderError) as body:
        whole(word)
    with pytest.raises(ProviderError, match="gone") as stream:
        streamed(START, block(0, "x"), end(word, error="gone"))

    assert body.value.kind == stream.value.kind == kind


def test_an_error_at_the_end_is_one_whatever_the_reason() -> None:
    with pytest.raises(ProviderError, match="gone"):
        streamed(START, block(0, "x"), end("COMPLETE", error="gone"))


@pytest.mark.parametrize(
    "data",
    [START, START + block(0, "x"), b"", START + b"data: [DONE]\n\n"],
)
def test_a_stream_without_an_end_was_cut_off(data: bytes) -> None:
    decoder = COHERE.decoder(chat(stream=True), ENDPOINT, "text/event-stream")
    decoder.feed(data)

    with pytest.raises(ProviderError, match=r"before the answer was finished|empty body"):
        decoder.end()


@pytest.mark.parametrize("answer", [{}, {"message": {}}, {"message": 5, "finish_reason": "COMPLETE"}, []])
def test_what_is_no_answer_is_the_providers_fault(answer: Any) -> None:
    decoder = COHERE.decoder(chat(), ENDPOINT, "application/json")
    decoder.feed(json.dumps(answer).encode())

    with pytest.raises(ProviderError) as caught:
        decoder.end()
    assert caught.value.kind == "provider_invalid_response"


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (
            400,
            "too many tokens: total number of tokens in the prompt cannot exceed 4081",
            "context_length_exceeded",
        ),
        (401, "invalid api token", "provider_auth"),
        (404, "model 'x' not found", "provider_model_not_found"),
        (422, "invalid request", "provider_unprocessable"),
        (429, "Please wait and try again later", "provider_rate_limit"),
        (500, "internal error", "provider_failure"),
        (503, "unavailable", "provider_overloaded"),
    ],
)
def test_errors(status: int, message: str, kind: str) -> None:
    body = json.dumps({"id": "x", "message": message}).encode()

    error = COHERE.error(ENDPOINT, status, {}, body)

    assert error.kind == kind
    assert message in error.message
