"""Decoders of OpenAI answers: a stream of events, or one JSON body."""

from collections.abc import Iterable
from typing import Any

import msgspec

from service.dialects import decoding
from service.dialects.errors import bare_error, error_in, in_band_error
from service.dialects.openai.answer import chunk_of
from service.dialects.openai.call_ids import CallIds
from service.dialects.openai.citations import Citations
from service.dialects.openai.finish import failure
from service.dialects.openai.tool_indexes import ToolIndexes
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk, ChunkChoice, Delta
from service.types.quirks import NO_QUIRKS, Quirks
from service.upstream.sse import SseEvent

_json = msgspec.json.Decoder()
# Signs of life that are no JSON objects.
_NOTHING = (b"", b"null", b"ping")


class Answers:
    """Reads one answer's JSON objects: its only one, or one for each event of its stream."""

    def __init__(self, provider: str, quirks: Quirks = NO_QUIRKS, request: ChatRequest | None = None) -> None:
        self._provider = provider
        self._quirks = quirks
        self._citations = Citations()
        self._tools = ToolIndexes()
        self._ids = CallIds(request)
        self._told: set[int] = set()  # choices of which there were deltas

    def read(self, answer: dict[str, Any], *, whole: bool) -> Chunk:
        """Reads an object, which it takes apart. Raises `ProviderError` or a shape error.

        `whole` is whether it is all of the answer; of a stream, a message that comes after deltas of it is
        what they said.
        """
        self._check(answer)
        for place, choice in enumerate(answer.get("choices") or ()):
            if isinstance(choice.get("delta"), dict):
                self._told.add(choice.get("index", place))
            elif not whole and choice.get("index", place) in self._told:
                choice.pop("message", None)
        chunk = chunk_of(answer, whole=whole, reasoning_apart=self._quirks.reasoning_apart)
        for each in chunk.choices:
            if not whole:  # in a whole answer every call stands by itself
                self._tools.settle(each)
            self._ids.settle(each)
        self._citations.tell(chunk)
        return chunk

    def _check(self, answer: dict[str, Any]) -> None:
        """A failure may hide in a 200, whole or in the middle of a stream, with choices or without."""
        choices = answer.get("choices")
        if answer.get("error"):
            raise in_band_error(self._provider, error_in(answer))
        if answer.get("object") == "error":
            raise in_band_error(self._provider, answer)
        if not choices and not answer.get("usage") and (error := bare_error(answer)):
            raise in_band_error(self._provider, error)
        answer.pop("error", None)
        for choice in choices if isinstance(choices, list) else ():
            if error := failure(choice):
                raise in_band_error(self._provider, error)


class StreamDecoder(decoding.EventsDecoder):
    """Decodes `text/event-stream`. Ends at `[DONE]`, or at the end of the bytes once a finish reason came."""

    def __init__(self, provider: str, answers: Answers | None = None) -> None:
        super().__init__(provider)
        self._answers = answers or Answers(provider)
        self._open: dict[int, str] = {}  # choices with content and without finish reason; the likely reason
        self._finished: set[int] = set()

    def read(self, event: SseEvent) -> Iterable[Chunk]:
        """Reads one event."""
        data = event.data.strip()
        if data == b"[DONE]":
            self.complete = True
            return self._implied()
        if event.type == "error":
            raise in_band_error(self.provider, _payload(data))
        if event.type == "ping" or data in _NOTHING:
            return ()
        chunk = self._answers.read(self.parsed(data), whole=False)
        for choice in chunk.choices:
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
        chunk = self._answers.read(answer, whole=True)
        if not chunk.choices:
            raise self.invalid("sent an answer without choices")
        for choice in chunk.choices:
            choice.finish_reason = choice.finish_reason or _implied_reason(choice.delta)
        return chunk


def decoder_of(
    request: ChatRequest, provider: str, content_type: str, answers: Answers
) -> StreamDecoder | BodyDecoder:
    """Chooses by what comes, else by what was asked for."""
    kind = StreamDecoder if decoding.streamed(request, content_type) else BodyDecoder
    return kind(provider, answers)


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
    return error_in(payload)
