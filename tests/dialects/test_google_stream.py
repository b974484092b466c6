"""Gemini's answers in pieces: calls that grow, errors that come midway, and ends that do not."""

import json
import time
from typing import Any

import pytest

from service.dialects.google import Google
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Usage
from service.types.fold import fold
from tests.asking import chat
from tests.dialects.google_answering import (
    CALL,
    ENDPOINT,
    JSON,
    SSE,
    TEXT,
    Json,
    candidate,
    choice,
    read,
    stream,
    whole,
)


def test_arguments_that_come_in_pieces() -> None:
    def piece(path: str, **value: Any) -> Json:
        return {"partialArgs": [{"jsonPath": path, **value}], "willContinue": True}

    calls: list[Json] = [
        {"name": "f", "id": "c1", "willContinue": True},
        piece("$.city", stringValue="Pa", willContinue=True),
        piece("$.city", stringValue="ris"),
        piece("$.days[1].hot", boolValue=True),
        piece("$['odd key'][0]", numberValue=2.5),
        piece("$.none", nullValue="NULL_VALUE"),
        {},
    ]
    parts: list[Json] = [{"functionCall": call} for call in calls]
    parts[0]["thoughtSignature"] = "U0lH"
    answers = [candidate(part, reason=None) for part in parts] + [candidate(CALL)]

    delta = choice(stream(*answers)).delta

    first, second = delta.tool_calls or []
    assert (first.id, first.name, second.name) == ("c1", "f", "f")
    assert json.loads(first.arguments or "") == {
        "city": "Paris",
        "days": [None, {"hot": True}],
        "odd key": [2.5],
        "none": None,
    }
    assert [(each["id"], each["data"]) for each in delta.reasoning_details or ()] == [("c1", "U0lH")]


@pytest.mark.parametrize(("reason", "expected"), [("MAX_TOKENS", "length"), ("STOP", "tool_calls")])
def test_a_call_that_is_cut_off_is_there(reason: str, expected: str) -> None:
    begun = {"name": "f", "id": "c1", "willContinue": True}
    grown = {"partialArgs": [{"jsonPath": "$.city", "stringValue": "Pa"}], "willContinue": True}
    pieces = [candidate({"functionCall": begun, "thoughtSignature": "U0lH"}, reason=None)]
    pieces += [candidate({"functionCall": grown}, reason=None)] * 2

    got = choice(stream(*pieces, candidate(reason=reason)))

    [call] = got.delta.tool_calls or []
    assert (call.id, call.name, call.arguments) == ("c1", "f", '{"city":"PaPa"}')
    assert [each["data"] for each in got.delta.reasoning_details or ()] == ["U0lH"]
    assert got.finish_reason == expected


def test_a_long_stream_takes_time_in_proportion() -> None:
    """40,000 pieces of each kind: what would grow with the square takes a minute."""
    decoder = Google().decoder(chat(stream=True), ENDPOINT, SSE)
    source = {"citationSources": [{"startIndex": 0, "endIndex": 1, "uri": "https://c.test"}]}
    grown = {"partialArgs": [{"jsonPath": "$.a", "stringValue": "x" * 20}], "willContinue": True}
    event = json.dumps(
        candidate({"text": "ä" * 20}, {"functionCall": grown}, reason=None, citationMetadata=source)
    )
    begun = time.process_time()
    for _ in range(40_000):
        decoder.feed(b"data: " + event.encode() + b"\n\n")
    decoder.feed(b"data: " + json.dumps(candidate()).encode() + b"\n\n")
    decoder.end()
    assert time.process_time() - begun < 6


ERROR = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "The model is overloaded."}}
INVALID = ErrorKind.PROVIDER_INVALID_RESPONSE


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("framed", [False, True])
def test_an_error_in_a_stream(indent: int | None, *, listed: bool, framed: bool) -> None:
    body = json.dumps([ERROR] if listed else ERROR, indent=None if framed else indent).encode()
    tail = b"data: " + body + b"\n\n" if framed else body
    decoder = Google().decoder(chat(stream=True), ENDPOINT, SSE)
    begun = b"data: " + json.dumps(candidate(TEXT, reason=None)).encode() + b"\n\n"

    chunks = [chunk for place in begun + tail for chunk in decoder.feed(bytes([place]))]

    assert fold(chunks).choices[0].delta.content == "Hi"
    with pytest.raises(ProviderError, match="overloaded") as caught:
        decoder.end()
    assert (caught.value.kind, caught.value.status) == (ErrorKind.PROVIDER_OVERLOADED, 503)


BODIES: list[tuple[bytes, ErrorKind]] = [
    (json.dumps(ERROR).encode(), ErrorKind.PROVIDER_OVERLOADED),
    (json.dumps([candidate(TEXT, reason=None), ERROR]).encode(), ErrorKind.PROVIDER_OVERLOADED),
    (json.dumps([candidate(TEXT, reason=None)]).encode(), INVALID),
    (b"{}", INVALID),
    (b'{"candidates": []}', INVALID),
    (b'{"candidates": [{}]}', INVALID),
    (b'{"candidates": [{"index": -1}]}', INVALID),
    (b'{"candidates": 1}', INVALID),
    (b'{"candidates": [1]}', INVALID),
    (b"[1]", INVALID),
    (b"[", INVALID),
    (b"<html>", INVALID),
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
def test_a_body_that_is_no_answer(body: bytes, kind: ErrorKind) -> None:
    with pytest.raises(ProviderError) as caught:
        read(body, JSON)
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [candidate(TEXT, reason=None)],
        [candidate(TEXT), {"candidates": [{"index": 1, "content": {"parts": [TEXT]}}]}],
        [candidate(TEXT, reason="FINISH_REASON_UNSPECIFIED")],
    ],
)
def test_a_stream_without_a_reason_was_cut_off(answers: list[Json]) -> None:
    with pytest.raises(ProviderError, match=r"before the answer was finished|empty body"):
        stream(*answers)


def test_a_stream_as_a_list_is_an_answer() -> None:
    answer = whole([candidate(TEXT, reason=None), candidate(TEXT)], stream=True)

    assert choice(answer).delta.content == "HiHi"


def test_what_comes_after_the_reason_counts() -> None:
    answer = stream(candidate(TEXT), {"usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 3}})

    assert answer.usage == Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    assert choice(answer).finish_reason == "stop"
