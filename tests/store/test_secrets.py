"""What opens the store is shown nowhere, however it fails."""

import asyncio
import logging
import traceback
from pathlib import Path

import pytest

from service.errors import Unavailable
from service.store.keys import Keys
from service.store.routers import Routers
from tests.store.engines import opened
from tests.store.rows import key
from tests.store.watching import Seen, watching

SECRETS = ("hunter2", "operator", "secret-place")


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that repeats what it was told, as an error."""
    words = b"SFATAL\0C28P01\0Mwrong password hunter2 for operator at secret-place\0\0"
    await reader.read(8)
    writer.write(b"N")  # no TLS
    await reader.read(1000)
    writer.write(b"E" + (len(words) + 4).to_bytes(4) + words)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:1/secret-place", "ConnectionRefusedError"),
        ("127.0.0.1:PORT/secret-place", "InvalidPasswordError"),
        ("127.0.0.1:hunter2/secret-place", "its URL cannot be used"),
        ("127.0.0.1:1/secret-place?sslmode=hunter2", "its URL cannot be used"),
        ("secret-place.invalid/x", "gaierror"),
    ],
)
def test_no_failure_shows_the_url(
    address: str, reason: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def play() -> list[str]:
        server = await asyncio.start_server(_refuse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"postgresql://operator:hunter2@{address.replace('PORT', str(port))}"
        shown = []
        async with server, opened(url, tmp_path) as database:
            shown.append(repr(database))
            for ask in (database.connect(), Routers(database).get("a"), Keys(database).create(key())):
                with pytest.raises(Unavailable, match="The store cannot be reached now") as caught:
                    await ask
                shown += traceback.format_exception(caught.value)
                shown += [repr(caught.value), str(caught.value.__cause__)]
            async with watching(url, tmp_path, Seen(), start_seconds=0.1) as follower:
                shown.append(repr(follower))
        return shown

    shown = [*asyncio.run(play()), caplog.text]
    assert f"the store cannot be reached: {reason};" in caplog.text
    assert not [(secret, text) for secret in SECRETS for text in shown if secret in text]
