"""Answers over HTTP by one RPC: JSON, or server-sent events.

The only place that knows how `HttpBody` becomes HTTP. One message is a JSON answer; several are a stream,
whose first message commits the 200.
"""

from collections.abc import Iterable, Iterator

from google.api import httpbody_pb2

from service.edge.call_context import Context

_JSON = "application/json"
_EVENTS = "text/event-stream"
# Proxies between Envoy and the caller (nginx, CDNs) must neither gather nor keep a live stream.
_LIVE = (("cache-control", "no-cache"), ("x-accel-buffering", "no"))
_DONE = b"[DONE]"
_MESSAGE_BYTES = 1024 * 1024


class HttpAnswer:
    """Writes one answer; `committed` is whether its status and headers have gone out."""

    def __init__(self, context: Context, *headers: tuple[str, str]) -> None:
        self._context = context
        self._headers = headers
        self.committed = False

    async def json(self, body: bytes, *headers: tuple[str, str]) -> None:
        """Writes a whole answer."""
        await self._commit(*headers)
        await self._write(_JSON, body)

    async def text(self, body: str, *headers: tuple[str, str]) -> None:
        """Writes a whole answer in words."""
        await self._commit(*headers)
        await self._write("text/plain", body.encode())

    async def events(self, bodies: Iterable[bytes]) -> None:
        """Writes events; those that come together leave in one message."""
        for data in _messages(b"data: " + body + b"\n\n" for body in bodies):
            await self._commit(*_LIVE)
            await self._write(_EVENTS, data)

    async def comment(self, words: str) -> None:
        """Writes a sign of life, which readers of events leave out."""
        await self._commit(*_LIVE)
        await self._write(_EVENTS, f": {words}\n\n".encode())

    async def done(self) -> None:
        """Says that the stream is whole."""
        await self.events([_DONE])

    async def _commit(self, *headers: tuple[str, str]) -> None:
        if not self.committed:
            self.committed = True
            await self._context.send_initial_metadata((*self._headers, *headers))

    async def _write(self, content_type: str, data: bytes) -> None:
        await self._context.write(httpbody_pb2.HttpBody(content_type=content_type, data=data))


def status(number: int) -> tuple[str, str]:
    """The header by which Envoy is told the status of a response."""
    return ("x-http-status", str(number))


def _messages(frames: Iterable[bytes]) -> Iterator[bytes]:
    """Joins frames that leave together, into messages that every hop takes."""
    waiting: list[bytes] = []
    size = 0
    for frame in frames:
        if waiting and size + len(frame) > _MESSAGE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
        waiting.append(frame)
        size += len(frame)
    if waiting:
        yield b"".join(waiting)
