"""Errors as gRPC statuses: code and message, with details that programs can read."""

from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message as ProtoMessage
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from pointsman.v1 import metadata_pb2
from service.edge import typed_answer
from service.errors import InvalidRequest, PointsmanError, ProviderError
from service.types.metadata import Metadata

DOMAIN = "pointsman"
_DETAILS_HEADER = "grpc-status-details-bin"
# Clients refuse more than 8 KiB of trailers; what is not ASCII triples on the wire.
_MESSAGE_BYTES = 1000
_DETAILS_BYTES = 3000
_FACT_CHARS = 100


def status_code(error: PointsmanError) -> StatusCode:
    """The gRPC code of an error."""
    return StatusCode[error.row.grpc_code]


def message(error: PointsmanError) -> str:
    """The error's message, cut to what fits into trailers."""
    data = error.message.encode("utf-8", "replace")
    return (
        error.message
        if len(data) <= _MESSAGE_BYTES
        else data[:_MESSAGE_BYTES].decode("utf-8", "ignore") + "…"
    )


def trailers(error: PointsmanError, account: Metadata | None) -> tuple[tuple[str, str | bytes], ...]:
    """ErrorInfo, and where they fit BadRequest, RetryInfo and the account, as trailing metadata.

    `x-http-status` tells statuses that gRPC codes cannot.
    """
    status = status_pb2.Status(code=status_code(error).value[0], message=message(error))
    for detail in _details(error, account):
        packed = any_pb2.Any()
        packed.Pack(detail)
        while not (fits := status.ByteSize() + packed.ByteSize() <= _DETAILS_BYTES) and _shorten(detail):
            packed.Pack(detail)
        if fits:
            status.details.append(packed)
    headers: list[tuple[str, str | bytes]] = [
        (_DETAILS_HEADER, status.SerializeToString()),
        ("x-http-status", str(error.row.http_status)),
    ]
    if isinstance(error, ProviderError) and error.retry_after is not None:
        headers.append(("retry-after", str(error.retry_after)))
    return tuple(headers)


def _shorten(detail: ProtoMessage) -> bool:
    """Takes out what a detail can do without; tells whether there was anything.

    Of violations and attempts some are better than none, and of all attempts who they were.
    """
    if isinstance(detail, error_details_pb2.BadRequest) and len(detail.field_violations) > 1:
        del detail.field_violations[len(detail.field_violations) // 2 :]
        return True
    if isinstance(detail, metadata_pb2.Metadata):
        told = [attempt for attempt in detail.attempts if attempt.HasField("error_message")]
        for attempt in told:
            attempt.ClearField("error_message")
        if not told and len(detail.attempts) > 1:
            del detail.attempts[: len(detail.attempts) // 2]
            return True
        return bool(told)
    return False


def _details(error: PointsmanError, account: Metadata | None) -> list[ProtoMessage]:
    facts: dict[str, str] = {}
    details: list[ProtoMessage] = []
    if isinstance(error, ProviderError):
        stated = {
            "provider": error.provider,
            "provider_status": error.status,
            "provider_code": error.provider_code,
        }
        facts = {name: str(value)[:_FACT_CHARS] for name, value in stated.items() if value is not None}
    details.append(error_details_pb2.ErrorInfo(reason=error.kind.name, domain=DOMAIN, metadata=facts))
    if isinstance(error, InvalidRequest):
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=each.field, description=each.description)
            for each in error.violations
        ]
        details.append(error_details_pb2.BadRequest(field_violations=violations))
    if isinstance(error, ProviderError) and error.retry_after is not None:
        delay = duration_pb2.Duration(seconds=error.retry_after)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    if account:
        proto = typed_answer.metadata(account)
        assert proto is not None  # noqa: S101 - only None gives None
        details.append(proto)
    return details
