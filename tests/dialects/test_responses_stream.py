"""Streamed Responses answers: every telling counts once, and the fold is the whole answer."""

import itertools
import json
from typing import Any, get_args

import openai.types.responses as sdk
import pytest

from service.dialects.responses import OpenAIResponses
from service.dialects.responses.decoder import BodyDecoder, StreamDecoder
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Chunk
from service.types.fold import fold
from tests.asking import ENDPOINT, chat

Event = dict[str, Any]
IDS = ("rs_1", "rs_2", "msg_1", "fc_1", "fc_2", "ctc_1")  # of the items below


def frames(*events: Event) -> bytes:
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode()) for event in events
    )


def decoded(*events: Event) -> list[Chunk]:
    decoder = StreamDecoder("acme")
    return decoder.feed(frames(*events)) + decoder.end()


def whole(response: dict[str, Any]) -> Chunk:
    decoder = BodyDecoder("acme")
    decoder.feed(json.dumps(response).encode())
    return fold(decoder.end())


def response(*output: dict[str, Any], **members: Any) -> dict[str, Any]:
    usage = {"input_tokens": 12, "output_tokens": 5, "total_tokens": 17}
    return {"id": "resp_1", "status": "completed", "output": list(output), "usage": usage, **members}


def final(*output: dict[str, Any], **members: Any) -> Event:
    return {"type": "response.completed", "response": response(*output, **members)}


def added(index: int, item: dict[str, Any]) -> Event:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, item: dict[str, Any]) -> Event:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def piece(kind: str, index: int, delta: str, **members: Any) -> Event:
    place = {"output_index": index, "item_id": IDS[index]}
    return {"type": f"response.{kind}.delta", **place, "delta": delta, **members}


CITED = {"type": "url_citation", "url": "https://x.test", "title": "X", "start_index": 0, "end_index": 2}
TOKENS = [{"token": each, "bytes": [1], "logprob": -0.5, "top_logprobs": []} for each in ("Hel", "lo")]
TEXT = {"type": "output_text", "text": "Hello", "annotations": [CITED], "logprobs": TOKENS}
REFUSAL = {"type": "refusal", "refusal": "No."}
MESSAGE = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "content": [TEXT, REFUSAL],
    "phase": "commentary",
}
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "One."}, {"type": "summary_text", "text": "Two."}],
    "encrypted_content": "secret",
}
OPEN_THOUGHT = {
    "type": "reasoning",
    "id": "rs_2",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "Open."}],
}
PARIS = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "c1",
    "name": "f",
    "arguments": '{"city": "Paris"}',
}
ROME = {"type": "function_call", "id": "fc_2", "call_id": "c2", "name": "f", "arguments": '{"city": "Rome"}'}
CUSTOM = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c3", "name": "sql", "input": "SELECT 1"}
SEARCH = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "q"},
}
IMAGE = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "aGk="}
OUTPUT: tuple[dict[str, Any], ...] = (THOUGHT, OPEN_THOUGHT, MESSAGE, PARIS, ROME, CUSTOM, SEARCH, IMAGE)


def begun(item: dict[str, Any]) -> dict[str, Any]:
    """An item as `added` tells it."""
    empty: dict[str, Any] = {
        "arguments": "",
        "input": "",
        "summary": [],
        "content": [],
        "encrypted_content": "early",
        "result": None,
    }
    return {name: empty.get(name, value) for name, value in item.items()}


