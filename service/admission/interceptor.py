"""The one interceptor: no call but health comes in without a key, and none that cannot be read."""

from __future__ import annotations  # grpc takes no type arguments at run time

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
from google.api import httpbody_pb2
from google.protobuf.message import DecodeError

from service.admission.keys import KeyRing
from service.errors import InvalidRequest, PointsmanError, Unauthenticated, Violation

_OPEN = "/grpc.health.v1.Health/"
_REST_DOOR = "/pointsman.v1.RestService/"
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Refuse = Callable[[Any, PointsmanError], Awaitable[None]]


class KeyInterceptor(grpc.aio.ServerInterceptor):
    """Asks every call for its key before its handler sees it. `refuse` ends a call with an error's status."""

    def __init__(self, keys: KeyRing, refuse: _Refuse) -> None:
        self._keys = keys
        self._refuse = refuse

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """Gives the method's handler, or one of the same form that refuses."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None:
            return None
        if not method.startswith(_OPEN):
            try:
                self._keys.admit(_authorization(handler_call_details))
            except Unauthenticated as error:
                return self._refusal(handler, error, rest=method.startswith(_REST_DOOR))
        return self._guarded(handler)

    def _refusal(self, handler: _Handler, error: Unauthenticated, *, rest: bool) -> _Handler:
        """Refuses in the form the caller expects: a gRPC status, or over REST plain text (Inworld 1)."""

        async def abort(_: Any, context: Any) -> None:
            await self._refuse(context, error)

        async def abort_stream(request: Any, context: Any) -> AsyncIterator[Any]:
            if rest:
                await context.send_initial_metadata((("x-http-status", "401"),))
                yield httpbody_pb2.HttpBody(content_type="text/plain", data=error.message.encode())
                return
            await abort(request, context)

        # What the caller sent is nobody's concern, so it is not read.
        return _of_form(handler, abort_stream if handler.response_streaming else abort, bytes)

    def _guarded(self, handler: _Handler) -> _Handler:
        """Answers bytes that are no message with a status of ours; grpc.aio would show the exception."""
        behave: Any = handler.unary_stream if handler.response_streaming else handler.unary_unary
        read = handler.request_deserializer
        if handler.request_streaming or read is None or inspect.isasyncgenfunction(behave):
            return handler

        def try_to_read(data: bytes) -> Any:
            try:
                return read(data)
            except DecodeError:
                return _UNREADABLE

        async def behave_if_read(request: Any, context: Any) -> Any:
            if request is _UNREADABLE:
                await self._refuse(context, InvalidRequest([_NO_MESSAGE]))
            return await behave(request, context)

        return _of_form(handler, behave_if_read, try_to_read)


_UNREADABLE = object()
_NO_MESSAGE = Violation("", "the bytes sent are no message of this method's request type")


def _authorization(details: grpc.HandlerCallDetails) -> str | None:
    for key, value in details.invocation_metadata:
        if key == "authorization":
            return value if isinstance(value, str) else None
    return None


def _of_form(handler: _Handler, behave: Any, read: Callable[[bytes], Any]) -> _Handler:
    form = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[handler.request_streaming, handler.response_streaming]
    return form(behave, request_deserializer=read, response_serializer=handler.response_serializer)
