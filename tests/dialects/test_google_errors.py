"""Google's errors to the one table: status, word, reason, and when to come back."""

import json
from typing import Any

import pytest

from service.dialects.google import Google
from service.errors import ErrorKind, ProviderError
from service.types.upstream import Endpoint

ENDPOINT = Endpoint(provider="google", model="m", base_url="https://g.test", dialect="google")
QUOTA = "You exceeded your current quota, please check your plan and billing details."

SPENT = "Your prepayment credits are depleted. Please manage your billing."
CAPPED = "Your project has exceeded its monthly spending cap."


def detail(kind: str, **members: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **members}


def retry(delay: str) -> dict[str, Any]:
    return detail("RetryInfo", retryDelay=delay)


def quota(name: str) -> dict[str, Any]:
    return detail("QuotaFailure", violations=[{"quotaId": name}])


KEY = detail("ErrorInfo", reason="API_KEY_INVALID", domain="googleapis.com")

# Status, word, message, details; kind and seconds to wait.
ERRORS: list[tuple[int, str, str, list[Any], ErrorKind, int | None]] = [
    (400, "INVALID_ARGUMENT", "Bad value.", [], ErrorKind.PROVIDER_BAD_REQUEST, None),
    (400, "INVALID_ARGUMENT", "Please renew.", [KEY], ErrorKind.PROVIDER_AUTH, None),
    (400, "INVALID_ARGUMENT", "API key not valid.", [], ErrorKind.PROVIDER_AUTH, None),
    (401, "UNAUTHENTICATED", "No credentials.", [], ErrorKind.PROVIDER_AUTH, None),
    (403, "PERMISSION_DENIED", "Denied.", [], ErrorKind.PROVIDER_AUTH, None),
    (404, "NOT_FOUND", "models/x is not found.", [], ErrorKind.PROVIDER_MODEL_NOT_FOUND, None),
    (
        400,
        "INVALID_ARGUMENT",
        "The input token count (2) exceeds the maximum number of tokens allowed (1).",
        [],
        ErrorKind.PROVIDER_CONTEXT_LENGTH,
        None,
    ),
    (400, "INVALID_ARGUMENT", "Unable to process input image.", [], ErrorKind.PROVIDER_INVALID_IMAGE, None),
    (429, "RESOURCE_EXHAUSTED", "Slow down.", [retry("12.2s")], ErrorKind.PROVIDER_RATE_LIMIT, 13),
    (429, "RESOURCE_EXHAUSTED", QUOTA, [], ErrorKind.PROVIDER_QUOTA, None),
    (429, "RESOURCE_EXHAUSTED", SPENT, [retry("7s")], ErrorKind.PROVIDER_QUOTA, 7),
    (429, "RESOURCE_EXHAUSTED", CAPPED, [], ErrorKind.PROVIDER_QUOTA, None),
    (
        429,
        "RESOURCE_EXHAUSTED",
        QUOTA,
        [quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), retry("7s")],
        ErrorKind.PROVIDER_RATE_LIMIT,
        7,
    ),
    (
        429,
        "RESOURCE_EXHAUSTED",
        QUOTA,
        [quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), retry("7s")],
        ErrorKind.PROVIDER_QUOTA,
        7,
    ),
    (429, "RESOURCE_EXHAUSTED", "Slow.", [retry("soon"), None], ErrorKind.PROVIDER_RATE_LIMIT, None),
    (500, "INTERNAL", "Oops.", [], ErrorKind.PROVIDER_FAILURE, None),
    (503, "UNAVAILABLE", "Overloaded.", [], ErrorKind.PROVIDER_OVERLOADED, None),
    (504, "DEADLINE_EXCEEDED", "Too late.", [], ErrorKind.PROVIDER_TIMEOUT, None),
]


@pytest.mark.parametrize("listed", [False, True], ids=["object", "list"])
@pytest.mark.parametrize("row", ERRORS)
def test_an_error(row: tuple[int, str, str, list[Any], ErrorKind, int | None], *, listed: bool) -> None:
    status, word, message, details, kind, wait = row
    error = {"error": {"code": status, "message": message, "status": word, "details": details}}
    failure = told(status, json.dumps([error] if listed else error).encode())

    assert (failure.kind, failure.status, failure.retry_after) == (kind, status, wait)
    assert failure.message.endswith(message)
    assert failure.provider_code == word
    assert failure.provider_type == ("API_KEY_INVALID" if KEY in details else None)


def test_the_header_says_it_better() -> None:
    body = json.dumps({"error": {"message": "Slow.", "details": [retry("7s")]}}).encode()
    assert told(429, body, {"retry-after": "3"}).retry_after == 3


ODD = b'{"error": {"message": "x", "code": [], "status": {}, "details": 7}}'


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"[]", b'{"error": "busy"}', ODD, b"\xff"])
def test_what_is_no_google_error_is_still_one(body: bytes) -> None:
    assert told(503, body).kind is ErrorKind.PROVIDER_OVERLOADED


def told(status: int, body: bytes, headers: dict[str, str] | None = None) -> ProviderError:
    return Google().error(ENDPOINT, status, headers or {}, body)
