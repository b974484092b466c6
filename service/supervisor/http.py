"""Just enough HTTP to ask Envoy how it is and to tell it to drain."""

import asyncio
from pathlib import Path

_ANSWER_SECONDS = 5.0


async def post_to_socket(path: Path, target: str) -> int:
    """POSTs to an admin path over a unix socket and gives the status."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    return await _exchange(reader, writer, "POST", target)


async def get(host: str, port: int, target: str) -> int:
    """GETs a path and gives the status."""
    reader, writer = await asyncio.open_connection(host, port)
    return await _exchange(reader, writer, "GET", target)


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, target: str
) -> int:
    head = f"{method} {target} HTTP/1.1\r\nHost: pointsman\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            writer.write(head.encode())
            status_line = await reader.readline()
    finally:
        writer.close()
    words = status_line.split()
    return int(words[1]) if len(words) > 1 else 0
