"""Decoders of Messages answers: a stream of events, or one JSON body."""

from collections.abc import Iterable

from service.dialects import decoding
from service.dialects.anthropic.answer import finish_reason, stop_reason, unplaced, usage_of
from service.dialects.anthropic.blocks import Blocks
from service.dialects.anthropic.progress import AnswerTool, Members
from service.dialects.errors import in_band_error
from service.types.chunk import Chunk, ChunkChoice, Delta
from service.types.fold import fold
from service.upstream.sse import SseEvent


class _Message:
    """One answer in the making."""

    def __init__(self, answer_tool: AnswerTool | None) -> None:
        self.blocks = Blocks(answer_tool)
        self.usage: Members = {}
        self._metadata: Members = {}
        self.events: list[Members] = []  # of kinds that nobody knows
        self.ended = False  # whether a stop reason was told
        self.begun = False  # whether there was any block

    def chunk(self, delta: Delta | None) -> list[Chunk]:
        """A delta as a chunk."""
        return [Chunk(choices=[ChunkChoice(index=0, delta=delta)])] if delta else []

    def note(self, message: Members) -> None:
        """Keeps what is said of the whole answer; counts that come later are the newer ones."""
        stated = message.get("usage")
        if isinstance(stated, dict):
            self.usage |= {name: value for name, value in stated.items() if value is not None}
        self._metadata |= unplaced(message)

    def whole(self, content: list[Members]) -> list[Chunk]:
        """Blocks that came whole."""
        chunks: list[Chunk] = []
        for index, block in enumerate(content):
            self.begun = True
            chunks += self.chunk(self.blocks.start(index, block))
            chunks += self.chunk(self.blocks.stop(index))
        return chunks

    @property
    def metadata(self) -> Members:
        """What has no other place, as members of a chunk."""
        kept = {"events": self.events, "blocks": self.blocks.progress.unplaced}
        told = self._metadata | {name: list(values) for name, values in kept.items() if values}
        return {"provider_metadata": told} if told else {}

    def end(self, delta: Members) -> list[Chunk]:
        """The end, as the stop reason and its details tell it."""
        self.ended = True
        rest = [chunk for closed in self.blocks.stop_all() for chunk in self.chunk(closed)]
        native = stop_reason(delta)
        details = delta.get("stop_details")
        explanation = details.get("explanation") if isinstance(details, dict) else None
        told = {
            name: delta[name] for name in ("stop_sequence", "stop_details") if delta.get(name) is not None
        }
        choice = ChunkChoice(
            index=0,
            delta=self.blocks.progress.finish(),
            finish_reason=finish_reason(native, calls=self.blocks.progress.calls > 0),
            native_finish_reason=native,
            extra={"provider_metadata": told} if told else {},
        )
        if native == "refusal" and isinstance(explanation, str):
            choice.delta.refusal = explanation
        tier = self.usage.get("service_tier")
        if isinstance(tier, str):
            del self.usage["service_tier"]
        last = Chunk(
            choices=[choice],
            usage=usage_of(self.usage) if self.usage else None,
            service_tier=tier if isinstance(tier, str) else None,
            extra=self.metadata,
        )
        return [*rest, last]


class BodyDecoder(decoding.BodyDecoder):
    """Decodes one JSON body."""

    def __init__(self, provider: str, answer_tool: AnswerTool | None = None) -> None:
        super().__init__(provider)
        self._answer_tool = answer_tool

    def read(self, answer: Members) -> Chunk:
        """Reads the message."""
        if answer.get("type") == "error" or (answer.get("error") and "content" not in answer):
            raise in_band_error(self.provider, answer.get("error"))
        message = _Message(self._answer_tool)
        message.note(answer)
        return fold([*message.whole(answer["content"]), *message.end(answer)])


class StreamDecoder(decoding.EventsDecoder):
    """Decodes the events of a stream, which ends with `message_stop`."""

    def __init__(self, provider: str, answer_tool: AnswerTool | None = None) -> None:
        super().__init__(provider)
        self._message = _Message(answer_tool)

    def read(self, event: SseEvent) -> Iterable[Chunk]:
        """Reads one event; kinds that nobody knows are kept as the answer's metadata."""
        if not event.data.strip():
            return ()
        payload = self.parsed(event.data)
        message = self._message
        match payload.get("type") or event.type:
            case "error":
                raise in_band_error(self.provider, payload.get("error", payload))
            case "ping":
                return ()
            case "message_start":
                message.note(payload["message"])
                return message.whole(payload["message"].get("content") or [])
            case "content_block_start":
                message.begun = True
                return message.chunk(message.blocks.start(_index(payload), payload["content_block"]))
            case "content_block_delta":
                return message.chunk(message.blocks.add(_index(payload), payload["delta"]))
            case "content_block_stop":
                return message.chunk(message.blocks.stop(_index(payload)))
            case "message_delta":
                return self._delta(payload)
            case "message_stop":
                return self._stop(payload)
        message.events.append(payload)
        return ()

    def finish(self) -> Iterable[Chunk]:
        """A stream without stop reason and without its last event was cut off."""
        if not self._message.ended:
            raise self.cut_off()
        return ()

    def _delta(self, payload: Members) -> list[Chunk]:
        delta = payload["delta"]
        message = self._message
        message.note({"usage": payload.get("usage"), **unplaced(delta), **_beside(payload)})
        return message.end(delta) if stop_reason(delta) else []

    def _stop(self, payload: Members) -> list[Chunk]:
        self.complete = True
        message = self._message
        late = _beside(payload)
        message.note(late)
        if message.ended:
            return [Chunk(extra=message.metadata)] if late else []
        if not message.begun:
            raise self.cut_off()
        return message.end({})


def _index(payload: Members) -> int:
    index = payload["index"]
    if not isinstance(index, int):
        raise TypeError(f"a block of index {index!r}")
    return index


def _beside(payload: Members) -> Members:
    """What stands beside `delta` in the events at the end (context management)."""
    known = ("type", "delta", "usage")
    return {name: value for name, value in payload.items() if name not in known and value is not None}
