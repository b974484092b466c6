"""How fast one endpoint answered within the last five minutes, by one kind of measurement."""

import math
from array import array
from bisect import insort
from itertools import accumulate

from fastdigest import TDigest, merge_all

from service.health.slices import WINDOW_SECONDS, Slices
from service.types.vitals import Percentiles

_PLAIN = 32
_CENTROIDS = 30
_MERGED_CENTROIDS = 100
_KEPT_SECONDS = 1.5
_NEWEST = 7
_PERCENTILES = (0.5, 0.75, 0.9, 0.99)
_REVERSED = tuple(1.0 - each for each in _PERCENTILES)


class Speed:
    """A sketch for each slice of the window, and the newest few as they are.

    `reverse` is for what is better when it is more: its p99 is what 99 % of the calls exceed
    (OpenRouter A5.3).
    """

    def __init__(self, phase: float = 0.0, *, reverse: bool = False) -> None:
        self._reverse = reverse
        self._slices: Slices[_Sketch] = Slices(_Sketch, phase)
        self._newest: list[tuple[float, float]] = []
        self._kept: Percentiles | None = None
        self._kept_at = -math.inf

    def add(self, at: float, value: float | None) -> None:
        """Notes a call that ended at `at`; numbers that cannot be are passed over."""
        if value is None or not 0 <= value < math.inf:
            return
        self._slices.at(at).add(value)
        insort(self._newest, (at, value))
        del self._newest[:-_NEWEST]

    def median(self, now: float) -> float | None:
        """The median of the newest few, None when there are none within the window."""
        values = sorted(value for at, value in self._newest if at > now - WINDOW_SECONDS)
        return values[len(values) // 2] if values else None

    def until(self, now: float) -> float:
        """Until when the median is what it is now, unless something is added."""
        return next((at for at, _ in self._newest if at > now - WINDOW_SECONDS), math.inf) + WINDOW_SECONDS

    def percentiles(self, now: float) -> Percentiles | None:
        """Those of the window, at most 1.5 s old; None when nothing was measured."""
        if not self._kept_at <= now < self._kept_at + _KEPT_SECONDS:
            self._kept = self._merged(now)
            self._kept_at = now
        return self._kept

    def _merged(self, now: float) -> Percentiles | None:
        sketches = self._slices.inside(now)
        if not sketches:
            return None
        whole = merge_all([part for sketch in sketches for part in sketch.parts()], _MERGED_CENTROIDS)
        if self._reverse:
            return Percentiles(*accumulate(map(whole.quantile, _REVERSED), min))
        return Percentiles(*accumulate(map(whole.quantile, _PERCENTILES), max))


class _Sketch:
    """Some numbers: few as they are, of many those that came before the newest as a packed digest.

    An unpacked digest takes some 5 kB however little is in it.
    """

    __slots__ = ("_packed", "_plain")

    def __init__(self) -> None:
        self._plain = array("d")
        self._packed: bytes | None = None

    def add(self, value: float) -> None:
        self._plain.append(value)
        if len(self._plain) < _PLAIN:
            return
        digest = TDigest.from_bytes(self._packed) if self._packed else TDigest(_CENTROIDS)
        digest.batch_update(self._plain)
        self._packed = digest.to_bytes()
        self._plain = array("d")

    def parts(self) -> list[TDigest]:
        found = [TDigest.from_bytes(self._packed)] if self._packed else []
        if self._plain:
            plain = TDigest(_MERGED_CENTROIDS)
            plain.batch_update(self._plain)
            found.append(plain)
        return found
