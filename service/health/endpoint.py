"""What is known of one endpoint."""

import math
from bisect import insort
from zlib import crc32

import msgspec

from service.health.breaker import Breaker
from service.health.measures import Measures
from service.health.slices import WINDOW_SECONDS
from service.types.observation import Observation
from service.types.vitals import WELL, Vitals

_VERDICTS = {"ok": True, "failed": False}
_MOST_VAIN = 5


class EndpointHealth:
    """A fold over the calls of the endpoint named `name`.

    `vitals` are those of all moments from `fresh_from` up to `fresh_until`; of another, `look` tells.
    """

    def __init__(self, provider: str, name: str) -> None:
        self.provider = provider
        self.breaker = Breaker()
        # Not all endpoints at once: what grows old is counted anew.
        self.measures = Measures(phase=crc32(name.encode()) % 3000 / 100)
        self.vitals = WELL
        self.fresh_from = math.inf
        self.fresh_until = -math.inf
        self._measured = WELL
        self._measured_from = math.inf
        self._measured_until = -math.inf
        self._told = -math.inf
        self._answered = -math.inf
        self._vain: list[float] = []

    def fold(self, observation: Observation) -> None:
        """Takes in one call's outcome."""
        good = self._verdict(observation)
        self.breaker.fold(_began(observation), observation.at, good=good)
        self.measures.add(observation, good=good)
        self._told = max(self._told, observation.at)
        self._measured_until = self.fresh_until = -math.inf

    def look(self, now: float) -> Vitals:
        """The vitals at a moment."""
        if not self._measured_from <= now < self._measured_until:
            self._measured = self.measures.vitals(now)
            self._measured_from, self._measured_until = now, self.measures.until(now)
        if self.breaker.settled(now):
            self.vitals = self._measured
            self.fresh_from, self.fresh_until = now, self._measured_until
            return self.vitals
        return msgspec.structs.replace(
            self._measured,
            share=self.breaker.share(now),
            down=self.breaker.down(now),
            recovering=self.breaker.recovering(now),
        )

    @property
    def kept_until(self) -> float:
        """When it may be forgotten, in Unix seconds."""
        return max(self._told + WINDOW_SECONDS, self.breaker.kept_until)

    @property
    def is_unwell(self) -> bool:
        """Whether more is known of it than measurements."""
        return self.breaker.kept_until > 0

    def _verdict(self, observation: Observation) -> bool | None:
        """Whether a call was good, None where it says nothing of that.

        That one caller's patience ended says nothing; that nobody's was enough, several times in a row, does.
        """
        at = observation.at
        if observation.outcome == "ok":
            self._answered = max(self._answered, at)
        if observation.at_least is None or observation.outcome != "none":
            return _VERDICTS.get(observation.outcome)
        insort(self._vain, at)
        del self._vain[:-_MOST_VAIN]
        return False if sum(each > self._answered for each in self._vain) >= _MOST_VAIN else None


def tells_something(observation: Observation) -> bool:
    """Whether there is anything to know of an endpoint after this call."""
    measured = (observation.ttft, observation.whole, observation.at_least)
    return observation.outcome != "none" or any(each is not None for each in measured)


def _began(observation: Observation) -> float:
    """When the call began, as well as that is known."""
    if observation.began is not None:
        return observation.began
    durations = (observation.whole, observation.ttft, observation.at_least)
    return observation.at - max(each or 0.0 for each in durations)
