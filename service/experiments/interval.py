"""The bounds of a quantity, and finding where a rising function crosses zero."""

from collections.abc import Callable
from typing import NamedTuple

_STEPS = 45  # halves a width of 1 to less than 1e-13


class Interval(NamedTuple):
    """Holds the true value at all times together, with the probability that was asked for."""

    lower: float
    upper: float

    @property
    def without_zero(self) -> bool:
        """Whether zero is ruled out."""
        return self.lower > 0 or self.upper < 0


def crossing(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function that is negative at `low` and positive at `high` changes its sign."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if rising(middle) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2
