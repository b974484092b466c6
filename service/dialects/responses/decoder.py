"""Decoders of Responses answers: a stream of events, or one JSON body."""

from collections.abc import Iterable
from typing import Any

from service.dialects import decoding
from service.dialects.responses.answer import Answer
from service.dialects.responses.ending import error_of, failure, finish_of, metadata_of, usage_of
from service.types.chunk import Chunk, ChunkChoice, Delta
from service.types.fold import fold
from service.upstream.sse import SseEvent

# Kinds of parts by the events that carry their pieces, and the member that holds a part's index.
_PIECES = {
    "response.output_text": ("text", "content_index"),
    "response.refusal": ("refusal", "content_index"),
    "response.reasoning_text": ("thought", "content_index"),
    "response.reasoning_summary_text": ("summary", "summary_index"),
    "response.function_call_arguments": ("arguments", ""),
    "response.custom_tool_call_input": ("input", ""),
}
_WHOLES = ("text", "refusal", "arguments", "input")  # members of `done` events that hold all of a part
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})


class StreamDecoder(decoding.EventsDecoder):
    """Decodes `text/event-stream`. Ends at the event that holds the final response.

    Events are told by `type` in their data. Those that only say how far the vendor's own tools are
    (searching, interpreting, partial images, pieces of code) give nothing: their items come whole when done.
    """

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self._answer = Answer()

    def read(self, event: SseEvent) -> Iterable[Chunk]:
        """Reads one event."""
        data = event.data.strip()
        if not data or data == b"[DONE]":
            return ()
        told = self.parsed(data)
        kind = str(told.get("type") or event.type)
        if kind == "error" or (told.get("error") and "response" not in told):
            raise error_of(self.provider, told.get("error") or told)
        if kind in _ENDS:
            self.complete = True
            return closing(self.provider, self._answer, told["response"])
        self._tell(kind, told)
        return self._answer.take()

    def finish(self) -> Iterable[Chunk]:
        """A stream without a final response was cut off."""
        if not self.complete:
            raise self.cut_off()
        return ()

    def _tell(self, kind: str, told: dict[str, Any]) -> None:
        answer, index = self._answer, told.get("output_index", 0)
        match kind:
            case "response.output_item.added":
                answer.begin(index, told["item"])
            case "response.output_item.done":
                answer.end(index, told["item"])
            case "response.content_part.done":
                answer.part(index, told["content_index"], told["part"])
            case "response.output_text.annotation.added":
                key = (index, "text", told["content_index"])
                answer.cite(key, told.get("annotation_index", 0), told.get("annotation"))
            case _:
                self._tell_piece(kind, told)

    def _tell_piece(self, kind: str, told: dict[str, Any]) -> None:
        name, _, step = kind.rpartition(".")
        if name not in _PIECES:
            return
        part, member = _PIECES[name]
        key = (told.get("output_index", 0), part, told[member] if member else 0)
        if part in ("arguments", "input") and not self._answer.knows_call(key[0]):
            return  # its item will tell all of it
        self._answer.name(key[0], told.get("item_id"))
        if step == "delta":
            self._answer.grow(key, told["delta"])
            self._answer.score(key, told.get("logprobs"))
        elif step == "done":
            self._answer.reach(key, next((told[whole] for whole in _WHOLES if whole in told), None))


class BodyDecoder(decoding.BodyDecoder):
    """Decodes one JSON body, which is one chunk whose deltas are whole."""

    def read(self, answer: dict[str, Any]) -> Chunk:
        """Reads the response."""
        if "output" not in answer and not answer.get("error"):
            raise self.invalid("sent an answer without output")
        return fold(closing(self.provider, Answer(), answer))


def closing(provider: str, answer: Answer, response: dict[str, Any]) -> list[Chunk]:
    """The last chunks: what was not told yet, and how it ended. Raises `ProviderError` if it failed."""
    if (error := failure(provider, response)) is not None:
        raise error
    answer.close(response.get("output") or [])
    reason, native = finish_of(response, called=answer.called)
    tier = response.get("service_tier")
    metadata = metadata_of(response)
    last = Chunk(
        choices=[ChunkChoice(index=0, delta=Delta(), finish_reason=reason, native_finish_reason=native)],
        usage=usage_of(response),
        service_tier=tier if isinstance(tier, str) else None,
        extra={"provider_metadata": metadata} if metadata else {},
    )
    return [*answer.take(), last]
