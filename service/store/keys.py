"""The keys of callers, as hashes."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from service.errors import AlreadyExists, NotFound
from service.store.database import Database
from service.store.late import schema, sql
from service.store.revisions import bump
from service.store.rows import StoredKey

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class Keys:
    """The keys of the store. Everything raises `Unavailable` when it cannot be reached."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def create(self, key: StoredKey) -> None:
        """Writes a new key. Raises `AlreadyExists` for an id or a hash that is there."""

        async def create(connection: "AsyncConnection") -> None:
            await bump(connection)
            await connection.execute(
                sql.insert(schema.keys).values(
                    id=key.id,
                    hash=key.hash,
                    name=key.name,
                    permissions=list(key.permissions),
                    created=key.created,
                    expires=key.expires,
                    revoked=key.revoked,
                )
            )

        try:
            await self._database.write(create)
        except AlreadyExists:
            raise AlreadyExists(f"There is a key {key.id!r} already.") from None

    async def list(self) -> list[StoredKey]:
        """Reads all keys by their age, revoked and expired ones too."""
        return await self._database.read(read_all)

    async def revoke(self, id_: str) -> None:
        """Ends a key now; one that has been ended stays so. Raises `NotFound`."""

        async def revoke(connection: "AsyncConnection") -> None:
            await bump(connection)
            table = schema.keys
            revoked = await connection.execute(
                sql.update(table)
                .where(table.c.workspace == schema.WORKSPACE, table.c.id == id_)
                .values(revoked=sql.func.coalesce(table.c.revoked, self._clock()))
            )
            if not revoked.rowcount:
                raise NotFound(f"There is no key {id_!r}.")

        await self._database.write(revoke)


async def read_all(connection: "AsyncConnection") -> list[StoredKey]:
    """All keys by their age."""
    table = schema.keys
    columns = (table.c.id, table.c.hash, table.c.name, table.c.permissions)
    times = (table.c.created, table.c.expires, table.c.revoked)
    found = await connection.execute(
        sql.select(*columns, *times)
        .where(table.c.workspace == schema.WORKSPACE)
        .order_by(table.c.created, table.c.id)
    )
    return [_key(*row) for row in found]


def _key(id_: str, hash_: bytes, name: str, permissions: list[str], *times: Any) -> StoredKey:
    return StoredKey(id_, hash_, name, tuple(permissions), *times)
