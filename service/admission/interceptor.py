"""The one interceptor: no call comes in without a key that permits it, and none that cannot be read."""

from __future__ import annotations  # grpc takes no type arguments at run time

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from service.admission import rights
from service.admission.identity import Identity, caller
from service.admission.keys import KeyRing
from service.admission.rights import Needed
from service.errors import Internal, InvalidRequest, PermissionDenied, PointsmanError, Violation

_LOG = logging.getLogger(__name__)
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Refuse = Callable[[Any, PointsmanError], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Method:
    """A method: what it needs, and its handler, bare and guarded; without one there is no such method."""

    name: str
    needed: Needed | None
    bare: _Handler | None
    guarded: _Handler | None


class KeyInterceptor(grpc.aio.ServerInterceptor):
    """Asks every call for its key, and what the key permits, before its handler sees it.

    `refuse` ends a call with an error's status; a door that refuses in another form stands in `refusals`
    under the beginning of its methods' names: what it gives is the answer of a method that gives one.
    `note` is told of every call that was refused. Handlers find whose key it was in `identity.caller`.
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
        self._methods: dict[str, _Method] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """Gives the method's handler, or one of the same form that refuses."""
        name = handler_call_details.method
        method = self._methods.get(name)
        if method is None:
            method = self._learn(name, await continuation(handler_call_details))
        if method.needed is not None:
            try:
                caller.set(await self._admit(_authorization(handler_call_details), method.needed))
            except PointsmanError as error:
                return self._refusal(method, error)
            except Exception:  # noqa: BLE001 - the last net: grpc.aio would show the exception to callers
                _LOG.exception("internal error in admission")
                return self._refusal(method, Internal())
        return method.guarded

    def _learn(self, name: str, handler: _Handler | None) -> _Method:
        """Keeps what belongs to a method; of the names of none there is no end."""
        if handler is None:
            return _Method(name, rights.ANY_KEY, None, None)
        method = _Method(name, rights.needed(name), handler, self._guarded(handler))
        self._methods[name] = method
        return method

    async def _admit(self, authorization: str | None, needed: Needed) -> Identity:
        """Lets a key in that permits one of what is needed, where anything is."""
        identity = self._keys.known(authorization) or await self._keys.admit(authorization)
        if needed and needed.isdisjoint(identity.permissions):
            raise PermissionDenied(f"This key does not permit it: {' or '.join(sorted(needed))} is needed.")
        return identity

    def _refusal(self, method: _Method, error: PointsmanError) -> _Handler:
        """Refuses in the form the caller expects, also for methods that do not exist."""
        refuse = next(
            (each for prefix, each in self._refusals.items() if method.name.startswith(prefix)), self._refuse
        )

        async def behave(_: Any, context: Any) -> Any:
            self._note(context, error)
            return await refuse(context, error)

        if method.bare is None:
            return grpc.stream_stream_rpc_method_handler(behave)
        # What the caller sent is nobody's concern, so it is not read.
        return _of_form(method.bare, behave, bytes)

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