PIECES = {
    0: (
        piece("reasoning_summary_text", 0, "On", summary_index=0),
        piece("reasoning_summary_text", 0, "e.", summary_index=0),
        {
            "type": "response.reasoning_summary_text.done",
            "output_index": 0,
            "summary_index": 0,
            "text": "One.",
        },
        piece("reasoning_summary_text", 0, "Two.", summary_index=1),
    ),
    1: (piece("reasoning_text", 1, "Open.", content_index=0),),
    2: (
        {
            "type": "response.content_part.added",
            "output_index": 2,
            "content_index": 0,
            "part": TEXT | {"text": ""},
        },
        piece("output_text", 2, "Hel", content_index=0, logprobs=TOKENS[:1]),
        {
            "type": "response.output_text.annotation.added",
            "output_index": 2,
            "content_index": 0,
            "annotation_index": 0,
            "annotation": CITED,
        },
        piece("output_text", 2, "lo", content_index=0, logprobs=TOKENS[1:]),
        {"type": "response.output_text.done", "output_index": 2, "content_index": 0, "text": "Hello"},
        {"type": "response.content_part.done", "output_index": 2, "content_index": 0, "part": TEXT},
        piece("refusal", 2, "No.", content_index=1),
        {"type": "response.refusal.done", "output_index": 2, "content_index": 1, "refusal": "No."},
    ),
    5: (
        piece("custom_tool_call_input", 5, "SELECT"),
        {"type": "response.custom_tool_call_input.done", "output_index": 5, "input": "SELECT 1"},
    ),
    7: (
        {
            "type": "response.image_generation_call.partial_image",
            "output_index": 7,
            "partial_image_index": 0,
            "partial_image_b64": "cGFydA==",
        },
    ),
}
# Two calls whose pieces come in turns.
CALLS = (
    added(3, begun(PARIS)),
    added(4, begun(ROME)),
    piece("function_call_arguments", 3, '{"city": '),
    piece("function_call_arguments", 4, '{"city": "Rome"'),
    piece("function_call_arguments", 3, '"Paris"}'),
    {"type": "response.function_call_arguments.done", "output_index": 3, "arguments": PARIS["arguments"]},
    piece("function_call_arguments", 4, "}"),
    done(3, PARIS),
    done(4, ROME),
)
STREAM: list[Event] = [
    {"type": "response.created", "response": response(status="in_progress")},
    {"type": "response.in_progress", "response": response(status="in_progress")},
]
for place, item in enumerate(OUTPUT):
    if item is PARIS:
        STREAM += CALLS
    elif item is not ROME:
        STREAM += (added(place, begun(item)), *PIECES.get(place, ()), done(place, item))
STREAM.append(final(*OUTPUT))

TELLINGS = {
    "everything": STREAM,
    "no deltas": [event for event in STREAM if not event["type"].endswith(".delta")],
    "no done items": [event for event in STREAM if event["type"] != "response.output_item.done"],
    "deltas and the end": [
        event for event in STREAM if event["type"].endswith((".delta", ".completed", "_item.added"))
    ],
    "no output at the end": [*STREAM[:-1], final()],
    "the end alone": STREAM[-1:],
    "no beginnings": [event for event in STREAM if event["type"] != "response.output_item.added"],
}


@pytest.mark.parametrize("events", TELLINGS.values(), ids=TELLINGS)
def test_the_fold_is_the_whole_answer(events: list[Event]) -> None:
    folded = fold(decoded(*events))

    assert settled(folded) == settled(whole(response(*OUTPUT)))
    [choice] = folded.choices
    assert choice.delta.content == "Hello"
    assert choice.delta.reasoning == "One.\n\nTwo.\n\nOpen."
    assert [call.index for call in choice.delta.tool_calls or ()] == [0, 1, 2]


def settled(answer: Chunk) -> Chunk:
    """Details may come late, in another order."""
    [choice] = answer.choices
    choice.delta.reasoning_details = sorted(
        choice.delta.reasoning_details or (), key=lambda detail: (detail["index"], detail["type"])
    )
    return answer


def test_pieces_come_as_they_are_told() -> None:
    chunks = [chunk.choices[0].delta for chunk in decoded(*STREAM)]

    assert [delta.content for delta in chunks if delta.content] == ["Hel", "lo"]
    assert [delta.reasoning for delta in chunks if delta.reasoning] == ["On", "e.", "\n\nTwo.", "\n\nOpen."]
    calls = [call for delta in chunks for call in delta.tool_calls or ()]
    customs = [call.extra["custom"] for call in calls if call.index == 2]
    assert customs == [{"name": "sql", "input": ""}, {"input": "SELECT"}, {"input": " 1"}]
    calls = [call for call in calls if call.index < 2]
    assert [(call.index, call.id, call.name, call.arguments) for call in calls] == [
        (0, "c1", "f", ""),
        (1, "c2", "f", ""),
        (0, None, None, '{"city": '),
        (1, None, None, '{"city": "Rome"'),
        (0, None, None, '"Paris"}'),
        (1, None, None, "}"),
    ]
    assert sum(len(delta.images or ()) for delta in chunks) == 1
    assert sum(len(delta.annotations or ()) for delta in chunks) == 1
    details = list(itertools.chain(*(delta.reasoning_details or () for delta in chunks)))
    assert [each["data"] for each in details if "data" in each] == ["secret"]
    assert [each["tool_name"] for each in details if "tool_name" in each] == [
        "web_search",
        "image_generation",
    ]


def test_nothing_comes_before_there_is_something() -> None:
    first = next(chunk for chunk in decoded(*STREAM[:3], final()) if chunk.has_content)

    assert first.choices[0].finish_reason == "stop"


