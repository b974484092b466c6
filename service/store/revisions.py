"""The number that grows with every write of routers and keys, by which others see that there is news."""

from typing import TYPE_CHECKING

from service.store.database import Database
from service.store.late import schema, sql

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL = "pointsman_revision"
"""Where PostgreSQL tells of it."""


async def bump(connection: "AsyncConnection") -> None:
    """Counts a write, in its transaction and before anything else: writers come one after the other."""
    await connection.execute(
        sql.text(
            "INSERT INTO revision (workspace, number) VALUES (:workspace, 1)"
            " ON CONFLICT (workspace) DO UPDATE SET number = revision.number + 1"
        ),
        {"workspace": schema.WORKSPACE},
    )
    if connection.dialect.name == "postgresql":
        await connection.execute(sql.select(sql.func.pg_notify(CHANNEL, schema.WORKSPACE)))


async def number_of(connection: "AsyncConnection") -> int:
    """The present number, 0 before the first write."""
    table = schema.revision
    found = await connection.scalar(sql.select(table.c.number).where(table.c.workspace == schema.WORKSPACE))
    return found or 0


async def read_number(database: Database) -> int:
    """The present number, in a transaction of its own. Raises `StoreUnavailable`."""
    return await database.read(number_of)
