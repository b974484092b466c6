"""AWS event stream framing, without I/O: bytes in, split anywhere, events out.

Source: `botocore.eventstream`, which parses each message and checks its sums. It is imported with the first
stream, unless `service.upstream.aws.prepare` did: workers that never hear from AWS do without botocore.
"""

import struct
from typing import Any, Final

import msgspec

from service.upstream.sse import SseEvent

FAILED: Final = "exception:"
"""What the type of an event begins with that tells a failure; the vendor's name for it follows."""

_PRELUDE_BYTES: Final = 12
# What botocore raises for broken framing beside its own errors: lengths that lie, unknown header types.
_BROKEN: Final = (struct.error, LookupError, UnicodeDecodeError)


class EventStreamDecoder:
    """Turns the bytes of one stream into events.

    The type of an event is its `:event-type`. An exception's is `FAILED` and its `:exception-type`; an
    error's, which has no body, is `FAILED` and its `:error-code`, with the message as `{"message": ...}`.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._wanted = _PRELUDE_BYTES  # from here on a message, or at least its length, can be read

    @property
    def buffered(self) -> int:
        """How many bytes of an unfinished message are held; the caller bounds it."""
        return self._bytes

    def feed(self, data: bytes) -> list[SseEvent]:
        """Takes the next bytes and returns the events they complete. Raises ValueError for broken framing."""
        self._pieces.append(data)
        self._bytes += len(data)
        if self._bytes < self._wanted:
            # A long message in many pieces must not be copied once per piece.
            return []
        text = b"".join(self._pieces)
        messages = _messages(text)
        rest = text[sum(message.prelude.total_length for message in messages) :]
        self._pieces, self._bytes = [rest], len(rest)
        self._wanted = int.from_bytes(rest[:4], "big") if len(rest) >= _PRELUDE_BYTES else _PRELUDE_BYTES
        return [_event(message.headers, message.payload) for message in messages]

    def end(self) -> list[SseEvent]:
        """Takes the end of the stream: there is no event that a message's end does not complete."""
        return []


def _messages(text: bytes) -> list[Any]:
    from botocore.eventstream import EventStreamBuffer, ParserError  # noqa: PLC0415 - see above

    buffer = EventStreamBuffer()
    buffer.add_data(text)
    try:
        return list(buffer)
    except (ParserError, *_BROKEN) as error:
        raise ValueError(str(error) or type(error).__name__) from None


def _event(headers: dict[str, Any], payload: bytes) -> SseEvent:
    match headers.get(":message-type"):
        case "exception":
            return SseEvent(f"{FAILED}{headers.get(':exception-type', '')}", payload)
        case "error":
            told = msgspec.json.encode({"message": str(headers.get(":error-message", ""))})
            return SseEvent(f"{FAILED}{headers.get(':error-code', '')}", told)
        case _:
            return SseEvent(str(headers.get(":event-type", "")), payload)
