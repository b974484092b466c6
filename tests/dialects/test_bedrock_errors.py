"""Bedrock's errors, by status and in streams, to the one table."""

import json

import pytest

from service.errors import ErrorKind, ProviderError
from tests.asking import chat
from tests.dialects.converse import BEDROCK, decoded, endpoint_of
from tests.upstreams.fake_bedrock import EVENT_STREAM, event, exception, message

HTTP = [
    (400, "ValidationException", "Input is too long for requested model.", ErrorKind.PROVIDER_CONTEXT_LENGTH),
    (
        400,
        "ValidationException",
        "The provided model identifier is invalid.",
        ErrorKind.PROVIDER_MODEL_NOT_FOUND,
    ),
    (400, "ValidationException", "top_p is wrong", ErrorKind.PROVIDER_BAD_REQUEST),
    (400, "ValidationException", "Could not process image", ErrorKind.PROVIDER_INVALID_IMAGE),
    (400, "ServiceQuotaExceededException", "Your quota is used up.", ErrorKind.PROVIDER_QUOTA),
    (403, "AccessDeniedException", "No access to the model.", ErrorKind.PROVIDER_AUTH),
    (403, "ExpiredTokenException", "The token is expired.", ErrorKind.PROVIDER_AUTH),
    (404, "ResourceNotFoundException", "Not found.", ErrorKind.PROVIDER_MODEL_NOT_FOUND),
    (408, "ModelTimeoutException", "Too slow.", ErrorKind.PROVIDER_TIMEOUT),
    (424, "ModelErrorException", "The model failed.", ErrorKind.PROVIDER_FAILURE),
    (429, "ThrottlingException", "Too many tokens, please wait.", ErrorKind.PROVIDER_RATE_LIMIT),
    (429, "ModelNotReadyException", "Try again.", ErrorKind.PROVIDER_OVERLOADED),
    (500, "InternalServerException", "Oops.", ErrorKind.PROVIDER_FAILURE),
    (503, "ServiceUnavailableException", "Busy.", ErrorKind.PROVIDER_OVERLOADED),
]
SHAPES = [
    ("header", lambda name: ({"x-amzn-errortype": f"{name}:http://coral"}, {"message": "{}"})),
    ("capital", lambda name: ({"x-amzn-errortype": name}, {"Message": "{}"})),
    ("body", lambda name: ({}, {"__type": f"com.amazon.coral.service#{name}", "message": "{}"})),
]


@pytest.mark.parametrize("shape", [row[1] for row in SHAPES], ids=[row[0] for row in SHAPES])
@pytest.mark.parametrize(("status", "name", "said", "kind"), HTTP)
def test_http_errors(status: int, name: str, said: str, kind: ErrorKind, shape: object) -> None:
    assert callable(shape)
    headers, body = shape(name)
    told = json.dumps({key: value.replace("{}", said) for key, value in body.items()}).encode()

    error = BEDROCK.error(endpoint_of(), status, {**headers, "retry-after": "3"}, told)

    assert (error.kind, error.status, error.provider_type, error.retry_after) == (kind, status, name, 3)
    assert error.message == f"Provider 'bedrock' answered {status}: {said}"


@pytest.mark.parametrize(("body", "said"), [(b"<h1>no</h1>", ": <h1>no</h1>"), (b"", ""), (b"[1]", ": [1]")])
def test_errors_of_no_shape(body: bytes, said: str) -> None:
    error = BEDROCK.error(endpoint_of(), 502, {}, body)

    assert (error.kind, error.message) == (
        ErrorKind.PROVIDER_FAILURE,
        f"Provider 'bedrock' answered 502{said}",
    )


IN_BAND = [
    ("throttlingException", {"message": "Slow down"}, ErrorKind.PROVIDER_RATE_LIMIT, "Slow down"),
    ("validationException", {"message": "Wrong"}, ErrorKind.PROVIDER_BAD_REQUEST, "Wrong"),
    ("internalServerException", {"message": "Oops"}, ErrorKind.PROVIDER_FAILURE, "Oops"),
    ("serviceUnavailableException", {}, ErrorKind.PROVIDER_OVERLOADED, "serviceUnavailableException"),
    ("accessDeniedException", {"Message": "No"}, ErrorKind.PROVIDER_AUTH, "No"),
    (
        "modelStreamErrorException",
        {"message": "The model failed", "originalStatusCode": 400, "originalMessage": "bad tool"},
        ErrorKind.PROVIDER_FAILURE,
        "The model failed: bad tool",
    ),
]
PARTIAL = event("contentBlockDelta", delta={"text": "Hel"}, contentBlockIndex=0)


@pytest.mark.parametrize(("name", "body", "kind", "said"), IN_BAND)
def test_exceptions_in_a_stream_come_after_what_was_said(
    name: str, body: dict[str, object], kind: ErrorKind, said: str
) -> None:
    decoder = BEDROCK.decoder(chat(stream=True), endpoint_of(), EVENT_STREAM)

    [chunk] = decoder.feed(PARTIAL + exception(name, **body) + PARTIAL)
    assert chunk.choices[0].delta.content == "Hel"
    assert decoder.complete
    with pytest.raises(ProviderError) as caught:
        decoder.end()
    error = caught.value
    assert (error.kind, error.status, error.provider_type) == (kind, None, name)
    assert error.message == f"Provider 'bedrock' failed: {said}"


def test_errors_that_are_no_exceptions() -> None:
    headers = {":message-type": "error", ":error-code": "ThrottlingException", ":error-message": "Slow"}

    with pytest.raises(ProviderError, match="failed: Slow") as caught:
        decoded(message(headers, b""), EVENT_STREAM)
    assert caught.value.kind == ErrorKind.PROVIDER_RATE_LIMIT


@pytest.mark.parametrize(
    "body",
    [
        {"message": "Slow", "__type": "com.amazon.coral#ThrottlingException"},
        {"Message": "Slow", "code": "ThrottlingException"},
    ],
)
def test_an_error_inside_a_200(body: dict[str, str]) -> None:
    with pytest.raises(ProviderError, match="failed: Slow") as caught:
        decoded(json.dumps(body).encode(), "application/json")
    assert caught.value.kind == ErrorKind.PROVIDER_RATE_LIMIT
