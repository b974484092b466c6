"""How fast and how well one endpoint answered within the last five minutes."""

import math
from bisect import insort

from fastdigest import TDigest, merge_all

from service.types.observation import Observation
from service.types.vitals import Percentiles

WINDOW_SECONDS = 300.0
_SLICE_SECONDS = 30.0
_CENTROIDS = 100
_KEPT_SECONDS = 1.5
_NEWEST = 7
_PERCENTILES = (0.5, 0.75, 0.9, 0.99)
_REVERSED = tuple(1.0 - each for each in _PERCENTILES)


class Speed:
    """One kind of measurement: a sketch for each slice of the window, and the newest few as they are.

    `reverse` is for what is better when it is more: its p99 is what 99 % of the calls exceed
    (OpenRouter A5.3).
    """

    def __init__(self, *, reverse: bool = False) -> None:
        self._cutoffs = _REVERSED if reverse else _PERCENTILES
        self._slices: dict[int, TDigest] = {}
        self._newest: list[tuple[float, float]] = []
        self._kept: Percentiles | None = None
        self._kept_at = -math.inf

    def add(self, at: float, value: float | None) -> None:
        """Notes a call that ended at `at`; numbers that cannot be are passed over."""
        if value is None or not 0 <= value < math.inf:
            return
        number = _slice(at)
        sketch = self._slices.get(number)
        if sketch is None:
            sketch = self._slices[number] = TDigest(_CENTROIDS)
            _forget(self._slices)
        sketch.update(value)
        insort(self._newest, (at, value))
        del self._newest[:-_NEWEST]

    def median(self, now: float) -> float | None:
        """The median of the newest few, None when there are none within the window."""
        values = sorted(value for at, value in self._newest if at > now - WINDOW_SECONDS)
        return values[len(values) // 2] if values else None

    def percentiles(self, now: float) -> Percentiles | None:
        """Those of the window, at most 1.5 s old; None when nothing was measured."""
        if not self._kept_at <= now < self._kept_at + _KEPT_SECONDS:
            self._kept = self._merged(now)
            self._kept_at = now
        return self._kept

    def _merged(self, now: float) -> Percentiles | None:
        oldest = _slice(now - WINDOW_SECONDS)
        sketches = [sketch for number, sketch in self._slices.items() if number > oldest]
        if not sketches:
            return None
        whole = merge_all(sketches, _CENTROIDS)
        p50, p75, p90, p99 = (whole.quantile(each) for each in self._cutoffs)
        return Percentiles(p50, p75, p90, p99)


class Measures:
    """Of one endpoint."""

    def __init__(self) -> None:
        self._first_content = Speed()
        self._whole = Speed()
        self.throughput = Speed(reverse=True)
        self._counts: dict[int, list[int]] = {}  # good and bad calls of each slice

    def add(self, observation: Observation) -> None:
        """Notes what was measured of a call, however it ended."""
        at = observation.at
        self._first_content.add(at, observation.ttft)
        self._whole.add(at, observation.whole)
        self.throughput.add(at, observation.throughput)
        if observation.outcome in ("ok", "failed"):
            number = _slice(at)
            counts = self._counts.get(number)
            if counts is None:
                counts = self._counts[number] = [0, 0]
                _forget(self._counts)
            counts[0 if observation.outcome == "ok" else 1] += 1

    def latency(self, now: float) -> Speed:
        """Times to the first content; where no answer was streamed, to the whole answer."""
        return self._whole if self._first_content.median(now) is None else self._first_content

    def counts(self, now: float) -> tuple[int, int]:
        """Good and bad calls within the window."""
        oldest = _slice(now - WINDOW_SECONDS)
        inside = [each for number, each in self._counts.items() if number > oldest]
        return sum(each[0] for each in inside), sum(each[1] for each in inside)


def _slice(at: float) -> int:
    return int(at // _SLICE_SECONDS)


def _forget(slices: dict[int, TDigest] | dict[int, list[int]]) -> None:
    """Drops what has left the window."""
    oldest = max(slices) - int(WINDOW_SECONDS // _SLICE_SECONDS)
    for number in [each for each in slices if each <= oldest]:
        del slices[number]
