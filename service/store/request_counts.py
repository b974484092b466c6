"""What the requests of a router did, counted by route and variant."""

from typing import TYPE_CHECKING, NamedTuple

from service.store.database import PATIENCE_SECONDS, Database
from service.store.late import schema, sql

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection


class Window(NamedTuple):
    """The time in which requests came, in Unix seconds: from `since` on and before `until`; None is open."""

    since: float | None = None
    until: float | None = None


class Counts(NamedTuple):
    """The requests of a variant; `cost` sums the `priced` ones, in USD, None when there are none."""

    route_id: str
    variant_id: str
    requests: int
    errors: int
    cancelled: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    priced: int
    with_fallbacks: int
    fallbacks: int


class Percentiles(NamedTuple):
    """How long something took, in milliseconds, by the nearest rank."""

    route_id: str
    variant_id: str
    p50: int
    p90: int
    p99: int


class RequestCounts:
    """Counts of the store. Everything raises `Unavailable` when it cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, router: str, window: Window) -> list[Counts]:
        """Every variant that had requests."""

        async def read(connection: "AsyncConnection") -> list[Counts]:
            table = schema.requests
            found = await connection.execute(
                sql.select(
                    table.c.route_id,
                    table.c.variant_id,
                    sql.func.count(),
                    _count_where(table.c.status == "error"),
                    _count_where(table.c.status == "cancelled"),
                    sql.func.sum(table.c.prompt_tokens),
                    sql.func.sum(table.c.completion_tokens),
                    sql.func.sum(table.c.cost),
                    sql.func.count(table.c.cost),
                    _count_where(table.c.fallbacks > 0),
                    sql.func.sum(table.c.fallbacks),
                )
                .where(*within(router, window))
                .group_by(table.c.route_id, table.c.variant_id)
                .order_by(table.c.route_id, table.c.variant_id)
            )
            return [Counts(*row) for row in found]

        return await self._database.read(read, seconds=PATIENCE_SECONDS)

    async def first_content(self, router: str, window: Window) -> list[Percentiles]:
        """How long the first content took, of every variant that gave any."""
        table = schema.requests
        return await self._percentiles(table.c.ttft_ms, table.c.ttft_ms.is_not(None), router, window)

    async def durations(self, router: str, window: Window) -> list[Percentiles]:
        """How long whole answers took, of every variant that gave any."""
        table = schema.requests
        return await self._percentiles(table.c.duration_ms, table.c.status == "ok", router, window)

    async def _percentiles(
        self, value: "ColumnElement[int]", wanted: "ColumnElement[bool]", router: str, window: Window
    ) -> list[Percentiles]:
        table = schema.requests
        # Milliseconds repeat themselves: to count each first is much less to sort.
        each = (
            sql.select(
                table.c.route_id, table.c.variant_id, value.label("value"), sql.func.count().label("times")
            )
            .where(wanted, *within(router, window))
            .group_by(table.c.route_id, table.c.variant_id, value)
            .subquery()
        )
        variant = (each.c.route_id, each.c.variant_id)
        ranked = sql.select(
            *variant,
            each.c.value,
            sql.func.sum(each.c.times).over(partition_by=variant, order_by=each.c.value).label("rank"),
            sql.func.sum(each.c.times).over(partition_by=variant).label("total"),
        ).subquery()

        async def read(connection: "AsyncConnection") -> list[Percentiles]:
            found = await connection.execute(
                sql.select(
                    ranked.c.route_id,
                    ranked.c.variant_id,
                    *(
                        sql.func.min(
                            sql.case((ranked.c.rank * 100 >= ranked.c.total * percent, ranked.c.value))
                        )
                        for percent in (50, 90, 99)
                    ),
                ).group_by(ranked.c.route_id, ranked.c.variant_id)
            )
            return [Percentiles(*row) for row in found]

        return await self._database.read(read, seconds=PATIENCE_SECONDS)


def within(router: str, window: Window) -> "list[ColumnElement[bool]]":
    """The conditions of requests of a router in a time."""
    table = schema.requests
    conditions = [table.c.workspace == schema.WORKSPACE, table.c.router == router]
    if window.since is not None:
        conditions.append(table.c.unix_time >= window.since)
    if window.until is not None:
        conditions.append(table.c.unix_time < window.until)
    return conditions


def _count_where(condition: "ColumnElement[bool]") -> "ColumnElement[int]":
    return sql.func.sum(sql.case((condition, 1), else_=0))
