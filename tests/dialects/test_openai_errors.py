"""Errors of OpenAI-compatible providers: as statuses, and inside a 200."""

import json
from typing import Any

import pytest

from service.dialects import DIALECTS
from service.dialects.errors import in_band_error, retry_after
from service.dialects.openai.decoder import StreamDecoder
from service.errors import ErrorKind, ProviderError
from tests.asking import ENDPOINT
from tests.dialects.decoding import body, delta, frame, message, stream

OPENAI = DIALECTS["openai"]


def http(status: int, body: Any = b"", **headers: str) -> ProviderError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return OPENAI.error(ENDPOINT, status, {k.replace("_", "-"): v for k, v in headers.items()}, data)


@pytest.mark.parametrize(
    ("status", "kind", "ours"),
    [
        (400, "provider_bad_request", 400),
        (401, "provider_auth", 502),
        (402, "provider_auth", 502),
        (403, "provider_auth", 502),
        (404, "provider_model_not_found", 404),
        (408, "provider_timeout", 504),
        (413, "provider_request_too_large", 413),
        (422, "provider_unprocessable", 422),
        (429, "provider_rate_limit", 429),
        (498, "provider_overloaded", 503),  # Groq's
        (500, "provider_failure", 502),
        (502, "provider_failure", 502),
        (503, "provider_overloaded", 503),
        (504, "provider_timeout", 504),
        (529, "provider_overloaded", 503),
    ],
)
def test_statuses(status: int, kind: str, ours: int) -> None:
    error = http(status)

    assert (error.kind, error.row.http_status, error.status, error.provider) == (kind, ours, status, "acme")
    assert error.message == f"Provider 'acme' answered {status}"


BODIES = [
    ("OpenAI", {"error": {"message": "no", "type": "t", "code": "c", "param": None}}, "no", "c", "t"),
    ("code as a number", {"error": {"message": "no", "code": 400}}, "no", "400", None),
    ("error as text", {"error": "no"}, "no", None, None),
    ("no envelope", {"message": "no", "type": "t"}, "no", None, "t"),
    ("in a list", [{"error": {"message": "no", "status": "INVALID"}}], "no", None, None),
    ("detail", {"detail": "no"}, "no", None, None),
    ("detail as a list", {"detail": [{"loc": ["a"], "msg": "no"}]}, '[{"loc":["a"],"msg":"no"}]', None, None),
    ("xAI", {"code": "Client error", "error": "no"}, "no", "Client error", None),
    ("text and more", {"status": 404, "error": "Not Found", "message": "no"}, "Not Found: no", None, None),
    ("Cloudflare", {"success": False, "errors": [{"code": 10000, "message": "no"}]}, "no", "10000", None),
    ("a list of texts", {"errors": ["no", "never"]}, "no", None, None),
    ("BOM", b'\xef\xbb\xbf{"error":{"message":"no"}}', "no", None, None),
    ("BOM before text", b"\xef\xbb\xbfno", "no", None, None),
    (
        "OpenRouter's inner cause as an object",
        {"error": {"message": "outer", "metadata": {"raw": {"error": {"message": "slow down"}}}}},
        "outer: slow down",
        None,
        None,
    ),
    (
        "OpenRouter's inner cause of another shape",
        {"error": {"message": "outer", "metadata": {"raw": {"x": 1}}}},
        'outer: {"x":1}',
        None,
        None,
    ),
    ("text", b" no \n", "no", None, None),
    ("a web page", b"<html>no</html>", "<html>no</html>", None, None),
    ("JSON of another shape", {"x": 1}, '{"x": 1}', None, None),
    ("JSON text", b'"no"', '"no"', None, None),
    ("error null", {"error": None}, '{"error": null}', None, None),
    ("an empty list", [], "[]", None, None),
    ("not utf-8", b"\xff", "\ufffd", None, None),
    ("too deep", b"[" * 3000, "[" * 3000, None, None),
    (
        "OpenRouter's inner cause",
        {"error": {"code": 429, "message": "Provider returned error", "metadata": {"raw": "slow down"}}},
        "Provider returned error: slow down",
        "429",
        None,
    ),
]


