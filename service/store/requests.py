"""What requests of saved routers did: a row each, written once and kept for some days."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from service.store.database import Database
from service.store.late import Late, schema, sql
from service.types.ids import generation_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class StoredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request, its members named as the columns. Times are milliseconds, `cost` is in USD.

    None is unknown. `user_hash` tells users apart, and no more. `unix_time` is when the request came, as
    its id tells too. `fallbacks` counts how often another endpoint took over.
    """

    generation_id: str
    router: str
    route_id: str
    variant_id: str
    user_hash: str | None
    status: str
    http_status: int
    ttft_ms: int | None
    duration_ms: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    fallbacks: int
    model: str | None
    unix_time: float


class Requests:
    """The requests of the store. Everything raises `Unavailable` when it cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, requests: Sequence[StoredRequest]) -> None:
        """Writes requests; those that are there already stay as they are."""
        await self._database.connect()  # in a thread it imports what names the columns
        rows = [{"workspace": schema.WORKSPACE} | msgspec.structs.asdict(each) for each in requests]

        async def add(connection: "AsyncConnection") -> None:
            insert = insert_of(connection)(schema.requests)
            await connection.execute(insert.on_conflict_do_nothing(), rows)

        if rows:
            await self._database.write(add)

    async def router_of(self, id_: str) -> str | None:
        """The router that a request used; None for one that is not known, or used none."""

        async def get(connection: "AsyncConnection") -> str | None:
            table = schema.requests
            router: str | None = await connection.scalar(
                sql.select(table.c.router).where(
                    table.c.generation_id == id_, table.c.workspace == schema.WORKSPACE
                )
            )
            return router

        return await self._database.read(get)

    async def prune(self, before: float, most: int) -> int:
        """Forgets requests older than a time, and feedback on them, at most so many; tells how many."""
        if self._database.unborn:
            return 0
        # Ids begin with their time, so the primary keys find the old ones.
        bound = str(generation_id(max(before, 0.0), bytes(10)))

        async def prune(connection: "AsyncConnection") -> int:
            forgotten = 0
            for table in (schema.requests, schema.feedback):
                ids = table.c.generation_id
                old = (
                    sql.select(ids)
                    .where(table.c.workspace == schema.WORKSPACE, ids < bound)
                    .order_by(ids)
                    .limit(most)
                )
                deleted = await connection.execute(
                    sql.delete(table).where(table.c.workspace == schema.WORKSPACE, ids.in_(old))
                )
                forgotten += deleted.rowcount
            return forgotten

        return await self._database.write(prune)


def insert_of(connection: "AsyncConnection") -> Any:
    """The `insert` of the engine, which can say what happens to rows that are there already."""
    return Late(f"sqlalchemy.dialects.{connection.dialect.name}").insert
