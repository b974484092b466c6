"""Just enough HTTP to ask Envoy how it is and to tell it to drain."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

_ANSWER_SECONDS = 5.0


async def post_to_socket(path: Path, target: str) -> int:
    """POSTs to an admin path over a unix socket and gives the status, 0 if the answer is not HTTP."""
    return await _exchange(asyncio.open_unix_connection(str(path)), "POST", target)


async def get(host: str, port: int, target: str) -> int:
    """GETs a path and gives the status, 0 if the answer is not HTTP."""
    return await _exchange(asyncio.open_connection(host, port), "GET", target)


async def _exchange(
    connecting: Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]], method: str, target: str
) -> int:
    head = f"{method} {target} HTTP/1.1\r\nHost: pointsman\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with asyncio.timeout(_ANSWER_SECONDS):
        reader, writer = await connecting
        try:
            writer.write(head.encode())
            status_line = await reader.readline()
            return int(status_line.split()[1])
        except (ValueError, IndexError):  # a line without end is a ValueError, too
            return 0
        finally:
            writer.close()
