"""Server-sent events, and the JSON that Google writes bare into a stream when it fails in the middle.

Source: `google.genai._api_client`, whose reader takes lines without `data:` for the lines of a JSON text.
"""

from service.upstream.sse import SseDecoder, SseEvent

_FIELDS = (b"data", b"event", b"id", b"retry")


class BareJsonSse(SseDecoder):
    """Server-sent events; lines that are none of its fields become one event at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._bare: list[bytes] = []
        self._bare_bytes = 0

    @property
    def buffered(self) -> int:
        """How many bytes of unfinished events are held."""
        return super().buffered + self._bare_bytes

    def end(self) -> list[SseEvent]:
        """Takes the end of the stream; what was written bare comes last."""
        events = super().end()
        if self._bare:
            events.append(SseEvent("message", b"\n".join(self._bare)))
        return events

    def _line(self, line: bytes, events: list[SseEvent]) -> None:
        if line.strip() and not line.startswith(b":") and line.partition(b":")[0] not in _FIELDS:
            self._bare.append(line)
            self._bare_bytes += len(line)
            return
        super()._line(line, events)