@pytest.mark.parametrize(
    ("body", "message", "code", "type_"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
def test_bodies(body: Any, message: str, code: str | None, type_: str | None) -> None:
    error = http(400, body)

    assert error.message == f"Provider 'acme' answered 400: {message}"
    assert error.words == message
    assert (error.provider_code, error.provider_type) == (code, type_)


def test_a_message_is_cut_only_far_from_where_anyone_reads() -> None:
    assert http(500, b"x" * 60_000).message.endswith("x" * 60_000)
    assert len(in_band_error("acme", "x" * 10**6).message) < 70_000


DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "0.2"}, 1),
        ({"retry-after": "6.0"}, 6),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-inf"}, None),
        ({"retry-after": "86400"}, 86400),
        ({"retry-after": "86401"}, None),
        ({"retry-after": "1e300"}, None),
        ({"retry-after": "9" * 301}, None),
        ({"retry-after": "Wed, 21 Oct 2126 07:28:30 GMT", "date": DATE}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": DATE}, 30),
        ({"retry-after": "Wed, 21 Oct 2026 09:28:30 +0200", "date": DATE}, 30),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": DATE}, 0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30", "date": DATE}, None),
        ({"retry-after": "Wed, 99 Oct 2026 07:28:30 GMT", "date": DATE}, None),
    ],
    ids=str,
)
def test_retry_after(headers: dict[str, str], seconds: int | None) -> None:
    assert retry_after(headers) == seconds


def test_a_rate_limit_keeps_its_retry_after() -> None:
    assert http(429, retry_after="7").retry_after == 7


IN_BAND = [
    ("rate limit by number", {"code": 429, "message": "no"}, ErrorKind.PROVIDER_RATE_LIMIT, 429),
    ("number as text", {"code": "503", "message": "no"}, ErrorKind.PROVIDER_OVERLOADED, 503),
    ("status_code", {"code": "tool_use_failed", "status_code": 400}, ErrorKind.PROVIDER_BAD_REQUEST, 400),
    (
        "a number that is no status",
        {"code": 1234, "type": "overloaded_error"},
        ErrorKind.PROVIDER_OVERLOADED,
        None,
    ),
    ("a digit that is none", {"code": "\u00b2\u00b2\u00b2"}, ErrorKind.PROVIDER_FAILURE, None),
    ("rate_limit_exceeded", {"code": "rate_limit_exceeded"}, ErrorKind.PROVIDER_RATE_LIMIT, None),
    ("rate_limit_error", {"type": "rate_limit_error"}, ErrorKind.PROVIDER_RATE_LIMIT, None),
    ("RESOURCE_EXHAUSTED", {"code": "RESOURCE_EXHAUSTED"}, ErrorKind.PROVIDER_RATE_LIMIT, None),
    ("insufficient_quota", {"code": "insufficient_quota"}, ErrorKind.PROVIDER_QUOTA, None),
    ("invalid_api_key", {"code": "invalid_api_key"}, ErrorKind.PROVIDER_AUTH, None),
    ("authentication_error", {"type": "authentication_error"}, ErrorKind.PROVIDER_AUTH, None),
    ("permission_denied", {"type": "permission_denied"}, ErrorKind.PROVIDER_AUTH, None),
    ("overloaded_error", {"type": "overloaded_error"}, ErrorKind.PROVIDER_OVERLOADED, None),
    ("timeout", {"type": "timeout"}, ErrorKind.PROVIDER_TIMEOUT, None),
    ("model_not_found", {"code": "model_not_found"}, ErrorKind.PROVIDER_MODEL_NOT_FOUND, None),
    ("context_length_exceeded", {"code": "context_length_exceeded"}, ErrorKind.PROVIDER_CONTEXT_LENGTH, None),
    ("invalid_request_error", {"type": "invalid_request_error"}, ErrorKind.PROVIDER_BAD_REQUEST, None),
    ("server_error", {"type": "server_error"}, ErrorKind.PROVIDER_FAILURE, None),
    ("text", "no", ErrorKind.PROVIDER_FAILURE, None),
    ("another shape", [1], ErrorKind.PROVIDER_FAILURE, None),
    ("true", True, ErrorKind.PROVIDER_FAILURE, None),
]


