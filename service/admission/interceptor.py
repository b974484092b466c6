"""The one interceptor: no call but health comes in without a key, and none that cannot be read."""

from __future__ import annotations  # grpc takes no type arguments at run time

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from service.admission.keys import KeyRing
from service.errors import InvalidRequest, PointsmanError, Unauthenticated, Violation

_OPEN = "/grpc.health.v1.Health/"
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Refuse = Callable[[Any, PointsmanError], Awaitable[Any]]


class KeyInterceptor(grpc.aio.ServerInterceptor):
    """Asks every call for its key before its handler sees it.

    `refuse` ends a call with an error's status; a door that refuses in another form stands in `refusals`
    under the beginning of its methods' names: what it gives is the answer of a method that gives one.
    `note` is told of every call that was refused.
    """

    def __init__(
        self,
        keys: KeyRing,
        *,
        refuse: _Refuse,
        refusals: Mapping[str, _Refuse],
        note: Callable[[Any, PointsmanError], None],
    ) -> None:
        self._keys = keys
        self._refuse = refuse
        self._refusals = refusals
        self._note = note
        self._handlers: dict[str, _Handler] = {}  # guarded, by method

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """Gives the method's handler, or one of the same form that refuses."""
        method = handler_call_details.method
        if not method.startswith(_OPEN):
            try:
                self._keys.admit(_authorization(handler_call_details))
            except Unauthenticated as error:
                return self._refusal(await continuation(handler_call_details), error, method)
        if method not in self._handlers:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            self._handlers[method] = self._guarded(handler)
        return self._handlers[method]

    def _refusal(self, handler: _Handler | None, error: Unauthenticated, method: str) -> _Handler:
        """Refuses in the form the caller expects, also for methods that do not exist."""
        refuse = next(
            (each for prefix, each in self._refusals.items() if method.startswith(prefix)), self._refuse
        )

        async def behave(_: Any, context: Any) -> Any:
            self._note(context, error)
            return await refuse(context, error)

        if handler is None:
            return grpc.stream_stream_rpc_method_handler(behave)
        # What the caller sent is nobody's concern, so it is not read.
        return _of_form(handler, behave, bytes)

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
                error = InvalidRequest([_NO_MESSAGE])
                self._note(context, error)
                await self._refuse(context, error)
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
