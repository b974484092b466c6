"""Decoders of OpenAI answers: a stream of events, or one JSON body."""

from collections.abc import Iterable
from typing import Any

import msgspec

from service.dialects import decoding
from service.dialects.errors import in_band_error
from service.dialects.openai.answer import chunk_of
from service.dialects.openai.citations import Citations
from service.dialects.openai.finish import failure
from service.dialects.openai.tool_indexes import ToolIndexes
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk, ChunkChoice, Delta
from service.types.quirks import NO_QUIRKS, Quirks
from service.upstream.sse import SseEvent

_json = msgspec.json.Decoder()


class Answers:
    """Reads one answer's JSON objects: its only one, or one for each event of its stream."""

    def __init__(self, provider: str, quirks: Quirks = NO_QUIRKS) -> None:
        self._provider = provider
        self._quirks = quirks
        self._citations = Citations()

    def read(self, answer: dict[str, Any]) -> Chunk:
        """Reads an object, which it takes apart. Raises `ProviderError` or a shape error."""
        # A failure may hide in a 200, whole or in the middle of a stream, with choices or without.
        if error := answer.pop("error", None):
            raise in_band_error(self._provider, error)
        if answer.get("object") == "error":
            raise in_band_error(self._provider, answer)
        choices = answer.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if error := failure(choice):
                raise in_band_error(self._provider, error)
        chunk = chunk_of(answer, reasoning_apart=self._quirks.reasoning_apart)
        self._citations.tell(chunk)
        return chunk


class StreamDecoder(decoding.EventsDecoder):
    """Decodes `text/event-stream`. Ends at `[DONE]`, or at the end of the bytes once a finish reason came."""

    def __init__(self, provider: str, answers: Answers | None = None) -> None:
        super().__init__(provider)
        self._answers = answers or Answers(provider)
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
        chunk = self._answers.read(self.parsed(event.data))
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

    def __init__(self, provider: str, answers: Answers | None = None) -> None:
        super().__init__(provider)
        self._answers = answers or Answers(provider)

    def read(self, answer: dict[str, Any]) -> Chunk:
        """Reads the completion."""
        chunk = self._answers.read(answer)
        if not chunk.choices:
            raise self.invalid("sent an answer without choices")
        for choice in chunk.choices:
            choice.finish_reason = choice.finish_reason or _implied_reason(choice.delta)
        return chunk


def decoder_of(
    request: ChatRequest, provider: str, content_type: str, answers: Answers
) -> StreamDecoder | BodyDecoder:
    """Chooses by content type: some servers answer a streaming request with one JSON body."""
    whole = "json" in content_type or not request.stream
    if whole and "text/event-stream" not in content_type:
        return BodyDecoder(provider, answers)
    return StreamDecoder(provider, answers)


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
