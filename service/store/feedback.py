"""What callers think of answers: a value of each answer and metric."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import UUID

from service.errors import InvalidRequest, NotFound, Violation
from service.store.database import Database
from service.store.late import schema, sql
from service.store.requests import Requests, insert_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

YOUNG_SECONDS = 900.0
"""What a request did is written a little after its end; so long after its begin it is waited for."""
_AHEAD_SECONDS = 60.0
"""Clocks of machines may differ so much."""
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 0.5
MOST_METRICS = 100
"""Of a router."""
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Feedback:
    """The feedback of the store. Everything raises `Unavailable` when it cannot be reached.

    What requests did is written every `write_seconds`. `clock` gives Unix seconds, `pause` waits for some.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        *,
        write_seconds: float = 1.0,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._requests = Requests(database)
        self._clock = clock
        self._wait_seconds = 2 * write_seconds + 1
        self._pause = pause
        self._kinds: dict[str, dict[str, bool]] = {}
        """Of each router the metrics that were seen, and whether they are boolean."""

    async def add(self, id_: str, metric: str, value: float, *, boolean: bool) -> None:
        """Writes a value; one that is there of the same answer and metric is replaced, and keeps its time.

        The row of an answer that is just there may come a little later, and is waited for. Raises `NotFound`
        for an answer that is not known or came from no router, and `InvalidRequest` for a metric that the
        router has as the other kind, or that would be one too many.
        """
        router = await self._router_of(id_)
        await self._check_kind(router, metric, boolean=boolean)

        async def add(connection: "AsyncConnection") -> None:
            insert = insert_of(connection)(schema.feedback).values(
                workspace=schema.WORKSPACE,
                generation_id=id_,
                metric=metric,
                value=value,
                boolean=boolean,
                unix_time=self._clock(),
            )
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["workspace", "generation_id", "metric"],
                    set_={"value": value, "boolean": boolean},
                )
            )

        await self._database.write(add)
        self._kinds[router].setdefault(metric, boolean)

    async def _router_of(self, id_: str) -> str:
        left = self._wait_seconds if self._is_young(id_) else 0.0
        pause = _FIRST_PAUSE_SECONDS
        while (router := await self._requests.router_of(id_)) is None:
            if left <= 0:
                told = f"There is no answer {id_!r} of a saved router, or it has not ended yet."
                raise NotFound(told)
            await self._pause(min(pause, left))
            left -= pause
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return router

    def _is_young(self, id_: str) -> bool:
        if not _UUID7.fullmatch(id_):
            return False
        made = (UUID(id_).int >> 80) / 1000
        return -_AHEAD_SECONDS < self._clock() - made < YOUNG_SECONDS

    async def _check_kind(self, router: str, metric: str, *, boolean: bool) -> None:
        kinds = self._kinds.get(router, {})
        if metric not in kinds and len(kinds) < MOST_METRICS:
            kinds = self._kinds[router] = await self._read_kinds(router)
        known = kinds.get(metric)
        if known is None and len(kinds) >= MOST_METRICS:
            described = f"a router has at most {MOST_METRICS} metrics, and this would be one more"
            raise InvalidRequest([Violation("metric", described)])
        if known is not None and known is not boolean:
            wanted, got = ("true or false", "a number") if known else ("a number", "true or false")
            described = f"must be {wanted}, as '{metric}' of this router is, got {got}"
            raise InvalidRequest([Violation("value", described)])

    async def _read_kinds(self, router: str) -> dict[str, bool]:
        """The metrics of a router; one that was told as both kinds at the same time is what it is more."""

        async def read(connection: "AsyncConnection") -> dict[str, bool]:
            requests, feedback = schema.requests, schema.feedback
            found = await connection.execute(
                sql.select(feedback.c.metric, feedback.c.boolean)
                .join_from(feedback, requests, feedback.c.generation_id == requests.c.generation_id)
                .where(feedback.c.workspace == schema.WORKSPACE, requests.c.router == router)
                .group_by(feedback.c.metric, feedback.c.boolean)
                .order_by(sql.func.count(), feedback.c.boolean)
            )
            return {metric: bool(boolean) for metric, boolean in found}

        return await self._database.read(read)
