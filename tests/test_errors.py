"""The one table: every kind of error has a gRPC code, a status and a type."""

import grpc
import pytest

from service import errors
from service.errors import TABLE, ErrorKind, Violation, kind_of_status

# The sentence of the design, row by row.
WIRE = [
    (ErrorKind.INVALID_REQUEST, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.MODEL_NOT_FOUND, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.PROVIDER_NOT_FOUND, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.INVALID_API_KEY, "UNAUTHENTICATED", 401, "authentication_error"),
    (ErrorKind.PERMISSION_DENIED, "PERMISSION_DENIED", 403, "permission_error"),
    (ErrorKind.NO_ROUTE, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.NOT_FOUND, "NOT_FOUND", 404, "invalid_request_error"),
    (ErrorKind.ALREADY_EXISTS, "ALREADY_EXISTS", 409, "invalid_request_error"),
    (ErrorKind.CONFLICT, "ABORTED", 409, "invalid_request_error"),
    (ErrorKind.FAILED_PRECONDITION, "FAILED_PRECONDITION", 400, "invalid_request_error"),
    (ErrorKind.NO_ENDPOINT, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.NOT_SERVED, "UNIMPLEMENTED", 501, "not_implemented_error"),
    (ErrorKind.UNAVAILABLE, "UNAVAILABLE", 503, "api_error"),
    (ErrorKind.INTERNAL, "INTERNAL", 500, "api_error"),
    (ErrorKind.PROVIDER_BAD_REQUEST, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.PROVIDER_MODEL_NOT_FOUND, "NOT_FOUND", 404, "invalid_request_error"),
    (ErrorKind.PROVIDER_TIMEOUT, "DEADLINE_EXCEEDED", 504, "api_error"),
    (ErrorKind.TTFT_TIMEOUT, "DEADLINE_EXCEEDED", 504, "api_error"),
    (ErrorKind.PROVIDER_TOO_LARGE, "INVALID_ARGUMENT", 413, "invalid_request_error"),
    (ErrorKind.PROVIDER_UNPROCESSABLE, "INVALID_ARGUMENT", 422, "invalid_request_error"),
    (ErrorKind.PROVIDER_CONTEXT_LENGTH, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.PROVIDER_CONTENT_POLICY, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.PROVIDER_INVALID_IMAGE, "INVALID_ARGUMENT", 400, "invalid_request_error"),
    (ErrorKind.PROVIDER_RATE_LIMIT, "RESOURCE_EXHAUSTED", 429, "rate_limit_error"),
    (ErrorKind.PROVIDER_QUOTA, "RESOURCE_EXHAUSTED", 429, "rate_limit_error"),
    (ErrorKind.PROVIDER_AUTH, "UNAVAILABLE", 502, "api_error"),
    (ErrorKind.PROVIDER_OVERLOADED, "UNAVAILABLE", 503, "api_error"),
    (ErrorKind.CONCURRENCY_LIMIT, "UNAVAILABLE", 503, "api_error"),
    (ErrorKind.PROVIDER_FAILURE, "UNAVAILABLE", 502, "api_error"),
    (ErrorKind.PROVIDER_UNREACHABLE, "UNAVAILABLE", 502, "api_error"),
    (ErrorKind.PROVIDER_INVALID_RESPONSE, "UNAVAILABLE", 502, "api_error"),
]


@pytest.mark.parametrize(("kind", "code", "status", "type_"), WIRE, ids=[row[0] for row in WIRE])
def test_table(kind: ErrorKind, code: str, status: int, type_: str) -> None:
    row = TABLE[kind]

    assert (row.grpc_code, row.http_status, row.type) == (code, status, type_)
    assert hasattr(grpc.StatusCode, code)


def test_the_table_is_whole() -> None:
    assert [row[0] for row in WIRE] == list(ErrorKind) == list(TABLE)


@pytest.mark.parametrize(
    ("provider_status", "ours"),
    [
        *((400, 400), (413, 413), (422, 422)),
        *((404, 404), (410, 404), (408, 504), (429, 429)),
        *((405, 502), (406, 502), (409, 502), (415, 502), (418, 502), (423, 502), (424, 502), (425, 502)),
        *((451, 502), (499, 502)),
        *((401, 502), (402, 502), (403, 502)),
        *((500, 502), (501, 502), (502, 502), (520, 502), (599, 502)),
        *((503, 503), (529, 503), (504, 504), (524, 504)),
        *((302, 502), (304, 502)),
    ],
)
def test_what_a_providers_status_becomes(provider_status: int, ours: int) -> None:
    assert TABLE[kind_of_status(provider_status)].http_status == ours


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_failing_operators_credential_is_told_apart(status: int) -> None:
    assert kind_of_status(status) == "provider_auth"


@pytest.mark.parametrize(
    ("error", "message", "param"),
    [
        (errors.InvalidRequest([Violation("n", "too big"), Violation("", "odd")]), "n: too big; odd", "n"),
        (errors.InvalidRequest([Violation("", "not JSON")]), "not JSON", None),
        (errors.ModelNotFound("unheard of"), "model: unheard of", "model"),
        (errors.ProviderNotFound("unheard of"), "model: unheard of", "model"),
        (
            errors.NotServed(["sort", "models"]),
            "sort, models: not served by this version of Pointsman",
            "sort",
        ),
        (errors.NotServed(["model"], "try"), "model: not served by this version of Pointsman; try", "model"),
        (errors.Unauthenticated(), "Unauthorized", None),
        (errors.Unavailable("draining"), "draining", None),
        (errors.Internal(), "Internal error", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_messages_and_params(error: errors.PointsmanError, message: str, param: str | None) -> None:
    assert (error.message, str(error), error.param) == (message, message, param)
    assert error.row is TABLE[error.kind]


def test_a_provider_error_carries_the_providers_own_words() -> None:
    error = errors.ProviderError(
        ErrorKind.PROVIDER_RATE_LIMIT, "acme", "slow down", status=429, retry_after=7, provider_code="rpm"
    )

    assert (error.row.http_status, error.provider, error.status) == (429, "acme", 429)
    assert (error.retry_after, error.provider_code, error.provider_type) == (7, "rpm", None)
