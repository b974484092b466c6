"""What happened within the last five minutes, by half minutes."""

import math
from collections.abc import Callable
from typing import Generic, TypeVar

WINDOW_SECONDS = 300.0
"""What is older teaches nothing any more."""

_SLICE_SECONDS = 30.0
_COUNT = int(WINDOW_SECONDS // _SLICE_SECONDS)

_Content = TypeVar("_Content")


class Slices(Generic[_Content]):
    """What `make` makes for each half minute of the window.

    `phase` (in seconds) is by how much its half minutes begin earlier than those of the clock: where they
    differ, not everything grows old at the same moment.
    """

    def __init__(self, make: Callable[[], _Content], phase: float) -> None:
        self._make = make
        self._phase = phase
        self._slices: dict[int, _Content] = {}

    def at(self, at: float) -> _Content:
        """That of a moment; one that has left the window already is kept nowhere."""
        number = self._number(at)
        found = self._slices.get(number)
        if found is None:
            found = self._slices[number] = self._make()
            oldest = max(self._slices) - _COUNT
            for each in [each for each in self._slices if each <= oldest]:
                del self._slices[each]
        return found

    def inside(self, now: float) -> list[_Content]:
        """All that are within the window."""
        oldest = self._number(now) - _COUNT
        return [each for number, each in self._slices.items() if number > oldest]

    def until(self, now: float) -> float:
        """When the first of them leaves the window."""
        oldest = self._number(now) - _COUNT
        first = min((number for number in self._slices if number > oldest), default=None)
        return math.inf if first is None else (first + _COUNT) * _SLICE_SECONDS - self._phase

    def _number(self, at: float) -> int:
        return int((at + self._phase) // _SLICE_SECONDS)
