"""How the tests call: stubs with a key, requests in few words, and the reading of failures."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import Message as ProtoMessage
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2

from pointsman.v1 import chat_completion_request_pb2, message_pb2, metadata_pb2, role_pb2
from tests.running import KEY
from tests.upstreams.fake_vendor import Script, VendorCall

Request = chat_completion_request_pb2.ChatCompletionRequest
KEY_METADATA = ("authorization", f"Bearer {KEY}")
SECONDS = 10.0  # a deadline for calls that should be answered at once
Details: TypeAlias = "grpc.ClientCallDetails"


def ask(model: str, **fields: Any) -> Request:
    """A request with one user message, unless `messages` are given."""
    messages = fields.pop("messages", None) or [message_pb2.Message(role=role_pb2.ROLE_USER, content="Hi")]
    return Request(model=model, messages=messages, **fields)


def read(call: Any, door: str, **options: Any) -> Any:
    """Makes a call and reads it to its end; `door` is whole or streamed."""
    answer = call(**options)
    return answer if door == "whole" else list(answer)


def check_health(channel: grpc.Channel, service: str = "") -> int:
    """The health of a server, asked without a key."""
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    answer: Any = check(health_pb2.HealthCheckRequest(service=service), wait_for_ready=True, timeout=20)
    status: int = answer.status
    return status


class _Details(grpc.ClientCallDetails):
    def __init__(self, details: Any) -> None:
        self.method = details.method
        self.timeout = details.timeout
        self.metadata = (*(details.metadata or ()), KEY_METADATA)
        self.credentials = details.credentials
        self.wait_for_ready = details.wait_for_ready
        self.compression = details.compression


class AddKey(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Sends the key with every call."""

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return continuation(_Details(details), request)

    def intercept_unary_stream(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return continuation(_Details(details), request)


@dataclass(frozen=True)
class Failure:
    """A status with its details, as a program reads it."""

    code: grpc.StatusCode
    message: str
    trailers: dict[str, str | bytes]
    details: tuple[ProtoMessage, ...]

    @property
    def http_status(self) -> int:
        return int(self.trailers["x-http-status"])

    @property
    def info(self) -> error_details_pb2.ErrorInfo:
        info: error_details_pb2.ErrorInfo = self._detail(error_details_pb2.ErrorInfo)
        return info

    @property
    def account(self) -> metadata_pb2.Metadata:
        account: metadata_pb2.Metadata = self._detail(metadata_pb2.Metadata)
        return account

    @property
    def retry_seconds(self) -> int:
        return int(self._detail(error_details_pb2.RetryInfo).retry_delay.seconds)

    @property
    def violations(self) -> dict[str, str]:
        bad = self._detail(error_details_pb2.BadRequest)
        return {each.field: each.description for each in bad.field_violations}

    def _detail(self, kind: Any) -> Any:
        return next(each for each in self.details if isinstance(each, kind))


_KINDS = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        error_details_pb2.ErrorInfo,
        error_details_pb2.BadRequest,
        error_details_pb2.RetryInfo,
        metadata_pb2.Metadata,
    )
}


def failure(error: Any) -> Failure:
    """Reads a failed call."""
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
    details: list[ProtoMessage] = []
    for packed in status.details:
        detail: ProtoMessage = _KINDS[packed.TypeName()]()
        assert packed.Unpack(detail)
        details.append(detail)
    if status.details:
        assert (status.code, status.message) == (error.code().value[0], error.details())
    return Failure(error.code(), error.details(), trailers, tuple(details))


def waits(*before: bytes) -> Script:
    """A vendor that sends these frames, if any, and then nothing."""

    async def script(call: VendorCall) -> None:
        if before:
            await call.start()
            await call.send(b"".join(before))
        await call.hang()

    return script


def raised_by_threads(works: Sequence[Callable[[], None]]) -> list[BaseException]:
    """Runs all at once, each in a thread, and gives what they raised."""
    raised: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test judges it
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
