"""Decoders of generateContent: a stream of events, or one JSON body."""

from collections.abc import Iterable
from typing import Any

import msgspec

from service.dialects import decoding
from service.dialects.google.answer import Answer
from service.dialects.google.framing import BareJsonSse
from service.types.chunk import Chunk
from service.types.fold import fold
from service.upstream.sse import SseEvent

_lists = msgspec.json.Decoder(list[dict[str, Any]])


class StreamDecoder(decoding.EventsDecoder):
    """Decodes `alt=sse`. Google says no end: it is there when every choice has its finish reason.

    More may come after that, such as the counts; so the end of the bytes is waited for.
    """

    def __init__(self, provider: str, known: frozenset[str] = frozenset()) -> None:
        super().__init__(provider, BareJsonSse())
        self._answer = Answer(provider, known)

    def read(self, event: SseEvent) -> Iterable[Chunk]:
        """Reads one response, or a list of them."""
        data = event.data.strip()
        if not data or data == b"[DONE]":
            return ()
        if data.startswith(b"["):
            return [self._answer.read(each) for each in _responses(self, data)]
        return (self._answer.read(self.parsed(data)),)

    def finish(self) -> Iterable[Chunk]:
        """A stream in which a choice has no finish reason was cut off."""
        if not self._answer.finished:
            raise self.cut_off()
        return ()


class BodyDecoder(decoding.BodyDecoder):
    """Decodes one JSON body; a list is what a stream is without `alt=sse`."""

    def __init__(self, provider: str, known: frozenset[str] = frozenset()) -> None:
        super().__init__(provider)
        self._known = known

    def parsed(self, data: bytes) -> dict[str, Any]:
        """Reads a response, or a list of them under the name `responses`."""
        if data.lstrip().startswith(b"["):
            return {"responses": _responses(self, data)}
        return super().parsed(data)

    def read(self, answer: dict[str, Any]) -> Chunk:
        """Reads the answer."""
        reader = Answer(self.provider, self._known)
        streamed = answer.get("responses")
        chunks = [reader.read(each) for each in ([answer] if streamed is None else streamed)]
        if not reader.finished:
            if streamed is not None:
                raise self.invalid("ended its stream before the answer was finished")
            implied = reader.implied()
            if not implied:
                raise self.invalid("sent an answer without content")
            chunks.append(Chunk(choices=implied))
        return fold(chunks)


def _responses(decoder: decoding.AnswerDecoder, data: bytes) -> list[dict[str, Any]]:
    try:
        return _lists.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise decoder.invalid(f"sent an answer that is not valid JSON: {error}") from None
