"""A simulated hour: one vendor degrades for twenty minutes and recovers. The clock is virtual.

Requests come at random to four workers, each with a view of its own, which learn of each other's calls a
moment later. The vendor in question is worth half of the traffic.
"""

import heapq
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from service.health.health import Health
from service.types.observation import Observation
from service.types.vitals import HealthView

Draw = Callable[[], float]
Order = Callable[[HealthView, float, Draw], Sequence[str]]

SICK = "alpha/model"
WEIGHTS = {SICK: 0.5, "beta/model": 0.3, "gamma/model": 0.2}
FAILS, RECOVERS, END = 1200.0, 2400.0, 3600.0
USUAL_FAILURES = 0.005
WORKERS = 4


def by_lot(health: HealthView, now: float, draw: Draw) -> list[str]:
    """Routing in small: drawn by weight, those that rest or are not let through come last."""
    lots = sorted(WEIGHTS, key=lambda name: -(draw() ** (1 / WEIGHTS[name])))
    vitals = {name: health.vitals(name, now) for name in lots}
    behind = {name for name, its in vitals.items() if its.share < 1 and (its.down or draw() >= its.share)}
    return sorted(lots, key=lambda name: name in behind)


@dataclass
class Hour:
    """What went where: the times of requests, and of those that went to the sick vendor first."""

    asked: list[float] = field(default_factory=list)
    sick_first: list[float] = field(default_factory=list)

    def share(self, start: float, end: float) -> float:
        asked = sum(start <= at < end for at in self.asked)
        return sum(start <= at < end for at in self.sick_first) / asked

    def shares(self, start: float, end: float, step: float) -> Iterator[float]:
        at = start
        while at + step <= end:
            yield self.share(at, at + step)
            at += step


def simulate(
    rate: float,
    failing: float,
    seed: int,
    order: Order = by_lot,
    *,
    seconds: float = 0.3,
    whole: float = 3.0,
    ttfts: Mapping[str, float] = MappingProxyType({}),
    slow: float = 1.0,
) -> Hour:
    """Plays the hour with `rate` requests a second.

    The sick vendor fails the part `failing` of its calls. A failure takes `seconds`, an answer up to `whole`.
    `order` says for each request who is asked first, second, and so on. First tokens come after `ttfts`, by
    default 0.4 seconds; the sick vendor is so many times as `slow`.
    """
    dice = random.Random(seed)
    views = [Health(600.0, 300.0) for _ in range(WORKERS)]
    hour = Hour()
    queue: list[tuple[float, int, Callable[[float], None]]] = []
    count = 0

    def _ttft(name: str, ill: bool) -> float:
        return ttfts.get(name, 0.4) * (slow if ill else 1.0)

    def later(at: float, act: Callable[[float], None]) -> None:
        nonlocal count
        count += 1
        heapq.heappush(queue, (at, count, act))

    def attempt(worker: int, rest: Sequence[str], now: float) -> None:
        name = rest[0]
        views[worker].probing(name, now)
        ill = name == SICK and FAILS <= now < RECOVERS
        good = dice.random() >= (failing if ill else USUAL_FAILURES)
        ended = now + (dice.uniform(0.5, whole) if good else seconds)
        seen = Observation(
            at=ended,
            began=now,
            provider=name.partition("/")[0],
            endpoint=name,
            outcome="ok" if good else "failed",
            ttft=_ttft(name, ill) * dice.uniform(0.8, 1.2) if good else None,
        )
        for other, view in enumerate(views):
            told = ended if other == worker else ended + dice.uniform(0.1, 1.0)
            later(told, lambda at, view=view: view.fold(seen, at))  # type: ignore[misc]
        if not good and len(rest) > 1:
            later(ended, lambda at: attempt(worker, rest[1:], at))

    def arrive(now: float) -> None:
        later(now + dice.expovariate(rate), arrive)
        worker = dice.randrange(WORKERS)
        ordered = order(views[worker], now, dice.random)
        hour.asked.append(now)
        if ordered[0] == SICK:
            hour.sick_first.append(now)
        attempt(worker, ordered, now)

    later(0.0, arrive)
    while queue and queue[0][0] < END:
        now, _, act = heapq.heappop(queue)
        act(now)
    return hour


def swings(shares: Sequence[float], least: float) -> int:
    """How often a series turned, counting only moves of at least `least`."""
    turns = direction = 0
    extreme = shares[0]
    for share in shares:
        move = share - extreme
        if direction * move > 0:
            extreme = share  # further the same way
        elif abs(move) >= least:
            turns += 1
            direction = 1 if move > 0 else -1
            extreme = share
    return turns
