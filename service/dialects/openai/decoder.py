"""Decoders of OpenAI answers: a stream of events, or one JSON body."""

from collections.abc import Iterable
from typing import Any

import msgspec

from service.dialects import decoding
from service.dialects.decoding import AnswerDecoder
from service.dialects.errors import in_band_error
from service.dialects.openai.answer import chunk_of
from service.dialects.openai.tool_indexes import ToolIndexes
from service.types.chunk import Chunk, ChunkChoice, Delta
from service.types.quirks import NO_QUIRKS, Quirks
from service.upstream.sse import SseEvent

_json = msgspec.json.Decoder()


class StreamDecoder(decoding.EventsDecoder):
    """Decodes `text/event-stream`. Ends at `[DONE]`, or at the end of the bytes once a finish reason came."""

    def __init__(self, provider: str, quirks: Quirks = NO_QUIRKS) -> None:
        super().__init__(provider)
        self._quirks = quirks
        self._tools = ToolIndexes()
        self._open: dict[int, str] = {}  # choices with content and without finish reason; the likely reason
        self._finished: set[int] = set()

    def read(self, event: SseEvent) -> Iterable[Chunk]:
        """Reads one event."""
        if event.data.strip() == b"[DONE]":
            self.complete = True
            return self._implied()
        if event.type == "error":
            raise in_band_error(self.provider, _payload(event.data))
        if not event.data.strip():
            return ()
        chunk = _chunk(self, self.parsed(event.data), self._quirks)
        for choice in chunk.choices:
            self._tools.settle(choice)
            self._note(choice)
        return (chunk,)

    def finish(self) -> Iterable[Chunk]:
        """A stream without `[DONE]` and finish reason was cut off."""
        if self._open or not self._finished:
            raise self.cut_off()
        return ()

    def _note(self, choice: ChunkChoice) -> None:
        if choice.finish_reason:
            self._finished.add(choice.index)
            self._open.pop(choice.index, None)
        elif choice.index in self._finished:
            pass  # some vendors add to a choice after its finish reason
        elif (reason := _implied_reason(choice.delta)) and self._open.get(choice.index) != "tool_calls":
            self._open[choice.index] = reason

    def _implied(self) -> list[Chunk]:
        """Says the finish reason that `[DONE]` implies where none was said."""
        chunks = [
            Chunk(choices=[ChunkChoice(index=index, delta=Delta(), finish_reason=reason)])
            for index, reason in self._open.items()
        ]
        self._finished.update(self._open)
        self._open.clear()
        return chunks


class BodyDecoder(decoding.BodyDecoder):
    """Decodes one JSON body, which is one chunk whose deltas are whole."""

    def __init__(self, provider: str, quirks: Quirks = NO_QUIRKS) -> None:
        super().__init__(provider)
        self._quirks = quirks

    def read(self, answer: dict[str, Any]) -> Chunk:
        """Reads the completion."""
        chunk = _chunk(self, answer, self._quirks)
        if not chunk.choices:
            raise self.invalid("sent an answer without choices")
        for choice in chunk.choices:
            choice.finish_reason = choice.finish_reason or _implied_reason(choice.delta)
        return chunk


def _chunk(decoder: AnswerDecoder, answer: dict[str, Any], quirks: Quirks) -> Chunk:
    # A failure may hide in a 200, whole or in the middle of a stream, with choices or without.
    if failure := answer.pop("error", None):
        raise in_band_error(decoder.provider, failure)
    if answer.get("object") == "error":
        raise in_band_error(decoder.provider, answer)
    return chunk_of(answer, reasoning_apart=quirks.reasoning_apart)


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
