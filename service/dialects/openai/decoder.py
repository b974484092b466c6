"""Decoders of OpenAI answers: a stream of events, or one JSON body."""

from typing import Any

import msgspec

from service.dialects.openai.answer import chunk_of
from service.dialects.openai.error import in_band_error
from service.dialects.openai.tool_indexes import ToolIndexes
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Chunk, ChunkChoice, Delta
from service.upstream.sse import SseDecoder, SseEvent

MAX_EVENT_BYTES = 24 * 1024 * 1024
"""The largest event or body taken from a provider.

The doors pass on messages of at most 32 MiB, and what we say around an answer must fit in besides.
"""

_json = msgspec.json.Decoder()


class _AnswerDecoder:
    """What both forms share: JSON to chunk, or to the error it holds."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
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
        if answer.get("object") == "error":
            raise in_band_error(self._provider, answer)
        try:
            return chunk_of(answer)
        except (TypeError, AttributeError, ValueError) as error:
            raise self._invalid(f"sent an answer of an unknown shape: {error}") from None

    def _invalid(self, what: str) -> ProviderError:
        return ProviderError(
            ErrorKind.PROVIDER_INVALID_RESPONSE, self._provider, f"Provider '{self._provider}' {what}"
        )


class StreamDecoder(_AnswerDecoder):
    """Decodes `text/event-stream`. Ends at `[DONE]`, or at the end of the bytes once a finish reason came."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self._events = SseDecoder()
        self._tools = ToolIndexes()
        self._open: dict[int, str] = {}  # choices with content and without finish reason; the likely reason
        self._finished: set[int] = set()
        self._failure: ProviderError | None = None

    def feed(self, data: bytes) -> list[Chunk]:
        """Takes the next bytes and returns the chunks they complete.

        A failure among them ends the stream and is raised by `end`: what came before it is the reader's.
        """
        chunks: list[Chunk] = []
        try:
            self._take(self._events.feed(data), chunks)
            if self._events.buffered > MAX_EVENT_BYTES:
                raise self._invalid(f"sent an event larger than {MAX_EVENT_BYTES} bytes")
        except ProviderError as failure:
            self._failure = failure
            self.complete = True
        return chunks

    def end(self) -> list[Chunk]:
        """Takes the end of the bytes; a stream without `[DONE]` and finish reason was cut off."""
        chunks: list[Chunk] = []
        if not self.complete:
            self._take(self._events.end(), chunks)
        if self._failure:
            raise self._failure
        if self._open or not self._finished:
            raise self._invalid("ended its stream before the answer was finished")
        return chunks

    def _take(self, events: list[SseEvent], chunks: list[Chunk]) -> None:
        for event in events:
            if self.complete:
                return
            if event.data.strip() == b"[DONE]":
                self.complete = True
                self._finish(chunks)
            elif event.type == "error":
                raise in_band_error(self._provider, _payload(event.data))
            elif event.data.strip():
                chunk = self._chunk(event.data)
                for choice in chunk.choices:
                    self._tools.settle(choice)
                    self._note(choice)
                chunks.append(chunk)

    def _note(self, choice: ChunkChoice) -> None:
        if choice.finish_reason:
            self._finished.add(choice.index)
            self._open.pop(choice.index, None)
        elif choice.index in self._finished:
            pass  # some vendors add to a choice after its finish reason
        elif (reason := _implied_reason(choice.delta)) and self._open.get(choice.index) != "tool_calls":
            self._open[choice.index] = reason

    def _finish(self, chunks: list[Chunk]) -> None:
        """Says the finish reason that `[DONE]` implies where none was said."""
        for index, reason in self._open.items():
            chunks.append(Chunk(choices=[ChunkChoice(index=index, delta=Delta(), finish_reason=reason)]))
            self._finished.add(index)
        self._open.clear()


class BodyDecoder(_AnswerDecoder):
    """Decodes one JSON body, which is one chunk whose deltas are whole."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self._parts: list[bytes] = []
        self._bytes = 0

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
            raise self._invalid(f"sent an answer larger than {MAX_EVENT_BYTES} bytes")
        chunk = self._chunk(b"".join(self._parts))
        if not chunk.choices:
            raise self._invalid("sent an answer without choices")
        for choice in chunk.choices:
            choice.finish_reason = choice.finish_reason or _implied_reason(choice.delta)
        self.complete = True
        return [chunk]


def _implied_reason(delta: Delta) -> str | None:
    """The finish reason of an answer that is there, for vendors that never say one (Snowflake)."""
    if delta.tool_calls:
        return "tool_calls"
    return "stop" if delta.has_content else None


def _payload(data: bytes) -> Any:
    try:
        payload = _json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return data.decode("utf-8", "replace")
    return payload.get("error", payload) if isinstance(payload, dict) else payload