def test_a_tool_that_says_more_at_the_end_is_told_again() -> None:
    ran = {"type": "code_interpreter_call", "id": "ci_1", "code": "1+1", "outputs": None}
    chunks = decoded(done(0, ran), final(ran | {"outputs": [{"type": "logs", "logs": "2"}]}))

    [detail] = fold(chunks).choices[0].delta.reasoning_details or []
    assert detail["result"] == '[{"type":"logs","logs":"2"}]'


EVENT_TYPES = [
    get_args(event.model_fields["type"].annotation)[0]
    for event in get_args(get_args(sdk.ResponseStreamEvent)[0])
]


@pytest.mark.parametrize("kind", [*EVENT_TYPES, "response.from.the.future", "keepalive"])
def test_every_event_of_the_sdk_is_known_or_left_aside(kind: str) -> None:
    """With the members that all kinds have, and those that some kinds have."""
    indexes = {"output_index": 0, "content_index": 0, "summary_index": 0, "command_index": 0}
    told = {
        "type": kind,
        **indexes,
        "item_id": "x",
        "item": MESSAGE,
        "part": TEXT,
        "delta": "",
        "response": {},
    }
    if kind == "error":
        with pytest.raises(ProviderError):
            decoded(told)
    else:
        assert decoded(told, final())


FAILED = response(status="failed", error={"code": "server_error", "message": "Oops"})
FAILURES: list[tuple[Event, ErrorKind, str | None]] = [
    ({"type": "response.failed", "response": FAILED}, ErrorKind.PROVIDER_FAILURE, "server_error"),
    (
        {"type": "error", "code": "rate_limit_exceeded", "message": "Oops", "param": None},
        ErrorKind.PROVIDER_RATE_LIMIT,
        "rate_limit_exceeded",
    ),
    (
        {
            "type": "error",
            "error": {"type": "invalid_request_error", "code": "context_length_exceeded", "message": "Oops"},
        },
        ErrorKind.PROVIDER_CONTEXT_LENGTH,
        "context_length_exceeded",
    ),
]


@pytest.mark.parametrize(("event", "kind", "code"), FAILURES)
def test_failures_come_after_what_was_said(event: Event, kind: ErrorKind, code: str | None) -> None:
    decoder = StreamDecoder("acme")
    chunks = decoder.feed(frames(piece("output_text", 0, "Hel", content_index=0), event, final()))

    assert [chunk.choices[0].delta.content for chunk in chunks] == ["Hel"]
    assert decoder.complete
    with pytest.raises(ProviderError, match="Oops") as error:
        decoder.end()
    assert (error.value.kind, error.value.provider_code) == (kind, code)


@pytest.mark.parametrize("count", range(len(STREAM)))
def test_a_stream_without_its_end_is_cut(count: int) -> None:
    with pytest.raises(ProviderError) as error:
        decoded(*STREAM[:count])

    assert error.value.kind is ErrorKind.PROVIDER_INVALID_RESPONSE


def test_an_incomplete_answer_has_its_reason() -> None:
    short = response(MESSAGE, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    [choice] = fold(decoded({"type": "response.incomplete", "response": short})).choices

    assert (choice.finish_reason, choice.native_finish_reason) == ("length", "max_output_tokens")


@pytest.mark.parametrize(
    "event", [b"data: {\n\n", b'data: {"type": "response.output_item.done"}\n\n', b"data: 7\n\n"]
)
def test_another_shape_is_an_invalid_answer(event: bytes) -> None:
    decoder = StreamDecoder("acme")
    decoder.feed(event)
    with pytest.raises(ProviderError) as error:
        decoder.end()

    assert error.value.kind is ErrorKind.PROVIDER_INVALID_RESPONSE


CHOSEN = [
    ("text/event-stream; charset=utf-8", False, StreamDecoder),
    ("application/json", True, BodyDecoder),
    ("", True, StreamDecoder),
    ("", False, BodyDecoder),
]


@pytest.mark.parametrize(("content_type", "stream", "decoder"), CHOSEN)
def test_the_decoder_fits_what_is_sent(content_type: str, stream: bool, decoder: type) -> None:
    assert type(OpenAIResponses().decoder(chat(stream=stream), ENDPOINT, content_type)) is decoder


def test_errors_by_status() -> None:
    said = {"message": "Slow down", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    body = json.dumps({"error": said}).encode()
    error = OpenAIResponses().error(ENDPOINT, 429, {"retry-after": "7"}, body)

    assert (error.kind, error.status, error.retry_after) == (ErrorKind.PROVIDER_RATE_LIMIT, 429, 7)
    assert (error.provider_code, error.message) == (
        "rate_limit_exceeded",
        "Provider 'acme' answered 429: Slow down",
    )
