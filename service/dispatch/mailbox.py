"""Between the task that reads a provider and the one that answers the caller.

Whatever has arrived by the time the reader looks is handed over in one piece, so a burst leaves in one
write however many frames it has; and a slow caller slows the provider down instead of filling memory.
"""

import asyncio

from service.types.chunk import Chunk

_MAX_WAITING = 1024
_MAX_WAITING_BYTES = 4 * 1024 * 1024


class Mailbox:
    """A single-producer, single-consumer queue of chunks that ends in an end or an error."""

    def __init__(self) -> None:
        self._waiting: list[Chunk] = []
        self._bytes = 0
        self._closed = False
        self._error: BaseException | None = None
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether the answer has ended, well or badly."""
        return self._closed

    async def put(self, chunks: list[Chunk], size: int = 0) -> None:
        """Adds chunks that came in `size` bytes; waits while the reader is too far behind."""
        self._waiting += chunks
        self._bytes += size
        self._filled.set()
        while len(self._waiting) >= _MAX_WAITING or self._bytes >= _MAX_WAITING_BYTES:
            self._emptied.clear()
            await self._emptied.wait()

    def close(self, error: BaseException | None = None) -> None:
        """Ends the queue; an error is raised to the reader after all that came before it."""
        if not self._closed:
            self._closed = True
            self._error = error
            self._filled.set()

    async def take(self, timeout: float | None = None) -> list[Chunk] | None:  # noqa: ASYNC109 - a poll
        """Gives all that waits, or None at the end. Raises the error that ended it, or TimeoutError."""
        while not self._waiting:
            if self._error:
                raise self._error
            if self._closed:
                return None
            self._filled.clear()
            async with asyncio.timeout(timeout):
                await self._filled.wait()
        chunks, self._waiting, self._bytes = self._waiting, [], 0
        self._emptied.set()
        return chunks
