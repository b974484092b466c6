"""Asking for a status where something else than Envoy may answer."""

import asyncio
from collections.abc import Awaitable

import pytest

from service.supervisor import http


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"HTTP/1.1 200 OK\r\n", 200),
        (b"SSH-2.0 banana\r\n", 0),
        (b"x" * 100_000 + b"\r\n", 0),
        (b"x " + b"1" * 5_000 + b"\r\n", 0),
        (b"", 0),
    ],
    ids=["HTTP", "no number", "a long line", "a long number", "nothing"],
)
def test_status(line: bytes, status: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(line)
        writer.close()

    async def ask() -> int:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            return await http.get("127.0.0.1", server.sockets[0].getsockname()[1], "/healthz")

    assert asyncio.run(ask()) == status


def test_connecting_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object) -> Awaitable[None]:
        return asyncio.sleep(5)

    monkeypatch.setattr(asyncio, "open_connection", hang)
    monkeypatch.setattr(http, "_ANSWER_SECONDS", 0.1)

    with pytest.raises(TimeoutError):
        asyncio.run(http.get("127.0.0.1", 1, "/healthz"))
