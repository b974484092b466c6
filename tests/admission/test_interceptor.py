"""The interceptor in a server of its own: who is let in, who is refused in which form, who a handler sees."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest

from service.admission.identity import caller
from service.admission.interceptor import KeyInterceptor
from service.admission.keys import KeyRing
from service.errors import PointsmanError
from service.types.secret import Secret
from tests.admission.test_keys import stored

CHAT = "/pointsman.v1.RestService/ChatCompletions"
TYPED_CHAT = "/pointsman.v1.ChatCompletionService/CreateChatCompletion"
MODELS = "/pointsman.v1.ModelService/ListModels"
EXPLAIN = "/pointsman.v1.RestExplainService/Explain"
UNLISTED = "/pointsman.v1.ChatCompletionService/Unheard"
HEALTH = "/grpc.health.v1.Health/Check"
MISSING = "/pointsman.v1.RestService/Missing"
_STREAMED = (CHAT,)
KEYS = ("chat", "routers.read", "routers.write", "admin")


async def _name_caller(_: bytes, __: Any) -> bytes:
    await asyncio.sleep(0)
    return _caller_id()


async def _name_caller_twice(_: bytes, __: Any) -> AsyncIterator[bytes]:
    yield _caller_id()
    await asyncio.sleep(0)
    yield _caller_id()


def _caller_id() -> bytes:
    identity = caller.get()
    return identity.key_id.encode() if identity else b"nobody"


class Handlers(grpc.GenericRpcHandler):
    """Methods of no service that answer with the id of the caller's key."""

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        if details.method == MISSING:
            return None
        if details.method in _STREAMED:
            return grpc.unary_stream_rpc_method_handler(_name_caller_twice)
        return grpc.unary_unary_rpc_method_handler(_name_caller)


class Doors:
    """A server with keys whose ids are their only permissions, and what it noted."""

    def __init__(self, refresh: Callable[[], Awaitable[None]] | None = None, connected: bool = True) -> None:
        ring = KeyRing([Secret("operator")], connected=lambda: connected, refresh=refresh)
        ring.replace([stored(key, key) for key in KEYS])
        self.noted: list[str] = []
        self.interceptor = KeyInterceptor(
            ring,
            refuse=self._abort,
            refusals={"/pointsman.v1.RestService/": self._write, "/pointsman.v1.RestExplain": self._give},
            note=lambda _, error: self.noted.append(error.kind.value),
        )

    @staticmethod
    async def _abort(context: Any, error: PointsmanError) -> None:
        await context.abort(grpc.StatusCode[error.row.grpc_code], error.message)

    @staticmethod
    async def _write(context: Any, error: PointsmanError) -> None:
        await context.write(b"written: " + error.kind.value.encode())

    @staticmethod
    async def _give(_: Any, error: PointsmanError) -> bytes:
        return b"given: " + error.kind.value.encode()

    def ask(self, method: str, key: str | None) -> list[str]:
        """What is answered, or the code and the words of a status."""
        return asyncio.run(self._ask(method, key))

    async def _ask(self, method: str, key: str | None) -> list[str]:
        server = grpc.aio.server(interceptors=[self.interceptor])
        server.add_generic_rpc_handlers((Handlers(),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        metadata = (("authorization", f"Bearer {key}"),) if key else ()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                # A message that answers a method of one is a stream of one for who asks so.
                ask: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(method)
                calling = ask(b"", metadata=metadata)
                return [answer.decode() async for answer in calling]
        except grpc.aio.AioRpcError as error:
            return [error.code().name, error.details() or ""]
        finally:
            await server.stop(0)


@pytest.mark.parametrize(
    ("method", "key", "answer"),
    [
        (HEALTH, None, ["nobody"]),
        (HEALTH, "chat", ["nobody"]),
        (TYPED_CHAT, "operator", ["bootstrap"]),
        (TYPED_CHAT, "chat", ["chat"]),
        (TYPED_CHAT, "admin", ["admin"]),
        (TYPED_CHAT, "routers.write", ["PERMISSION_DENIED", "This key does not permit it: chat is needed."]),
        (TYPED_CHAT, None, ["UNAUTHENTICATED", "Unauthorized"]),
        (TYPED_CHAT, "wrong", ["UNAUTHENTICATED", "Unauthorized"]),
        (CHAT, "chat", ["chat", "chat"]),
        (CHAT, "routers.read", ["written: permission_denied"]),
        (CHAT, None, ["written: invalid_api_key"]),
        (EXPLAIN, "chat", ["chat"]),
        (EXPLAIN, "routers.read", ["routers.read"]),
        (EXPLAIN, "routers.write", ["routers.write"]),
        (EXPLAIN, "wrong", ["given: invalid_api_key"]),
        (MODELS, "routers.read", ["routers.read"]),
        (MODELS, None, ["UNAUTHENTICATED", "Unauthorized"]),
        (UNLISTED, "admin", ["admin"]),
        (UNLISTED, "operator", ["bootstrap"]),
        (UNLISTED, "chat", ["PERMISSION_DENIED", "This key does not permit it: admin is needed."]),
        (MISSING, "chat", ["UNIMPLEMENTED", "Method not found!"]),
        (MISSING, "wrong", ["written: invalid_api_key"]),
    ],
)
def test_who_comes_in(method: str, key: str | None, answer: list[str]) -> None:
    doors = Doors()

    assert doors.ask(method, key) == answer
    kinds = ("permission_denied", "invalid_api_key", "PERMISSION_DENIED", "UNAUTHENTICATED")
    assert len(doors.noted) == any(kind in answer[0] for kind in kinds)


def test_without_the_store_an_unknown_key_is_told_to_try_again() -> None:
    async def refresh() -> None:
        raise AssertionError("a store out of reach is not asked")

    doors = Doors(refresh, connected=False)

    assert doors.ask(TYPED_CHAT, "unknown")[0] == "UNAVAILABLE"
    assert doors.ask(TYPED_CHAT, "chat") == ["chat"]
    assert doors.ask(TYPED_CHAT, None)[0] == "UNAUTHENTICATED"
    assert doors.noted == ["unavailable", "invalid_api_key"]


def test_a_fault_of_ours_stays_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def refresh() -> None:
        raise RuntimeError("secret address")

    assert Doors(refresh).ask(TYPED_CHAT, "unknown") == ["INTERNAL", "Internal error"]
    assert "secret address" in caplog.text


def test_calls_do_not_see_each_others_keys() -> None:
    async def ask_all() -> list[bytes]:
        doors = Doors()
        server = grpc.aio.server(interceptors=[doors.interceptor])
        server.add_generic_rpc_handlers((Handlers(),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(MODELS)
            calls = [ask(b"", metadata=(("authorization", f"Bearer {key}"),)) for key in KEYS * 10]
            answers = [await call for call in calls]
        await server.stop(0)
        return answers

    assert asyncio.run(ask_all()) == [key.encode() for key in KEYS * 10]


def test_names_of_no_method_are_not_kept() -> None:
    doors = Doors()
    doors.ask(MISSING, "chat")
    doors.ask(CHAT, "chat")

    assert list(doors.interceptor._methods) == [CHAT]
    assert hashlib.sha256(b"chat").digest() in doors.interceptor._keys._entries
