"""What a vendor's failure becomes: status, words, account, headers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.rest.scene import PATH, Scene
from tests.upstreams.fake_vendor import Script, VendorCall, delta, hello, replying, streaming

STATUSES = [
    (400, 400, "provider_bad_request", "invalid_request_error"),
    (401, 502, "provider_auth", "api_error"),
    (402, 502, "provider_auth", "api_error"),
    (403, 502, "provider_auth", "api_error"),
    (404, 404, "provider_model_not_found", "invalid_request_error"),
    (405, 502, "provider_failure", "api_error"),
    (408, 504, "provider_timeout", "api_error"),
    (409, 502, "provider_failure", "api_error"),
    (410, 404, "provider_model_not_found", "invalid_request_error"),
    (413, 413, "provider_request_too_large", "invalid_request_error"),
    (418, 502, "provider_failure", "api_error"),
    (422, 422, "provider_unprocessable", "invalid_request_error"),
    (429, 429, "provider_rate_limit", "rate_limit_error"),
    (500, 502, "provider_failure", "api_error"),
    (502, 502, "provider_failure", "api_error"),
    (503, 503, "provider_overloaded", "api_error"),
    (504, 504, "provider_timeout", "api_error"),
    (524, 504, "provider_timeout", "api_error"),
    (529, 503, "provider_overloaded", "api_error"),
    (302, 502, "provider_failure", "api_error"),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("status", "expected"), [(status, rest) for status, *rest in STATUSES])
def test_every_status(scene: Scene, status: int, expected: tuple[int, str, str], stream: bool) -> None:
    ours, code, kind = expected
    scene.plays(replying({"error": {"message": "Words of the vendor 🚂", "type": "t", "code": None}}, status))

    response = scene.ask(stream=stream)

    assert response.status_code == ours
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert body["error"] == {
        "message": f"Provider 'fake' answered {status}: Words of the vendor 🚂",
        "type": kind,
        "param": None,
        "code": code,
        "provider": "fake",
        "provider_status": status,
        "provider_code": None,
    }
    assert body["metadata"]["attempts"] == [
        {
            "model": scene.model,
            "success": False,
            "time_to_first_token_ms": 0,
            "error_type": code,
            "provider_status": status,
            "error_message": body["error"]["message"],
        }
    ]
    assert body["metadata"]["reasoning"] == f"Using specified model: '{scene.model}' - failed"
    assert body["metadata"]["generation_id"] == response.headers["x-generation-id"]
    assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "nested"}}, "nested"),
        ({"error": "a string"}, "a string"),
        ({"message": "flat"}, "flat"),
        ({"detail": "fastapi"}, "fastapi"),
        ({"detail": [{"loc": ["body"], "msg": "bad"}]}, '[{"loc":["body"],"msg":"bad"}]'),
        ([{"error": {"message": "in a list"}}], "in a list"),
        (b"plain words", "plain words"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 100_000, "x" * 1970 + "…"),  # 2000 characters in all
    ],
    ids=lambda value: repr(value)[:30],
)
def test_every_shape_of_an_error_body(scene: Scene, body: Any, words: str) -> None:
    message = scene.plays(replying(body, 400)).ask().json()["error"]["message"]

    assert message == ("Provider 'fake' answered 400" + (f": {words}" if words else ""))


def test_the_vendors_own_code_is_kept_where_the_request_is_at_fault(scene: Scene) -> None:
    error = {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}

    shown = scene.plays(replying({"error": error}, 400)).ask().json()["error"]

    assert (shown["code"], shown["provider_code"]) == ("context_length_exceeded", "context_length_exceeded")


@pytest.mark.parametrize(
    ("given", "kept"), [("7", "7"), ("0.2", "1"), ("soon", None), ("-1", "0"), ("inf", None)]
)
def test_retry_after_is_kept(scene: Scene, given: str, kept: str | None) -> None:
    scene.plays(replying({"error": {"message": "slow down"}}, 429, retry_after=given))

    assert scene.ask().headers.get("retry-after") == kept


def test_retry_after_as_a_date(scene: Scene) -> None:
    scene.plays(
        replying({}, 429, retry_after=format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))
    )

    assert 3500 < int(scene.ask().headers["retry-after"]) <= 3601


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [7]}',
        b'{"choices": "x"}',
        b"{" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_garbled_answer(scene: Scene, body: bytes) -> None:
    response = scene.plays(replying(body)).ask()

    assert response.status_code == 502
    assert response.json()["error"]["code"] == "provider_invalid_response"
    assert response.json()["metadata"]["attempts"][0]["error_type"] == "provider_invalid_response"


@pytest.mark.parametrize("stream", [False, True])
def test_a_vendor_that_is_not_there(scene: Scene, stream: bool) -> None:
    response = scene.ask(model="gone/x", stream=stream)

    assert response.status_code == 502
    error = response.json()["error"]
    assert (error["code"], error["provider"], error["provider_status"]) == (
        "provider_unreachable",
        "gone",
        None,
    )
    assert "Provider 'gone' " in error["message"]


async def silence(call: VendorCall) -> None:
    await call.hang()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (silence, "sent nothing for 2 s"),
        (streaming(b'{"choices"', ends="hang"), "sent nothing for 2 s"),
    ],
    ids=["no first byte", "half an answer"],
)
def test_silence_is_a_timeout(scene: Scene, script: Script, words: str) -> None:
    response = scene.plays(script).ask()

    assert response.status_code == 504
    assert response.json()["error"]["code"] == "provider_timeout"
    assert words in response.json()["error"]["message"]
    assert scene.call.closed.wait(1)


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize(
    ("spoken", "secret"),
    [
        ("Incorrect API key provided: sk-fake-upstream-key.", "sk-fake-upstream-key"),
        ("Bad header Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("Cannot GET /v1?key=AIzaSyFAKEFAKEFAKE&x=1", "AIzaSyFAKEFAKEFAKE"),
        ("Key sk-proj-0123456789abcdef is over its limit", "sk-proj-0123456789abcdef"),
    ],
)
def test_secrets_are_taken_out(scene: Scene, status: int, spoken: str, secret: str) -> None:
    response = scene.plays(replying({"error": {"message": spoken}}, status)).ask()

    assert secret not in response.text
    assert "[redacted]" in response.json()["error"]["message"]


def test_secrets_are_taken_out_of_a_stream(scene: Scene) -> None:
    frame = b'data: {"error": {"message": "key sk-fake-upstream-key is bad"}}\n\n'

    for frames in ((frame,), (delta(content="Hi"), frame)):
        response = scene.plays(streaming(*frames)).ask(stream=True)

        assert "sk-fake-upstream-key" not in response.text
        assert "key [redacted] is bad" in response.text


def test_secrets_are_taken_out_of_the_vendors_code(scene: Scene) -> None:
    error = {"message": "bad key", "code": "sk-fake-upstream-key"}

    assert "sk-fake-upstream-key" not in scene.plays(replying({"error": error}, 400)).ask().text


def test_ids_of_the_request(scene: Scene) -> None:
    scene.plays(hello)
    kept = scene.ask(headers={"x-request-id": "mine-1"})
    given = [scene.ask().headers["x-request-id"] for _ in range(2)]

    assert kept.headers["x-request-id"] == "mine-1"
    assert len({*given, "mine-1"}) == 3
    assert scene.record(kept.headers["x-generation-id"])["request_id"] == "mine-1"


@pytest.mark.parametrize(
    "members", [{}, {"stream": True}, {"model": "nobody/x"}, {"sort": ["price"]}, {"n": 0}]
)
def test_every_answer_names_its_generation(scene: Scene, members: dict[str, Any]) -> None:
    response = scene.http.post(PATH, json=scene.plays(hello).body(**members))

    assert scene.record(response.headers["x-generation-id"])["http_status"] == response.status_code


def test_a_secret_across_the_cut_is_taken_out(scene: Scene) -> None:
    error = {"message": "x" * 1960 + "sk-fake-upstream-key"}

    assert "sk-fake" not in scene.plays(replying({"error": error}, 400)).ask().text


def test_addresses_are_not_shown(scene: Scene) -> None:
    response = scene.ask(model="gone/any")

    assert response.status_code == 502
    words = "All 2 attempts failed. Provider 'gone' cannot be reached: Connection refused"
    assert response.json()["error"]["message"] == words
