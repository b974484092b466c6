"""Decoders of Converse's answers: ConverseStream's events, or Converse's one body."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from service.dialects import decoding
from service.dialects.bedrock.answer import Reading
from service.dialects.bedrock.faults import in_band_error
from service.dialects.bedrock.usage import usage_of
from service.types.chunk import Chunk, ChunkChoice, Delta
from service.types.fold import fold
from service.upstream.event_stream import FAILED, EventStreamDecoder
from service.upstream.sse import SseEvent

# botocore's StopReason, whole, and the words of Anthropic's own API that may shine through.
_FINISH: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    # What the model wrote could not be read; what came of it stands, and the native reason tells.
    "malformed_model_output": "stop",
    "malformed_tool_use": "stop",
    "refusal": "content_filter",
}
_METADATA: Final = ("metrics", "trace", "performanceConfig", "additionalModelResponseFields")


def _finished(reason: Any, reading: Reading) -> Chunk:
    if not isinstance(reason, str):
        raise ValueError("the stop reason is no text")  # noqa: TRY004 - the provider's fault, not ours
    finish = _FINISH.get(reason, "stop")
    if finish in ("stop", "tool_calls"):
        # A call that is only the way to get the answer's form is none to be run.
        finish = "tool_calls" if reading.calls else "stop"
    choice = ChunkChoice(index=0, delta=Delta(), finish_reason=finish, native_finish_reason=reason)
    return Chunk(choices=[choice])


def _last(answer: dict[str, Any], reading: Reading, more: dict[str, Any]) -> Chunk:
    """Counts, tier, and what has no place of its own: said once, at the end."""
    metadata: dict[str, Any] = {**more, **{name: answer[name] for name in _METADATA if name in answer}}
    if reading.others:
        metadata["content"] = reading.others
    usage, tier = answer.get("usage"), answer.get("serviceTier")
    kind = tier.get("type") if isinstance(tier, dict) else None
    return Chunk(
        usage=usage_of(usage) if usage and isinstance(usage, dict) else None,
        service_tier=kind if isinstance(kind, str) else None,
        extra={"provider_metadata": metadata} if metadata else {},
    )


def _chunks(deltas: Iterable[Delta]) -> Iterator[Chunk]:
    for delta in deltas:
        yield Chunk(choices=[ChunkChoice(index=0, delta=delta)])


class StreamDecoder(decoding.EventsDecoder):
    """Decodes ConverseStream: the stop reason comes before the counts, with which the stream ends."""

    def __init__(self, provider: str, reading: Reading) -> None:
        super().__init__(provider, EventStreamDecoder())
        self._reading = reading
        self._stopped = False
        self._more: dict[str, Any] = {}

    def read(self, event: SseEvent) -> Iterable[Chunk]:
        """Reads one event; unknown ones are kept for the end."""
        if event.type.startswith(FAILED):
            raise in_band_error(self.provider, event.type.removeprefix(FAILED), event.data)
        said = self.parsed(event.data)
        said.pop("p", None)  # padding against guesses by length
        index = said.get("contentBlockIndex", 0)
        if not isinstance(index, int):
            raise ValueError("the index of a block is no number")  # noqa: TRY004 - the provider's fault
        match event.type:
            case "messageStart":
                return [Chunk(choices=[ChunkChoice(index=0, delta=Delta(role="assistant"))])]
            case "contentBlockStart":
                return list(_chunks(self._reading.start(index, said["start"])))
            case "contentBlockDelta":
                return list(_chunks(self._reading.piece(index, said["delta"])))
            case "contentBlockStop":
                return list(_chunks(self._reading.stop(index)))
            case "messageStop":
                self._stopped = True
                self._more |= {name: said[name] for name in _METADATA if name in said}
                return [*_chunks(self._reading.end()), _finished(said["stopReason"], self._reading)]
            case "metadata":
                if not self._stopped:
                    raise self.cut_off()
                self.complete = True
                return [_last(said, self._reading, self._more)]
            case _:
                self._reading.others.append({event.type: said})
                return ()

    def finish(self) -> Iterable[Chunk]:
        """A stream without a stop reason was cut off; one that lacks the counts alone is an answer."""
        if not self._stopped:
            raise self.cut_off()
        return () if self.complete else [_last({}, self._reading, self._more)]


class BodyDecoder(decoding.BodyDecoder):
    """Decodes Converse's body."""

    def __init__(self, provider: str, reading: Reading) -> None:
        super().__init__(provider)
        self._reading = reading

    def read(self, answer: dict[str, Any]) -> Chunk:
        """Reads the answer."""
        if "output" not in answer:
            raise in_band_error(self.provider, "", msgspec.json.encode(answer))
        reading = self._reading
        content = answer["output"]["message"]["content"]
        deltas = [delta for index, block in enumerate(content) for delta in reading.whole(index, block)]
        parts = [*_chunks([Delta(role="assistant"), *deltas, *reading.end()])]
        return fold([*parts, _finished(answer["stopReason"], reading), _last(answer, reading, {})])
