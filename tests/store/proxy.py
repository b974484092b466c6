"""A way to PostgreSQL that can be cut, or be silent as a machine that is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.store.engines import postgres


class Proxy:
    """Passes on what it is given, unless it has fallen silent."""

    def __init__(self, folder: Path) -> None:
        self.closed = False
        self._folder = folder
        self._speak = asyncio.Event()
        self._speak.set()
        self._lines: set[asyncio.Task[None]] = set()

    def url(self, url: str) -> str:
        """The same database, this way."""
        return f"{url.partition('?')[0]}?host={self._folder}"

    def fall_silent(self) -> None:
        """Answers nothing any more, and closes nothing."""
        self._speak.clear()

    def speak(self) -> None:
        """Passes on what has waited, and what comes."""
        self._speak.set()

    async def cut(self) -> None:
        """Ends all connections."""
        lines = tuple(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.transport.abort()
            return
        line = asyncio.create_task(self._serve(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opening = asyncio.create_task(asyncio.open_unix_connection(str(postgres().socket)))
        try:
            there, thither = await asyncio.shield(opening)  # one that is cut off here would stay open
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pass_on(reader, thither))
                ways.create_task(self._pass_on(there, writer))
        except* (EOFError, OSError):
            pass
        finally:
            ends = (writer, (await opening)[1])
            for end in ends:
                end.transport.abort()
            for end in ends:
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._speak.wait()
            writer.write(data)
            await writer.drain()
        raise EOFError


@asynccontextmanager
async def proxied(folder: Path) -> AsyncIterator[Proxy]:
    """A proxy whose socket is in a folder."""
    proxy = Proxy(folder)
    server = await asyncio.start_unix_server(proxy.serve, folder / ".s.PGSQL.5432")
    try:
        yield proxy
    finally:
        proxy.closed = True
        server.close()
        await proxy.cut()
        await server.wait_closed()
