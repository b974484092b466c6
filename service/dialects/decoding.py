"""What all decoders share: framing, bounds, and when a failure is told.

A dialect's decoder derives from `EventsDecoder` or `BodyDecoder` and reads one parsed answer or event at a
time; anything it stumbles over becomes the provider's fault, told by `end`.
"""

import json
from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from service.errors import ErrorKind, ProviderError
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.upstream.sse import SseDecoder, SseEvent

MAX_EVENT_BYTES = 24 * 1024 * 1024
"""The largest event or body taken from a provider.

The doors pass on messages of at most 32 MiB, and what we say around an answer must fit in besides.
"""

_json = msgspec.json.Decoder()
_FOREIGN = ("html", "xml")
_MAX_TYPE_CHARS = 100
# What reading JSON of a shape that is not expected raises.
SHAPE_ERRORS = (TypeError, AttributeError, ValueError, LookupError)


def streamed(request: ChatRequest, content_type: str) -> bool:
    """Whether an answer is server-sent events: by what comes, else by what was asked for.

    Some servers answer a streaming request with one JSON body.
    """
    if "text/event-stream" in content_type:
        return True
    return request.stream and "json" not in content_type


def foreign(content_type: str) -> str | None:
    """The media type of an answer that says itself that it is none, such as a web page; else None."""
    media_type = content_type.partition(";")[0].strip()
    return media_type[:_MAX_TYPE_CHARS] if any(word in media_type for word in _FOREIGN) else None


class Framing(Protocol):
    """Bytes in, split anywhere; events out."""

    @property
    def buffered(self) -> int:
        """How many bytes of an unfinished event are held."""
        ...

    def feed(self, data: bytes) -> list[SseEvent]:
        """Takes the next bytes and returns the events they complete. Raises ValueError for broken framing."""
        ...

    def end(self) -> list[SseEvent]:
        """Takes the end of the bytes and returns the event that was still open, if any."""
        ...


class AnswerDecoder:
    """JSON to objects; the faults of a provider in one wording."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.complete = False

    def parsed(self, data: bytes) -> dict[str, Any]:
        """Reads a JSON object, with or without a byte order mark. Raises `ProviderError` if it is none."""
        try:
            answer: Any = _decoded(data.removeprefix(b"\xef\xbb\xbf"))
        except (ValueError, OverflowError, RecursionError) as error:
            raise self.invalid(f"sent an answer that is not valid JSON: {error}") from None
        if not isinstance(answer, dict):
            raise self.invalid("sent an answer that is not a JSON object")
        return answer

    def invalid(self, what: str) -> ProviderError:
        """The provider sent what cannot be an answer."""
        return ProviderError(
            ErrorKind.PROVIDER_INVALID_RESPONSE, self.provider, f"Provider '{self.provider}' {what}"
        )

    def empty(self) -> ProviderError:
        """The provider sent nothing at all."""
        return self.invalid("sent an empty body")

    def unknown_shape(self, error: Exception) -> ProviderError:
        """The provider's JSON is not of its own shape."""
        return self.invalid(f"sent an answer of an unknown shape: {error}")


def _decoded(data: bytes) -> Any:
    """JSON, and what some servers make of it: NaN and Infinity, such as log probabilities, are null."""
    try:
        return _json.decode(data)
    except msgspec.DecodeError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
    # Printed and read again, what else Python takes for JSON is refused here, too.
    lenient = json.loads(data, parse_constant=lambda _: None)
    return _json.decode(msgspec.json.encode(lenient))


class EventsDecoder(AnswerDecoder):
    """A stream of events. Derived classes say what an event means, and whether the answer was finished."""

    def __init__(self, provider: str, framing: Framing | None = None) -> None:
        super().__init__(provider)
        self._framing: Framing = framing or SseDecoder()
        self._failure: ProviderError | None = None
        self._empty = True

    def read(self, event: SseEvent) -> Iterable[Chunk]:
        """Reads one event; sets `complete` at the answer's last. Raises `ProviderError` or a shape error."""
        raise NotImplementedError

    def finish(self) -> Iterable[Chunk]:
        """Called once after the last byte: raises `ProviderError` if the answer was cut off."""
        raise NotImplementedError

    def cut_off(self) -> ProviderError:
        """The stream ended too early."""
        if self._empty:
            return self.empty()
        return self.invalid("ended its stream before the answer was finished")

    def feed(self, data: bytes) -> list[Chunk]:
        """Takes the next bytes and returns the chunks they complete.

        A failure among them ends the stream and is raised by `end`: what came before it is the reader's.
        """
        chunks: list[Chunk] = []
        self._empty = self._empty and not data
        try:
            self._take(self._framed(data), chunks)
            if self._framing.buffered > MAX_EVENT_BYTES:
                raise self.invalid(f"sent an event larger than {MAX_EVENT_BYTES} bytes")
        except ProviderError as failure:
            self._failure = failure
            self.complete = True
        return chunks

    def end(self) -> list[Chunk]:
        """Takes the end of the bytes; raises the failure that ended the stream, or that it was cut off."""
        chunks: list[Chunk] = []
        if not self.complete:
            self._take(self._framed(None), chunks)
        if self._failure:
            raise self._failure
        chunks += self.finish()
        return chunks

    def _framed(self, data: bytes | None) -> list[SseEvent]:
        try:
            return self._framing.end() if data is None else self._framing.feed(data)
        except ValueError as error:
            raise self.invalid(f"sent a stream that cannot be read: {error}") from None

    def _take(self, events: list[SseEvent], chunks: list[Chunk]) -> None:
        for event in events:
            if self.complete:
                return
            try:
                chunks += self.read(event)
            except SHAPE_ERRORS as error:
                raise self.unknown_shape(error) from error


class BodyDecoder(AnswerDecoder):
    """One JSON body, which is one chunk whose deltas are whole."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self._parts: list[bytes] = []
        self._bytes = 0

    def read(self, answer: dict[str, Any]) -> Chunk:
        """Reads the answer, which it may take apart. Raises `ProviderError` or a shape error."""
        raise NotImplementedError

    def feed(self, data: bytes) -> list[Chunk]:
        """Gathers the body; of one that is too large no more is wanted."""
        self._parts.append(data)
        self._bytes += len(data)
        if self._bytes > MAX_EVENT_BYTES:
            self._parts.clear()
            self.complete = True
        return []

    def end(self) -> list[Chunk]:
        """Decodes the whole body."""
        if self._bytes > MAX_EVENT_BYTES:
            raise self.invalid(f"sent an answer larger than {MAX_EVENT_BYTES} bytes")
        body = b"".join(self._parts)
        if not body.strip():
            raise self.empty()
        answer = self.parsed(body)
        try:
            chunk = self.read(answer)
        except SHAPE_ERRORS as error:
            raise self.unknown_shape(error) from error
        self.complete = True
        return [chunk]
