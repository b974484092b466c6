"""One candidate, whole or piece by piece, to a choice: its parts, its sources, its end."""

from collections.abc import Collection
from typing import Any

from service.dialects.google.finish import FAILURES, UNSPECIFIED, finish_reason
from service.dialects.google.gathered import Gathered
from service.dialects.google.grounding import Sources
from service.dialects.google.logprobs import logprobs_of
from service.dialects.google.metadata import Metadata
from service.dialects.google.names import text_of
from service.dialects.google.parts import Parts
from service.types.chunk import ChunkChoice

# Members of a candidate that have a place of their own.
_PLACED = frozenset({"content", "index", "finishReason", "logprobsResult"})
_NO_PARTS: tuple[dict[str, Any], ...] = ()


class Failed(Exception):
    """The model failed and there is nothing of an answer; says Google's reason and message."""


class Choice:
    """What came of one candidate so far."""

    def __init__(self, index: int, known: Collection[str]) -> None:
        self.index = index
        self.finished = False
        self._metadata = Metadata()
        self._parts = Parts(index, known, self._metadata)
        self._sources = Sources()

    def read(self, candidate: dict[str, Any]) -> ChunkChoice:
        """Takes the next piece. Raises `Failed`, and a shape error for what is not Google's."""
        out = Gathered()
        self._parts.read((candidate.get("content") or {}).get("parts") or _NO_PARTS, out)
        self._sources.add(candidate)
        self._note(candidate)
        native = text_of(candidate.get("finishReason"))
        ends = native is not None and native != UNSPECIFIED
        if ends:
            self._parts.end(out)
        choice = ChunkChoice(index=self.index, delta=out.delta())
        if result := candidate.get("logprobsResult"):
            choice.logprobs = logprobs_of(result)
        if native and ends:
            self._finish(native, candidate.get("finishMessage"), choice)
        if self.finished:
            self._tell(choice)
        return choice

    def implied(self) -> ChunkChoice | None:
        """The end of an answer that has something in it and does not say what ended it."""
        out = Gathered()
        self._parts.end(out)
        if self.finished or not self._parts.usable:
            return None
        reason = finish_reason("STOP", calls=self._parts.calls)
        choice = ChunkChoice(index=self.index, delta=out.delta(), finish_reason=reason)
        self._tell(choice)
        return choice

    def _note(self, candidate: dict[str, Any]) -> None:
        noted = {name: value for name, value in candidate.items() if name not in _PLACED}
        total = (candidate.get("logprobsResult") or {}).get("logProbabilitySum")
        if total is not None:
            noted["logProbabilitySum"] = total
        self._metadata.add(noted)

    def _finish(self, native: str, message: Any, choice: ChunkChoice) -> None:
        if native in FAILURES and not self._parts.usable:
            raise Failed(f"{native}: {message}" if message else native)
        choice.native_finish_reason = native
        choice.finish_reason = finish_reason(native, calls=self._parts.calls)
        if choice.finish_reason == "content_filter" and isinstance(message, str):
            choice.delta.refusal = message
        self.finished = True

    def _tell(self, choice: ChunkChoice) -> None:
        """What is told at the end: the sources, whose places need all of the text, and the metadata."""
        if sources := self._sources.take(self._parts.content, self._parts.starts):
            choice.delta.annotations = sources
        if metadata := self._metadata.take():
            choice.extra["provider_metadata"] = metadata
