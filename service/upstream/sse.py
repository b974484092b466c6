"""Server-sent events framing, without I/O: bytes in, split anywhere, events out.

Source: WHATWG HTML 9.2.6. One deviation: an event still open when the stream ends is delivered, because
vendors exist that end with `data: [DONE]` and no blank line.
"""

from typing import NamedTuple


class SseEvent(NamedTuple):
    """One event: its type (`message` when none was named) and its data lines joined by newlines."""

    type: str
    data: bytes


class SseDecoder:
    """Turns the bytes of one stream into events; comments and other fields are skipped."""

    def __init__(self) -> None:
        self._partial: list[bytes] = []  # pieces of a line not yet ended
        self._partial_bytes = 0
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._type = ""
        self._started = False

    @property
    def buffered(self) -> int:
        """How many bytes of an unfinished event are held; the caller bounds it."""
        return self._partial_bytes + self._data_bytes

    def feed(self, data: bytes) -> list[SseEvent]:
        """Takes the next bytes and returns the events they complete."""
        if b"\n" not in data and b"\r" not in data and not self._ends_in_cr():
            # A long line in many pieces must not be copied once per piece.
            self._partial.append(data)
            self._partial_bytes += len(data)
            return []
        text = b"".join((*self._partial, data))
        held = b""
        if b"\r" in text:
            if text.endswith(b"\r"):  # its LF may be in the next bytes
                text, held = text[:-1], b"\r"
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = text.split(b"\n")
        self._partial = [rest + held]
        self._partial_bytes = len(rest) + len(held)
        events: list[SseEvent] = []
        for line in lines:
            self._line(line, events)
        return events

    def end(self) -> list[SseEvent]:
        """Takes the end of the stream and returns the event that was still open, if any."""
        events: list[SseEvent] = []
        rest = b"".join(self._partial).rstrip(b"\r")
        self._partial = []
        if rest:
            self._line(rest, events)
        self._line(b"", events)
        return events

    def _ends_in_cr(self) -> bool:
        return bool(self._partial) and self._partial[-1].endswith(b"\r")

    def _line(self, line: bytes, events: list[SseEvent]) -> None:
        if not self._started:
            self._started = True
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            if self._data:
                events.append(SseEvent(self._type or "message", b"\n".join(self._data)))
            self._data = []
            self._data_bytes = 0
            self._type = ""
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._data_bytes += len(value)
        elif name == b"event":
            self._type = value.decode("utf-8", "replace")
