"""Orders endpoints by what was asked for. Pure: measurements and randomness are arguments.

The first order ranks, the others break ties. What is unknown is last where a fact is missing (prices,
scores), and in the middle where only nobody has measured it yet (latency, throughput).
"""

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import cast

from service.routing.needs import Needs
from service.routing.rows import SCORES, UNKNOWN, Rows
from service.routing.wishes import Order
from service.types.vitals import HealthView, Vitals

Draw = Callable[[], float]
# From coarse to fine; what is not told may be anything.
_PRECISION = (
    "unknown",
    "int4",
    "fp4",
    "mxfp4",
    "nvfp4",
    "fp6",
    "int8",
    "fp8",
    "mxfp8",
    "fp16",
    "bf16",
    "fp32",
)
_TINY = 1e-300

WORDS: dict[Order, str] = {
    "price": "lowest price",
    "latency": "lowest latency",
    "throughput": "highest throughput",
    "intelligence": "highest intelligence",
    "math": "highest math score",
    "coding": "highest coding score",
    "exacto": "quality",
    "drawn": "price, by lot",
    "-price": "highest price",
    "-latency": "highest latency",
    "-throughput": "lowest throughput",
    "-intelligence": "lowest intelligence",
    "-math": "lowest math score",
    "-coding": "lowest coding score",
}
"""How `metadata.reasoning` names an order (Inworld 3.2)."""


class Orderer:
    """Orders for one request at one moment. `draw` gives numbers from 0 to below 1.

    `stream` is whether the answer is streamed: else the time to its end is what the caller waits for.
    """

    def __init__(self, needs: Needs, health: HealthView, now: float, draw: Draw, *, stream: bool) -> None:
        self._needs = needs
        self._health = health
        self._now = now
        self._draw = draw
        self._stream = stream

    def ordered(self, rows: Rows, orders: Sequence[Order]) -> Iterator[int]:
        """The places of rows, best first; as many as are asked for are sorted."""
        if len(rows.rows) == 1:
            yield 0
            return
        columns = [column for order in orders for column in self._columns(rows, order)]
        if "price" not in orders:
            columns.append(rows.costs(self._needs))
        heap = list(zip(*columns, range(len(rows.rows)), strict=True))
        heapq.heapify(heap)
        while heap:
            place: int = heapq.heappop(heap)[-1]
            yield place

    def _columns(self, rows: Rows, order: Order) -> list[list[float]]:
        """Numbers by which rows are ordered, lowest first."""
        if order.startswith("-"):
            natural = cast("Order", order.removeprefix("-"))
            return [_turned(column) for column in self._columns(rows, natural)]
        if order in SCORES:
            return [rows.deficits(order)]
        match order:
            case "price":
                return [rows.costs(self._needs)]
            case "drawn":
                return [self._drawn(rows)]
            case "latency":
                return [self._neutral(self._waits(rows))]
            case "throughput":
                return [self._throughputs(rows)]
        errors = [round(each.error_rate or 0.0, 2) for each in self._vitals(rows)]
        coarse = [-float(_precision(row.endpoint.facts.quantization)) for row in rows.rows]
        return [errors, coarse, self._throughputs(rows)]

    def _waits(self, rows: Rows) -> list[float | None]:
        """`Vitals.wait` of each; of thousands, a call of each is what takes the time."""
        vitals = self._vitals(rows)
        if self._stream:
            return [each.latency for each in vitals]
        return [each.latency if each.whole is None else each.whole for each in vitals]

    def _vitals(self, rows: Rows) -> list[Vitals]:
        of, now = self._health.vitals, self._now
        return [of(name, now) for name in rows.ids]

    def _throughputs(self, rows: Rows) -> list[float]:
        found = [each.throughput for each in self._vitals(rows)]
        return self._neutral([None if speed is None else -speed for speed in found])

    def _neutral(self, found: list[float | None]) -> list[float]:
        """Puts what nobody has measured in the middle; if that is all, in any order."""
        known = [each for each in found if each is not None]
        if not known:
            return [self._draw() for _ in found]
        middle = median(known)
        return [middle if each is None else each for each in found]

    def _drawn(self, rows: Rows) -> list[float]:
        """Draws without putting back, by 1 over the square of the cost (OpenRouter A5.2).

        Of exponential clocks with those rates the first to ring is drawn first, and so on.
        """
        return [self._clock(cost) for cost in rows.costs(self._needs)]

    def _clock(self, cost: float) -> float:
        if cost == UNKNOWN:
            return UNKNOWN
        if cost <= 0:
            return -1.0 - self._draw()  # nothing to weigh: first, among themselves by lot
        return -math.log(max(1.0 - self._draw(), _TINY)) * cost * cost


def _turned(column: list[float]) -> list[float]:
    """The other way round; what is unknown stays last."""
    return [each if each == UNKNOWN else -each for each in column]


def _precision(quantization: str | None) -> int:
    known = quantization or "unknown"
    return _PRECISION.index(known) if known in _PRECISION else 0
