"""Errors as gRPC statuses: details that programs can read, within what clients accept."""

import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode
from hypothesis import given
from hypothesis import strategies as st

from pointsman.v1 import metadata_pb2
from service.edge import grpc_errors
from service.errors import TABLE, ErrorKind, InvalidRequest, PointsmanError, ProviderError, Violation
from service.types.metadata import Attempt, Metadata

_CLIENT_LIMIT = 8 * 1024
ACCOUNT = Metadata(generation_id="g", attempts=[Attempt(model="acme/m", error_type="x")])


def _status(error: PointsmanError, account: Metadata | None = ACCOUNT) -> status_pb2.Status:
    trailers = dict(grpc_errors.trailers(error, account))
    data = trailers["grpc-status-details-bin"]
    assert isinstance(data, bytes)
    return status_pb2.Status.FromString(data)


def _detail(error: PointsmanError, kind: type[Message], account: Metadata | None = ACCOUNT) -> Message | None:
    for packed in _status(error, account).details:
        detail = kind()
        if packed.Unpack(detail):
            return detail
    return None


@pytest.mark.parametrize("kind", ErrorKind)
def test_every_kind_has_a_code_a_reason_and_an_http_status(kind: ErrorKind) -> None:
    error = ProviderError(kind, "acme", "words", status=418, retry_after=7, provider_code="c")

    info = _detail(error, error_details_pb2.ErrorInfo)

    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain) == (kind.name, "pointsman")
    assert dict(info.metadata) == {"provider": "acme", "provider_status": "418", "provider_code": "c"}
    assert _status(error).code == grpc_errors.status_code(error).value[0]
    trailers = dict(grpc_errors.trailers(error, None))
    assert trailers["x-http-status"] == str(TABLE[kind].http_status)
    assert trailers["retry-after"] == "7"


def test_violations_and_account_and_retry() -> None:
    invalid = InvalidRequest([Violation("n", "too few"), Violation("seed", "too big")])
    limited = ProviderError(ErrorKind.PROVIDER_RATE_LIMIT, "acme", "slow", retry_after=7)

    bad = _detail(invalid, error_details_pb2.BadRequest)
    retry = _detail(limited, error_details_pb2.RetryInfo)
    account = _detail(limited, metadata_pb2.Metadata)

    assert isinstance(bad, error_details_pb2.BadRequest)
    assert [(each.field, each.description) for each in bad.field_violations] == [
        ("n", "too few"),
        ("seed", "too big"),
    ]
    assert isinstance(retry, error_details_pb2.RetryInfo)
    assert retry.retry_delay.seconds == 7
    assert isinstance(account, metadata_pb2.Metadata)
    assert account.attempts[0].model == "acme/m"
    assert grpc_errors.status_code(invalid) is StatusCode.INVALID_ARGUMENT


def _on_the_wire(trailers: tuple[tuple[str, str | bytes], ...], message: str) -> int:
    """What clients count: binary values in base64, the message percent-encoded."""
    sizes = [
        len(name) + (len(value) if isinstance(value, str) else (len(value) + 2) // 3 * 4) + 32
        for name, value in trailers
    ]
    encoded = sum(1 if 0x20 <= byte < 0x7F and byte != 0x25 else 3 for byte in message.encode())
    return sum(sizes) + encoded


@given(st.text(), st.integers(1, 5000), st.integers(1, 50))
def test_trailers_are_never_too_large(text: str, times: int, violations: int) -> None:
    error = InvalidRequest([Violation("f", text * times)] * violations)

    trailers = grpc_errors.trailers(error, ACCOUNT)

    assert _on_the_wire(trailers, grpc_errors.message(error)) < _CLIENT_LIMIT
    reasons = [each for each in _status(error).details if each.Is(error_details_pb2.ErrorInfo.DESCRIPTOR)]
    assert reasons, "whatever has to be left out, the reason stays"


def test_the_vendors_words_never_push_the_reason_out() -> None:
    error = ProviderError(ErrorKind.PROVIDER_FAILURE, "acme", "x" * 5000, provider_code="c" * 5000)

    info = _detail(error, error_details_pb2.ErrorInfo)

    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert info.metadata["provider_code"] == "c" * 100


def test_of_many_violations_some_are_told() -> None:
    error = InvalidRequest(
        [Violation(f"messages[{place}].role", "must be one of ...") for place in range(50)]
    )

    told = _detail(error, error_details_pb2.BadRequest)

    assert isinstance(told, error_details_pb2.BadRequest)
    assert 10 < len(told.field_violations) < 50


@pytest.mark.parametrize(("attempts", "told", "messages"), [(2, 2, True), (8, 8, False), (32, 32, False)])
def test_of_many_attempts_the_messages_are_left_out_first(attempts: int, told: int, messages: bool) -> None:
    error = ProviderError(ErrorKind.PROVIDER_FAILURE, "acme", "x" * 1000)
    made = [
        Attempt(model=f"acme/{number}", error_type="provider_failure", error_message="y" * 300)
        for number in range(attempts)
    ]

    account = _detail(error, metadata_pb2.Metadata, Metadata(generation_id="g", attempts=made))

    assert isinstance(account, metadata_pb2.Metadata)
    assert [each.model for each in account.attempts] == [each.model for each in made[-told:]]
    assert all(each.HasField("error_message") == messages for each in account.attempts)


def test_of_attempts_with_long_names_the_last_are_told() -> None:
    made = [Attempt(model=f"acme/{number}{'x' * 250}") for number in range(32)]

    account = _detail(InvalidRequest([]), metadata_pb2.Metadata, Metadata(generation_id="g", attempts=made))

    assert isinstance(account, metadata_pb2.Metadata)
    assert 1 < len(account.attempts) < 32
    assert account.attempts[-1].model == made[-1].model


@pytest.mark.parametrize(
    ("text", "shown"),
    [("short", "short"), ("x" * 5000, "x" * 1000 + "…"), ("ä" * 600, "ä" * 500 + "…")],
    ids=["short", "long", "wide"],
)
def test_messages_are_cut_between_characters(text: str, shown: str) -> None:
    assert grpc_errors.message(InvalidRequest([Violation("", text)])) == shown
