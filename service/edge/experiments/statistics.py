"""The statistics of a router: what its requests did, and what that says of its variants."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.edge.experiments.asked import StatsAsked
from service.edge.routers.patch import plain
from service.errors import NotFound
from service.experiments.booleans import BooleanArm
from service.experiments.judgement import Arm, Judgement, judge
from service.experiments.numbers import NumberArm
from service.store.database import Database
from service.store.feedback import MOST_METRICS
from service.store.outcomes import MEASURED, OutcomeReader, Outcomes
from service.store.request_counts import Counts, Percentiles, RequestCounts, Window
from service.types.saved_router import ROUTER_NAME, SavedRouter

UNIT = "the first outcome of each user, and each outcome without a user"
_SHOWN = 100
_Routes = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class VariantReport:
    """What the requests of a variant did; a time is None where nothing took any."""

    counts: Counts
    first_content: Percentiles | None
    duration: Percentiles | None


@dataclass(frozen=True, slots=True)
class MetricReport:
    """What is said of a metric; `boolean` is None for one that nobody told of."""

    metric: str
    boolean: bool | None
    lower_is_better: bool
    judgement: Judgement

    @property
    def method(self) -> str | None:
        """How it was judged; None where the kind, and so the method, is unknown."""
        return None if self.boolean is None else self.judgement.method


@dataclass(frozen=True, slots=True)
class RouteReport:
    """A route with the variants it has and had."""

    route_id: str
    variants: tuple[VariantReport, ...]
    metrics: tuple[MetricReport, ...]


@dataclass(frozen=True, slots=True)
class RouterReport:
    """All that is told of a router, of the time that was asked for."""

    router: str
    window: Window
    routes: tuple[RouteReport, ...]


class RouterStatistics:
    """Reads the store and judges. `routers` gives the saved router of a name, None where there is none now.

    The `database` may be one of its own that has more time for a call: a million requests take seconds.
    """

    def __init__(self, database: Database, routers: Callable[[str], SavedRouter | None]) -> None:
        self._counts = RequestCounts(database)
        self._outcomes = OutcomeReader(database)
        self._routers = routers

    async def of(self, router: str, asked: StatsAsked) -> RouterReport:
        """Raises `NotFound` for a router that is not there and never had requests, and `Unavailable`."""
        router = plain(router)
        saved = self._routers(router)
        window = asked.window
        if saved is None and not re.match(ROUTER_NAME, router):
            raise _not_there(router)
        counts = await self._counts.counts(router, window)
        if saved is None and not counts and not await self._counts.counts(router, Window()):
            raise _not_there(router)
        first_content = _by_variant(await self._counts.first_content(router, window))
        durations = _by_variant(await self._counts.durations(router, window))
        outcomes = await self._read_outcomes(router, asked)
        routes = _routes(saved, counts)
        counted = {(each.route_id, each.variant_id): each for each in counts}
        metrics = await asyncio.to_thread(_metrics, routes, outcomes, asked)
        return RouterReport(
            router,
            window,
            tuple(
                RouteReport(
                    route_id,
                    tuple(
                        VariantReport(
                            counted.get((route_id, variant), _no_requests(route_id, variant)),
                            first_content.get((route_id, variant)),
                            durations.get((route_id, variant)),
                        )
                        for variant in variants
                    ),
                    metrics[route_id],
                )
                for route_id, variants in routes.items()
            ),
        )

    async def _read_outcomes(self, router: str, asked: StatsAsked) -> list[Outcomes]:
        found = []
        if not asked.metrics or not MEASURED.keys().isdisjoint(asked.metrics):
            found += await self._outcomes.measured(router, asked.window)
        if not asked.metrics or not MEASURED.keys() >= set(asked.metrics):
            found += await self._outcomes.told(router, asked.window, asked.metrics)
        return found


def _metrics(
    routes: _Routes, outcomes: Sequence[Outcomes], asked: StatsAsked
) -> dict[str, tuple[MetricReport, ...]]:
    kinds = _kinds(outcomes)
    found = {
        (each.route_id, each.metric, each.variant_id): each
        for each in outcomes
        if kinds.get(each.metric) is each.boolean
    }
    names = asked.metrics or (*MEASURED, *sorted(name for name in kinds if name not in MEASURED))
    return {
        route_id: tuple(
            _metric(
                name,
                kinds.get(name, MEASURED.get(name)),
                {variant: found.get((route_id, name, variant)) for variant in variants},
                asked,
            )
            for name in names
        )
        for route_id, variants in routes.items()
    }


def _metric(
    name: str, boolean: bool | None, found: Mapping[str, Outcomes | None], asked: StatsAsked
) -> MetricReport:
    lower = name in MEASURED or name in asked.lower_is_better
    arms = {variant: _arm(outcomes, boolean=bool(boolean)) for variant, outcomes in found.items()}
    return MetricReport(name, boolean, lower, judge(arms, asked.alpha, lower_is_better=lower))


def _arm(found: Outcomes | None, *, boolean: bool) -> Arm:
    if boolean:
        return BooleanArm(found.observations, round(found.total)) if found else BooleanArm(0, 0)
    return NumberArm(found.observations, found.mean, found.variance) if found else NumberArm(0, None, None)


def _kinds(outcomes: Sequence[Outcomes]) -> dict[str, bool]:
    """Whether each metric is boolean: what it was told as more often, should it have been told as both.

    Of very many metrics those that were told of most.
    """
    told: dict[tuple[str, bool], int] = {}
    for each in outcomes:
        key = (each.metric, each.boolean)
        told[key] = told.get(key, 0) + each.observations
    ordered = sorted(told, key=lambda key: (key[0] in MEASURED, told[key], key), reverse=True)
    kinds: dict[str, bool] = {}
    for metric, boolean in ordered:
        if len(kinds) < MOST_METRICS + len(MEASURED):
            kinds.setdefault(metric, boolean)
    return kinds


def _routes(saved: SavedRouter | None, counts: Sequence[Counts]) -> _Routes:
    """Routes and their variants: those of the router as it is, then those that requests went to before."""
    present = [each.route for each in saved.routes] if saved else []
    if saved and saved.default_route:
        present.append(saved.default_route)
    routes: _Routes = {
        route.route_id: [each.variant.variant_id for each in route.variants] for route in present
    }
    for each in counts:
        variants = routes.setdefault(each.route_id, [])
        if each.variant_id not in variants:
            variants.append(each.variant_id)
    return routes


def _by_variant(found: Sequence[Percentiles]) -> dict[tuple[str, str], Percentiles]:
    return {(each.route_id, each.variant_id): each for each in found}


def _no_requests(route_id: str, variant_id: str) -> Counts:
    return Counts(route_id, variant_id, 0, 0, 0, 0, 0, None, 0, 0, 0)


def _not_there(router: str) -> NotFound:
    return NotFound(f"There is no router '{router[:_SHOWN]}', nor requests of one.")
