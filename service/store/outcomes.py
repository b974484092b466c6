"""Outcomes by which variants are judged: of each user the first one, of requests without a user each one.

A user stays with a variant, so his requests are not independent of each other, and only the first of them is
an observation. It is looked for in each metric: the first request that has an outcome there. Of feedback the
first is the one that came first.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from service.store.database import PATIENCE_SECONDS, Database
from service.store.late import schema, sql
from service.store.request_counts import Window, within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

MEASURED = {"error": True, "ttft_ms": False, "duration_ms": False, "cost": False}
"""The metrics that every request has, and whether they are boolean; less is better."""
_NOISE = 1e-9
"""A variance that is less than that of the mean square may be nothing but rounding."""


class Outcomes(NamedTuple):
    """What was observed of a variant in a metric; `total` sums the values, the variance is that of a sample.

    The variance is None for a single observation, and 0 where all were equal, or as good as.
    """

    metric: str
    boolean: bool
    route_id: str
    variant_id: str
    observations: int
    total: float
    mean: float
    variance: float | None


class OutcomeReader:
    """Outcomes of the store. Everything raises `Unavailable` when it cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def measured(self, router: str, window: Window) -> list[Outcomes]:
        """Those of the metrics that every request has."""
        statement = _first_requests(router, window)

        async def read(connection: "AsyncConnection") -> list[Outcomes]:
            return [each for row in await connection.execute(statement) for each in _of_row(*row)]

        return await self._database.read(read, seconds=PATIENCE_SECONDS)

    async def told(self, router: str, window: Window, metrics: Sequence[str] = ()) -> list[Outcomes]:
        """Those of feedback, of some metrics or all; a metric that was told as both kinds is there twice."""
        statement = _first_feedback(router, window, metrics)

        async def read(connection: "AsyncConnection") -> list[Outcomes]:
            found = await connection.execute(statement)
            return [
                _outcomes(metric, bool(boolean), route_id, variant_id, numbers)
                for metric, boolean, route_id, variant_id, *numbers in found
            ]

        return await self._database.read(read, seconds=PATIENCE_SECONDS)


def _first_requests(router: str, window: Window) -> Any:
    """A row a variant: route, variant, and for each metric count, sum, and sum of squares."""
    table = schema.requests
    unit = sql.func.coalesce(table.c.user_hash, table.c.generation_id)
    own = (table.c.route_id, unit)
    placed = (
        sql.select(
            table.c.route_id,
            table.c.variant_id,
            unit.label("unit"),
            sql.func.row_number()
            .over(partition_by=own, order_by=(table.c.unix_time, table.c.generation_id))
            .label("place"),
            *(_value(metric).label(metric) for metric in MEASURED),
        )
        .where(*within(router, window))
        .subquery()
    )
    firsts = sql.select(
        placed,
        *(
            sql.func.min(sql.case((placed.c[metric].is_not(None), placed.c.place)))
            .over(partition_by=(placed.c.route_id, placed.c.unit))
            .label(f"first_{metric}")
            for metric in MEASURED
        ),
    ).subquery()
    sums: list[ColumnElement[Any]] = []
    for metric in MEASURED:
        value = sql.case((firsts.c.place == firsts.c[f"first_{metric}"], firsts.c[metric]))
        sums += [sql.func.count(value), sql.func.sum(value), sql.func.sum(value * value)]
    return sql.select(firsts.c.route_id, firsts.c.variant_id, *sums).group_by(
        firsts.c.route_id, firsts.c.variant_id
    )


def _value(metric: str) -> "ColumnElement[Any]":
    """The outcome of a request in a metric; null where it has none."""
    table = schema.requests
    answered = table.c.status == "ok"
    values = {
        "error": sql.case((answered, 0), (table.c.status == "error", 1)),
        "ttft_ms": table.c.ttft_ms,
        "duration_ms": sql.case((answered, table.c.duration_ms)),
        "cost": sql.case((answered, table.c.cost)),
    }
    return sql.cast(values[metric], sql.Double)  # squares of integers overflow


def _of_row(route_id: str, variant_id: str, *sums: Any) -> Iterator[Outcomes]:
    for place, (metric, boolean) in enumerate(MEASURED.items()):
        numbers = sums[3 * place : 3 * place + 3]
        if numbers[0]:
            yield _outcomes(metric, boolean, route_id, variant_id, (*numbers, 0.0))


def _first_feedback(router: str, window: Window, metrics: Sequence[str]) -> Any:
    """A row a metric, kind and variant: those, count, sum and sum of squares around a centre, the centre."""
    requests, feedback = schema.requests, schema.feedback
    unit = sql.func.coalesce(requests.c.user_hash, requests.c.generation_id)
    metric = (feedback.c.metric, feedback.c.boolean)
    placed = (
        sql.select(
            *metric,
            requests.c.route_id,
            requests.c.variant_id,
            feedback.c.value,
            sql.func.row_number()
            .over(
                partition_by=(*metric, requests.c.route_id, unit),
                order_by=(feedback.c.unix_time, feedback.c.generation_id),
            )
            .label("place"),
            # Around their mean, squares of numbers that are all large lose nothing.
            sql.func.avg(feedback.c.value).over(partition_by=metric).label("centre"),
        )
        .join_from(
            feedback,
            requests,
            sql.and_(
                feedback.c.generation_id == requests.c.generation_id,
                feedback.c.workspace == requests.c.workspace,
            ),
        )
        .where(*within(router, window))
    )
    if metrics:
        placed = placed.where(feedback.c.metric.in_(metrics))
    firsts = placed.subquery()
    groups = (firsts.c.metric, firsts.c.boolean, firsts.c.route_id, firsts.c.variant_id)
    away = firsts.c.value - firsts.c.centre
    return (
        sql.select(
            *groups,
            sql.func.count(),
            sql.func.sum(away),
            sql.func.sum(away * away),
            sql.func.max(firsts.c.centre),
        )
        .where(firsts.c.place == 1)
        .group_by(*groups)
    )


def _outcomes(metric: str, boolean: bool, route_id: str, variant_id: str, numbers: Sequence[Any]) -> Outcomes:
    count, total, squares, centre = numbers
    variance = None
    if count > 1:
        variance = max(0.0, squares - total * total / count) / (count - 1)
        if variance <= _NOISE * squares / count:
            variance = 0.0
    mean = centre + total / count
    return Outcomes(metric, boolean, route_id, variant_id, count, mean * count, mean, variance)
