"""The one interceptor: no call but health comes in without a key."""

from __future__ import annotations  # grpc takes no type arguments at run time

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
from google.api import httpbody_pb2

from service.admission.keys import KeyRing
from service.errors import Unauthenticated

_OPEN = "/grpc.health.v1.Health/"
_REST_DOOR = "/pointsman.v1.RestService/"
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class KeyInterceptor(grpc.aio.ServerInterceptor):
    """Asks every call for its key before its handler sees it."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """Gives the method's handler, or one of the same form that refuses."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(_OPEN):
            return handler
        try:
            self._keys.admit(_authorization(handler_call_details))
        except Unauthenticated as error:
            return _refusal(handler, error, rest=method.startswith(_REST_DOOR))
        return handler


def _authorization(details: grpc.HandlerCallDetails) -> str | None:
    for key, value in details.invocation_metadata:
        if key == "authorization":
            return value if isinstance(value, str) else None
    return None


def _refusal(handler: _Handler, error: Unauthenticated, *, rest: bool) -> _Handler:
    """Refuses in the form the caller expects: a gRPC status, or over REST plain text (Inworld 1)."""

    async def abort(_: Any, context: Any) -> None:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, error.message)

    async def abort_stream(request: Any, context: Any) -> AsyncIterator[Any]:
        if rest:
            await context.send_initial_metadata((("x-http-status", "401"),))
            yield httpbody_pb2.HttpBody(content_type="text/plain", data=error.message.encode())
            return
        await abort(request, context)

    form = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[handler.request_streaming, handler.response_streaming]
    return form(
        abort_stream if handler.response_streaming else abort,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
