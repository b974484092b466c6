"""A circuit breaker: who fails repeatedly rests, is tried with single calls, and comes back gradually.

    well ── fails repeatedly ──> resting ── rest is over ──> probing ── good calls ──> mending ──> well
                                    ^──────── a bad call ───────┘                        │
                                    └────────────────────── fails again ─────────────────┘

Every rest is longer than the one before it and takes more good calls to end, until the endpoint was well for
five minutes. A call counts only if it began after the state did: what ends late says nothing of now. All is a
fold over calls, so every worker that is told of the same calls comes to the same state.
"""

import math
from enum import Enum

from service.health.outcomes import LONGEST_RUN, Outcomes

MENDED_SECONDS = 300.0
RESTS_SECONDS = (5.0, 20.0, 80.0, 240.0)  # the first one, the one after that, ...
# The longer nobody has tried, the more surely the next request does: with much traffic few workers try at the
# same time, with little the next request is the one.
_SURE_SECONDS = 5.0
_PATIENCE_SECONDS = 30.0
_FIRST_SHARE = 0.05
_DOUBLING_SECONDS = 15.0
_BAD_PART = 0.2


class _State(Enum):
    WELL = "well"
    RESTING = "resting"  # and, when the rest is over, probing
    MENDING = "mending"


class Breaker:
    """One endpoint's. All times are Unix seconds."""

    def __init__(self) -> None:
        self._state = _State.WELL
        self._since = 0.0
        self._until = 0.0
        self._tried = 0.0
        self._openings = 0
        self._outcomes = Outcomes()

    def fold(self, began: float, at: float, *, good: bool | None) -> None:
        """Takes the outcome of a call; None says nothing but that a probe has ended."""
        if began < self._since:
            return
        if self._state is _State.RESTING and at >= self._until:
            self._tried = at
        if good is None:
            return
        if self._state is _State.RESTING:
            self._tell_resting(began, at, good=good)
            return
        if self._state is _State.MENDING and at >= self._since + MENDED_SECONDS:
            self._state = _State.WELL
            self._openings = 0
        self._outcomes.add(at, good=good)
        if not good and self._fails_repeatedly():
            self._open(at)

    def probing(self, now: float) -> None:
        """Notes that a request is on its way to an endpoint whose rest is over."""
        if self._state is _State.RESTING and now >= self._until:
            self._tried = now + _PATIENCE_SECONDS

    def share(self, now: float) -> float:
        """How much of what would go here first may: from 0 to 1."""
        if self._state is _State.WELL or now < self._since:  # the clock may have been set back
            return 1.0
        if self._state is _State.MENDING:
            doublings = (now - self._since) / _DOUBLING_SECONDS
            return min(1.0, _FIRST_SHARE * math.exp2(min(doublings, 10.0)))
        if now < self._until:
            return 0.0
        return min(1.0, max(0.0, (now - self._tried) / _SURE_SECONDS))

    def down(self, now: float) -> bool:
        """Whether it rests."""
        return self._state is _State.RESTING and self._since <= now < self._until

    def recovering(self, now: float) -> bool:
        """Whether it has rested and does not have its whole share by good calls yet."""
        if now < self._since:
            return False
        if self._state is _State.RESTING:
            return now >= self._until
        return self._state is _State.MENDING and self.share(now) < 1.0

    def settled(self, now: float) -> bool:
        """Whether it is well, and will be until it is told of a call."""
        return self._state is _State.WELL or (
            self._state is _State.MENDING and now >= self._since and self.share(now) == 1.0
        )

    @property
    def kept_until(self) -> float:
        """Until when the state must not be forgotten."""
        match self._state:
            case _State.WELL:
                return 0.0
            case _State.RESTING:
                return self._until + MENDED_SECONDS
            case _State.MENDING:
                return self._since + MENDED_SECONDS

    def _tell_resting(self, began: float, at: float, *, good: bool) -> None:
        if good:
            self._outcomes.add(at, good=True)
            if self._outcomes.good >= self._needed:
                self._state = _State.MENDING
                self._since = at
                self._outcomes = Outcomes()
        elif began >= self._until:
            self._open(at)

    @property
    def _needed(self) -> int:
        """How many good calls in a row end a rest: 1, 3, 5, 7."""
        return 2 * self._openings - 1

    def _open(self, at: float) -> None:
        self._state = _State.RESTING
        self._since = at
        self._openings = min(self._openings + 1, len(RESTS_SECONDS))
        self._until = self._tried = at + RESTS_SECONDS[self._openings - 1]
        self._outcomes = Outcomes()

    def _fails_repeatedly(self) -> bool:
        counted = self._outcomes
        run = counted.bad_in_a_row
        good, bad = counted.recent()
        part = bad / (good + bad) if bad else 0.0
        if run >= LONGEST_RUN or (part >= _BAD_PART and (run >= 3 or bad >= 5)):
            return True
        # Who comes back is watched more closely.
        part = counted.bad / (counted.good + counted.bad)
        return self._state is _State.MENDING and part >= _BAD_PART and (run >= 2 or counted.bad >= 3)
