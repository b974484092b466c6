"""How an endpoint is doing, as routing reads it."""

from enum import IntEnum
from typing import Protocol

import msgspec


class Percentiles(msgspec.Struct, frozen=True):
    """Cutoffs: so many percent of the calls did better than this (OpenRouter A5.3)."""

    p50: float
    p75: float
    p90: float
    p99: float


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint's state. None is unknown, which is neutral: neither good nor bad.

    `latency` (seconds to the first content of streamed answers), `whole` (seconds of answers that were not
    streamed) and `throughput` (tokens per second) are medians of the newest calls; `seen` is when the last
    call ended, in Unix seconds, 0 for never within the window. `share` is how much of what would go to it
    first may do so: 1 when it is well, 0 while it rests after failures, between them while it comes back.
    `down` is whether it rests, `recovering` whether it has rested and is not well again. `limited_until` is
    until when the provider asked to be left alone, for all keys there are; 0 for not.
    """

    latency: float | None = None
    whole: float | None = None
    throughput: float | None = None
    error_rate: float | None = None
    requests: int = 0
    seen: float = 0.0
    share: float = 1.0
    down: bool = False
    recovering: bool = False
    limited_until: float = 0.0

    def wait(self, *, stream: bool) -> float | None:
        """Seconds that a caller waits: for the first content of a stream, else for the whole answer."""
        return self.latency if stream or self.whole is None else self.whole


WELL = Vitals()
"""Of an endpoint that nothing is known of."""


class Standing(IntEnum):
    """How an endpoint is doing, best first: who is worse is asked after all who are better."""

    WELL = 0
    RECOVERING = 1
    DOWN = 2
    LIMITED = 3


def standing_of(vitals: Vitals, now: float, *, admitted: bool = True) -> Standing:
    """Reads the vitals; `admitted` is whether one that recovers may be asked as if it were well."""
    if vitals.limited_until > now:
        return Standing.LIMITED
    if vitals.down:
        return Standing.DOWN
    return Standing.WELL if vitals.share >= 1 or admitted else Standing.RECOVERING


def standing_told(vitals: Vitals, now: float) -> Standing:
    """As people are told: who has rested and is not well again is recovering, whether admitted or not."""
    standing = standing_of(vitals, now, admitted=False)
    return Standing.RECOVERING if standing is Standing.WELL and vitals.recovering else standing


class HealthView(Protocol):
    """What routing asks about health: what is known of all calls at the moment of each question."""

    def vitals(self, endpoint: str, now: float) -> Vitals:
        """The state of an endpoint, by id."""
        ...

    def latency(self, endpoint: str, now: float) -> Percentiles | None:
        """Seconds to the first content, over the last five minutes; to the end where nothing was streamed."""
        ...

    def throughput(self, endpoint: str, now: float) -> Percentiles | None:
        """Output tokens per second, over the last five minutes; p99 is lower than p50."""
        ...

    def holder(self, conversation: str, now: float) -> tuple[str, bool] | None:
        """The endpoint that holds a conversation's prompt cache, and whether it was seen to use it."""
        ...