@pytest.mark.parametrize(
    ("error", "kind", "status"), [row[1:] for row in IN_BAND], ids=[row[0] for row in IN_BAND]
)
def test_words_inside_a_200(error: Any, kind: ErrorKind, status: int | None) -> None:
    found = in_band_error("acme", error)

    assert (found.kind, found.status) == (kind, status)
    assert found.message.startswith("Provider 'acme' failed")


FAILURE = {"message": "slow down", "type": "rate_limit_error", "code": "rpm"}


@pytest.mark.parametrize(
    "answer",
    [
        {"error": FAILURE},
        {"error": FAILURE, "choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "error"}]},
        {"object": "error", **FAILURE},
    ],
    ids=["alone", "with choices", "without envelope"],
)
def test_a_failure_in_a_whole_200(answer: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match="Provider 'acme' failed: slow down") as caught:
        body(answer)

    assert (caught.value.kind, caught.value.provider_code) == ("provider_rate_limit", "rpm")
    assert caught.value.provider_type == "rate_limit_error"


BARE: list[tuple[str, dict[str, Any], str | None]] = [
    (
        "MiniMax",
        {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "slow down"}},
        "1008",
    ),
    ("SiliconFlow", {"code": 20015, "message": "slow down", "data": None}, "20015"),
    ("detail", {"detail": "slow down"}, None),
    (
        "Cloudflare",
        {"success": False, "errors": [{"message": "slow down", "code": 7003}], "result": None},
        "7003",
    ),
    ("xAI", {"code": "rpm", "error": "slow down"}, "rpm"),
]


@pytest.mark.parametrize(("answer", "code"), [row[1:] for row in BARE], ids=[row[0] for row in BARE])
def test_a_failure_without_an_envelope(answer: dict[str, Any], code: str | None) -> None:
    for failed in (lambda: body(answer), lambda: stream(delta(content="x") + frame(answer))):
        with pytest.raises(ProviderError, match="Provider 'acme' failed: slow down") as caught:
            failed()
        assert caught.value.provider_code == code


def test_a_success_with_a_status_is_none() -> None:
    answer = {**message(content="x"), "base_resp": {"status_code": 0, "status_msg": "success"}}

    assert body(answer).choices[0].delta.content == "x"


def test_an_error_of_null_is_none() -> None:
    assert body({"error": None, **message(content="x")}).choices[0].delta.content == "x"


EVENTS = [
    ("data", frame({"error": FAILURE})),
    ("with choices", frame({"error": FAILURE, "choices": [{"delta": {}, "finish_reason": "error"}]})),
    ("an event named error", b"event: error\n" + frame({"error": FAILURE})),
    ("an event named error, without envelope", b"event: error\n" + frame(FAILURE)),
    ("at the very end", b"event: error\n" + frame({"error": FAILURE}).rstrip()),
]


@pytest.mark.parametrize("event", [row[1] for row in EVENTS], ids=[row[0] for row in EVENTS])
@pytest.mark.parametrize("lead", [b"", delta(content="x"), delta(content="x") + delta(finish="stop")])
def test_a_failure_in_a_stream(event: bytes, lead: bytes) -> None:
    with pytest.raises(ProviderError, match="slow down") as caught:
        stream(lead + event)

    assert caught.value.kind == "provider_rate_limit"


@pytest.mark.parametrize("data", [b"event: error\ndata: plain\n\n", b'event: error\ndata: "plain"\n\n'])
def test_a_failure_that_is_plain_text(data: bytes) -> None:
    with pytest.raises(ProviderError, match="failed: plain"):
        stream(data)


def test_garbage_in_a_stream() -> None:
    with pytest.raises(ProviderError, match="not valid JSON") as caught:
        stream(delta(content="x") + b"data: {oops\n\n")

    assert caught.value.kind == "provider_invalid_response"


@pytest.mark.parametrize("failure", [b"data: {oops\n\n", frame({"error": FAILURE})])
def test_what_came_before_a_failure_is_given_however_it_is_split(failure: bytes) -> None:
    data = delta(content="Hel") + delta(content="lo") + failure + delta(content="never")
    for place in range(len(data) + 1):
        decoder = StreamDecoder("acme")
        chunks = decoder.feed(data[:place]) + decoder.feed(data[place:])
        assert [chunk.choices[0].delta.content for chunk in chunks] == ["Hel", "lo"]
        assert decoder.complete
        with pytest.raises(ProviderError):
            decoder.end()
