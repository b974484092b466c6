"""Decoders of OpenAI answers: a stream of events, or one JSON body."""

from typing import Any

import msgspec

from service.dialects.openai.answer import chunk_of
from service.dialects.openai.error import in_band_error
from service.dialects.openai.tool_indexes import ToolIndexes
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Chunk
from service.upstream.sse import SseDecoder, SseEvent

MAX_EVENT_BYTES = 32 * 1024 * 1024
"""The largest event or body taken from a provider; the door could not pass on a larger one."""

_json = msgspec.json.Decoder()


class _AnswerDecoder:
    """What both forms share: JSON to chunk, or to the error it holds."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._tools = ToolIndexes()
        self.complete = False

    def _chunk(self, data: bytes) -> Chunk:
        try:
            answer: Any = _json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._invalid(f"sent an answer that is not valid JSON: {error}") from None
        if not isinstance(answer, dict):
            raise self._invalid("sent an answer that is not a JSON object")
        # A failure may hide in a 200, whole or in the middle of a stream, with choices or without.
        if failure := answer.pop("error", None):
            raise in_band_error(self._provider, failure)
        try:
            chunk = chunk_of(answer)
        except (TypeError, AttributeError, ValueError, KeyError) as error:
            raise self._invalid(f"sent an answer of an unknown shape: {error}") from None
        for choice in chunk.choices:
            self._tools.settle(choice)
        return chunk

    def _invalid(self, what: str) -> ProviderError:
        return ProviderError(
            ErrorKind.PROVIDER_INVALID_RESPONSE, self._provider, f"Provider '{self._provider}' {what}"
        )


class StreamDecoder(_AnswerDecoder):
    """Decodes `text/event-stream`. Ends at `[DONE]`, or at the end of the bytes once a finish reason came."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self._events = SseDecoder()
        self._open: set[int] = set()  # choices begun and not finished
        self._finished = False

    def feed(self, data: bytes) -> list[Chunk]:
        """Takes the next bytes and returns the chunks they complete."""
        chunks = self._chunks(self._events.feed(data))
        if self._events.buffered > MAX_EVENT_BYTES:
            raise self._invalid(f"sent an event larger than {MAX_EVENT_BYTES} bytes")
        return chunks

    def end(self) -> list[Chunk]:
        """Takes the end of the bytes; a stream without a finish reason was cut off."""
        chunks = self._chunks(self._events.end())
        if not self._finished or self._open:
            raise self._invalid("ended its stream before the answer was finished")
        return chunks

    def _chunks(self, events: list[SseEvent]) -> list[Chunk]:
        chunks: list[Chunk] = []
        for event in events:
            if self.complete:
                break
            if event.data.strip() == b"[DONE]":
                self.complete = True
            elif event.type == "error":
                raise in_band_error(self._provider, _payload(event.data))
            elif event.data.strip():
                chunk = self._chunk(event.data)
                self._note(chunk)
                chunks.append(chunk)
        return chunks

    def _note(self, chunk: Chunk) -> None:
        for choice in chunk.choices:
            if choice.finish_reason:
                self._finished = True
                self._open.discard(choice.index)
            elif choice.delta.has_content:
                self._open.add(choice.index)


class BodyDecoder(_AnswerDecoder):
    """Decodes one JSON body, which is one chunk whose deltas are whole."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self._parts: list[bytes] = []
        self._bytes = 0

    def feed(self, data: bytes) -> list[Chunk]:
        """Gathers the body."""
        self._parts.append(data)
        self._bytes += len(data)
        if self._bytes > MAX_EVENT_BYTES:
            raise self._invalid(f"sent an answer larger than {MAX_EVENT_BYTES} bytes")
        return []

    def end(self) -> list[Chunk]:
        """Decodes the whole body."""
        chunk = self._chunk(b"".join(self._parts))
        if not chunk.choices:
            raise self._invalid("sent an answer without choices")
        self.complete = True
        return [chunk]


def _payload(data: bytes) -> Any:
    try:
        payload = _json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return data.decode("utf-8", "replace")
    return payload.get("error", payload) if isinstance(payload, dict) else payload
