"""When the last frame of a stream leaves, and what it carries. Pure: chunks and the time in, chunks out.

A finish reason often comes before the usage that belongs to it. The chunk with the last finish reason is
held until the usage, the end of the stream, or `wait` seconds have come, and leaves with usage and metadata.
Where the caller asked for `stream_options.include_usage` they leave on a chunk of their own, without choices.
"""

from collections.abc import Callable

from service.types.chunk import Chunk, ChunkChoice, Delta, Usage
from service.types.fold import join_lists
from service.types.metadata import Metadata


class FinishHold:
    """Orders the end of one stream. `account` is asked for the metadata when the last chunk leaves."""

    def __init__(
        self, choices: int, *, include_usage: bool, wait: float, account: Callable[[], Metadata]
    ) -> None:
        self._choices = choices
        self._include_usage = include_usage
        self._wait = wait
        self._account = account
        self._held: Chunk | None = None
        self._finished: set[int] = set()
        self._begun: set[int] = set()
        self._usage: Usage | None = None
        self._usage_is_last = False
        self._carried: Chunk = Chunk()
        self.deadline: float | None = None
        self.done = False

    def feed(self, chunks: list[Chunk], now: float) -> list[Chunk]:
        """Takes chunks as they come and returns those that leave now."""
        out: list[Chunk] = []
        for chunk in chunks:
            self._take_usage(chunk)
            if self._adds_something(chunk):
                self._release(out)
                self._pass(chunk, now, out)
            else:
                self._carry(chunk)
        if self._ready():
            self._finish(out)
        return out

    def expire(self, now: float) -> list[Chunk]:
        """Gives up waiting for usage once the deadline has passed."""
        out: list[Chunk] = []
        if self.deadline is None or now < self.deadline or self.done:
            return out
        if len(self._finished) >= self._choices:
            self._finish(out)
        else:
            self._release(out)
            self.deadline = None
        return out

    def end(self) -> list[Chunk]:
        """Takes the end of the provider's stream."""
        out: list[Chunk] = []
        if not self.done:
            self._finish(out)
        return out

    def _take_usage(self, chunk: Chunk) -> None:
        if chunk.usage is None:
            return
        self._usage, chunk.usage = chunk.usage, None
        finishes = {choice.index for choice in chunk.choices if choice.finish_reason}
        # Some vendors send running totals on every chunk: only those at the end are the account.
        self._usage_is_last = len(self._finished | finishes) >= self._choices

    def _adds_something(self, chunk: Chunk) -> bool:
        """Tells frames of the answer from repetitions and bare facts that come after its end."""
        held = {choice.index for choice in self._held.choices} if self._held else ()
        return any(
            choice.delta.has_content
            or choice.index not in self._finished
            # Sources and log probabilities join a reason that still waits; after it they leave alone.
            or (choice.index not in held and (choice.delta.annotations or choice.logprobs))
            for choice in chunk.choices
        )

    def _pass(self, chunk: Chunk, now: float, out: list[Chunk]) -> None:
        for choice in chunk.choices:
            self._set_role(choice)
        self._pick_up(chunk)
        finishing = [choice for choice in chunk.choices if choice.finish_reason]
        if not finishing:
            out.append(chunk)
            return
        if any(choice.delta.has_content for choice in chunk.choices):
            # Text must not wait for the usage that its finish reason waits for.
            out.append(chunk)
            chunk = _split_finish(chunk)
        self._finished.update(choice.index for choice in finishing)
        self.deadline = now + self._wait
        if self._include_usage:
            out.append(chunk)
        else:
            self._held = chunk

    def _set_role(self, choice: ChunkChoice) -> None:
        begins = choice.index not in self._begun
        self._begun.add(choice.index)
        choice.delta.role = "assistant" if begins else None

    def _carry(self, chunk: Chunk) -> None:
        """Keeps what a frame without news says for the frame that is held, or the next one that leaves."""
        held = {choice.index: choice for choice in self._held.choices} if self._held else {}
        for choice in chunk.choices:
            if known := held.get(choice.index):
                known.native_finish_reason = known.native_finish_reason or choice.native_finish_reason
                known.extra.update(choice.extra)
                if choice.delta.annotations:
                    known.delta.annotations = [*(known.delta.annotations or ()), *choice.delta.annotations]
                if choice.logprobs:
                    known.logprobs = join_lists(known.logprobs or {}, choice.logprobs)
        self._carried.extra.update(chunk.extra)
        self._carried.system_fingerprint = chunk.system_fingerprint or self._carried.system_fingerprint
        self._carried.service_tier = chunk.service_tier or self._carried.service_tier

    def _pick_up(self, chunk: Chunk) -> None:
        chunk.extra = {**self._carried.extra, **chunk.extra}
        chunk.system_fingerprint = chunk.system_fingerprint or self._carried.system_fingerprint
        chunk.service_tier = chunk.service_tier or self._carried.service_tier
        self._carried.extra = {}

    def _release(self, out: list[Chunk]) -> None:
        if self._held:
            out.append(self._held)
            self._held = None

    def _ready(self) -> bool:
        return not self.done and self._usage_is_last and len(self._finished) >= self._choices

    def _finish(self, out: list[Chunk]) -> None:
        last = self._held or Chunk()
        self._pick_up(last)
        last.usage = self._usage
        last.metadata = self._account()
        self._held = None
        self.done = True
        out.append(last)


def _split_finish(chunk: Chunk) -> Chunk:
    """Moves the finish reasons of a chunk to a chunk of their own."""
    finish = Chunk(system_fingerprint=chunk.system_fingerprint, service_tier=chunk.service_tier)
    for choice in chunk.choices:
        if choice.finish_reason:
            reasons = (choice.finish_reason, choice.native_finish_reason)
            choice.finish_reason = choice.native_finish_reason = None
            finish.choices.append(
                ChunkChoice(
                    index=choice.index,
                    delta=Delta(),
                    finish_reason=reasons[0],
                    native_finish_reason=reasons[1],
                )
            )
    return finish
