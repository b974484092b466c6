"""The time that all conditions of one request may take together: reckoned beforehand, by no clock. Pure."""

from collections.abc import Callable, Mapping

from service.routing.saved import costs
from service.routing.saved.costs import Size


class Budget:
    """What is left of `costs.BUDGET`, as conditions take their parts in their order.

    What a condition reads is handed to the library, unless it was before; then all is handed over again.
    """

    def __init__(self) -> None:
        self.held: dict[str, Size] = {}
        """What has been handed over, with its sizes."""
        self._handing = 0.0
        self._turns = 0.0
        self._exact: list[Callable[[], float]] | None = []

    def take(self, sizes: Mapping[str, Size], estimate: float, exactly: Callable[[], float]) -> bool:
        """Takes what a condition may need, in nanoseconds; takes nothing, and is False, where less is left.

        `estimate` is at least what `exactly` gives. Once estimates are too high all of them are made exact.
        """
        held, handing = self.held, self._handing
        if not sizes.keys() <= held.keys():
            held = {**held, **sizes}
            handing += costs.taken_over(held)
        if self._exact is not None and handing + self._turns + estimate > costs.BUDGET:
            self._turns = sum(each() for each in self._exact)
            self._exact = None
        need = estimate if self._exact is not None else exactly()
        if handing + self._turns + need > costs.BUDGET:
            return False
        self.held, self._handing = held, handing
        self._turns += need
        if self._exact is not None:
            self._exact.append(exactly)
        return True
