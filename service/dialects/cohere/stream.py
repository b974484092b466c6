"""Cohere's streams: named events, from `message-start` to `message-end`."""

from collections.abc import Iterable, Iterator
from typing import Any

from service.dialects import decoding
from service.dialects.cohere.answer import Blocks, call_of, finish_reason, logprobs_of, text_of, usage_of
from service.dialects.errors import in_band_error
from service.dialects.openai.call_ids import CallIds
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta
from service.upstream.sse import SseEvent


class StreamDecoder(decoding.EventsDecoder):
    """Decodes `text/event-stream`."""

    def __init__(self, provider: str, request: ChatRequest | None = None) -> None:
        super().__init__(provider)
        self._ids = CallIds(request)
        self._blocks = Blocks()
        self._calls: dict[int, int] = {}  # our index of a call by Cohere's

    def read(self, event: SseEvent) -> Iterable[Chunk]:
        """Reads one event."""
        if not event.data.strip() or event.data.strip() == b"[DONE]":
            return ()
        said = self.parsed(event.data)
        if said.get("type", event.type) == "message-end":
            self.complete = True
            return (self._end(said.get("delta") or {}),)
        if "type" not in said and isinstance(said.get("message"), str):
            raise in_band_error(self.provider, said)
        return self._chunks(said)

    def finish(self) -> Iterable[Chunk]:
        """A stream without `message-end` was cut off."""
        if not self.complete:
            raise self.cut_off()
        return ()

    def _chunks(self, said: dict[str, Any]) -> Iterator[Chunk]:
        delta = self._delta(said)
        logprobs = said.get("logprobs")
        told = logprobs_of([logprobs]) if logprobs else None
        if delta != Delta() or told or self._blocks.extra:
            choice = ChunkChoice(index=0, delta=delta, logprobs=told, extra=self._blocks.extra)
            self._ids.settle(choice)
            yield Chunk(choices=[choice])

    def _delta(self, said: dict[str, Any]) -> Delta:
        message, index = (said.get("delta") or {}).get("message") or {}, said.get("index") or 0
        match said.get("type"):
            case "message-start":
                return Delta(role="assistant")
            case "content-start" | "content-delta":
                return self._blocks.of(message.get("content") or {"text": ""}, index)
            case "tool-plan-delta":
                return self._blocks.plan(text_of(message.get("tool_plan")) or "")
            case "tool-call-start":
                place = self._calls.setdefault(index, len(self._calls))
                return Delta(tool_calls=[call_of(message["tool_calls"], place)])
            case "tool-call-delta":
                arguments = text_of(message["tool_calls"]["function"]["arguments"])
                return Delta(tool_calls=[ToolCallDelta(index=self._calls[index], arguments=arguments)])
            case "citation-start":
                return Delta(annotations=self._blocks.citation(message["citations"]))
            case _:  # the ends of parts, and what is not known yet
                return Delta()

    def _end(self, delta: dict[str, Any]) -> Chunk:
        word = text_of(delta.get("finish_reason"))
        reason = finish_reason(self.provider, word, delta.get("error"))
        choice = ChunkChoice(index=0, delta=Delta(), finish_reason=reason, native_finish_reason=word)
        return Chunk(choices=[choice], usage=usage_of(delta.get("usage")))
