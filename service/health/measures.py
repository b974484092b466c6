"""How fast and how well one endpoint answered within the last five minutes."""

import math

from service.health.slices import WINDOW_SECONDS, Slices
from service.health.speed import Speed
from service.types.observation import Observation
from service.types.vitals import Percentiles, Vitals


class Measures:
    """Of one endpoint; for `phase` see `Slices`."""

    def __init__(self, phase: float = 0.0) -> None:
        self._first_content = Speed(phase)
        self._whole = Speed(phase)
        self._throughput = Speed(phase, reverse=True)
        self._counts: Slices[_Counts] = Slices(_Counts, phase)
        self._seen = -math.inf

    def add(self, observation: Observation, *, good: bool | None) -> None:
        """Notes what was measured of a call; `good` is None where it says nothing of how well."""
        at = observation.at
        self._first_content.add(at, observation.ttft)
        self._add_censored(at, observation.at_least)
        self._whole.add(at, observation.whole)
        self._throughput.add(at, observation.throughput)
        if good is not None:
            self._counts.at(at).add(good=good)
        if good is not None or observation.outcome != "none":
            self._seen = max(self._seen, at)

    def vitals(self, now: float) -> Vitals:
        """What was measured, as vitals of an endpoint that is well."""
        counts = self._counts.inside(now)
        bad = sum(each.bad for each in counts)
        requests = bad + sum(each.good for each in counts)
        return Vitals(
            latency=self._first_content.median(now),
            whole=self._whole.median(now),
            throughput=self._throughput.median(now),
            error_rate=bad / requests if requests else None,
            requests=requests,
            seen=self._seen if self._seen > now - WINDOW_SECONDS else 0.0,
        )

    def until(self, now: float) -> float:
        """Until when the vitals are what they are now, unless something is added."""
        return min(
            self._first_content.until(now),
            self._whole.until(now),
            self._throughput.until(now),
            self._counts.until(now),
            self._seen + WINDOW_SECONDS if self._seen > now - WINDOW_SECONDS else math.inf,
        )

    def latency(self, now: float) -> Percentiles | None:
        """Seconds to the first content; where no answer was streamed, to the end of the whole answer."""
        streamed = self._first_content.median(now) is not None
        return (self._first_content if streamed else self._whole).percentiles(now)

    def throughput(self, now: float) -> Percentiles | None:
        """Output tokens per second."""
        return self._throughput.percentiles(now)

    def _add_censored(self, at: float, at_least: float | None) -> None:
        """Of a wait in vain only its least length is known: it may show that somebody is slow, never fast."""
        if at_least is None:
            return
        usual = self._first_content.median(at)
        if usual is not None and at_least > usual:
            self._first_content.add(at, at_least)


class _Counts:
    """Good and bad calls."""

    __slots__ = ("bad", "good")

    def __init__(self) -> None:
        self.good = self.bad = 0

    def add(self, *, good: bool) -> None:
        if good:
            self.good += 1
        else:
            self.bad += 1
