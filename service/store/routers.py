"""Saved routers and the operations that wrote them: documents by name."""

from typing import TYPE_CHECKING, Any, NoReturn

from service.errors import AlreadyExists, Conflict, NotFound
from service.store.database import Database
from service.store.late import schema, sql
from service.store.revisions import bump
from service.store.rows import StoredOperation, StoredRouter

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

_KEEP_OPERATIONS_SECONDS = 7 * 24 * 3600.0


class Routers:
    """The routers of the store. Everything raises `Unavailable` when it cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, name: str, document: bytes, etag: str, operation: StoredOperation) -> StoredRouter:
        """Writes a new router, as of the operation's time. Raises `AlreadyExists`."""
        router = StoredRouter(name, document, etag, created=operation.created, updated=operation.created)

        async def create(connection: "AsyncConnection") -> None:
            await bump(connection)
            await connection.execute(
                sql.insert(schema.routers).values(
                    name=name,
                    document=document,
                    etag=etag,
                    created=router.created,
                    updated=router.updated,
                )
            )
            await _record(connection, operation)

        try:
            await self._database.write(create)
        except AlreadyExists:
            raise AlreadyExists(f"There is a router {name!r} already.") from None
        return router

    async def update(
        self, name: str, document: bytes, etag: str, expected_etag: str, operation: StoredOperation
    ) -> StoredRouter:
        """Writes a router anew, as of the operation's time, if it is as the caller has read it.

        What has the same etag is the same, and keeps its time.
        Raises `NotFound` and `Conflict`.
        """

        async def update(connection: "AsyncConnection") -> StoredRouter:
            await bump(connection)
            table = schema.routers
            updated = table.c.updated if etag == expected_etag else operation.created
            changed = await connection.execute(
                sql.update(table)
                .where(_named(table, name), table.c.etag == expected_etag)
                .values(document=document, etag=etag, updated=updated)
                .returning(table.c.created, table.c.updated)
            )
            times = changed.one_or_none()
            if times is None:
                await _refuse(connection, name)
            await _record(connection, operation)
            return StoredRouter(name, document, etag, created=times.created, updated=times.updated)

        return await self._database.write(update)

    async def delete(self, name: str, expected_etag: str | None) -> None:
        """Removes a router, with an etag only if it is as the caller has read it.

        Raises `NotFound` and `Conflict`.
        """

        async def delete(connection: "AsyncConnection") -> None:
            await bump(connection)
            table = schema.routers
            conditions = [_named(table, name)]
            if expected_etag is not None:
                conditions.append(table.c.etag == expected_etag)
            removed = await connection.execute(sql.delete(table).where(*conditions))
            if not removed.rowcount:
                await _refuse(connection, name)

        await self._database.write(delete)

    async def get(self, name: str) -> StoredRouter:
        """Reads a router. Raises `NotFound`."""

        async def get(connection: "AsyncConnection") -> StoredRouter | None:
            found = await connection.execute(_select_routers().where(_named(schema.routers, name)))
            row = found.one_or_none()
            return StoredRouter(*row) if row else None

        router = await self._database.read(get)
        if router is None:
            raise _no_router(name)
        return router

    async def list(self, page_size: int, after: str = "") -> list[StoredRouter]:
        """Reads routers by their names' order, those after a name: a page, and one more where there is."""

        async def page(connection: "AsyncConnection") -> list[StoredRouter]:
            found = await connection.execute(
                _select_routers().where(schema.routers.c.name > after).limit(page_size + 1)
            )
            return [StoredRouter(*row) for row in found]

        return await self._database.read(page)

    async def operation(self, name: str) -> StoredOperation:
        """Reads an operation; they are kept for 7 days. Raises `NotFound`."""

        async def get(connection: "AsyncConnection") -> StoredOperation | None:
            table = schema.operations
            columns = sql.select(table.c.name, table.c.document, table.c.created)
            row = (await connection.execute(columns.where(_named(table, name)))).one_or_none()
            return StoredOperation(*row) if row else None

        operation = await self._database.read(get)
        if operation is None:
            raise NotFound(f"There is no operation {name!r}.")
        return operation


async def read_all(connection: "AsyncConnection") -> list[StoredRouter]:
    """All routers by their names' order."""
    return [StoredRouter(*row) for row in await connection.execute(_select_routers())]


def _select_routers() -> Any:
    table = schema.routers
    columns = (table.c.name, table.c.document, table.c.etag, table.c.created, table.c.updated)
    return sql.select(*columns).where(table.c.workspace == schema.WORKSPACE).order_by(table.c.name)


def _named(table: Any, name: str) -> "ColumnElement[bool]":
    return sql.and_(table.c.workspace == schema.WORKSPACE, table.c.name == name)


async def _record(connection: "AsyncConnection", operation: StoredOperation) -> None:
    """Keeps an operation, and forgets those that are old."""
    table = schema.operations
    forgotten = operation.created - _KEEP_OPERATIONS_SECONDS
    await connection.execute(sql.delete(table).where(table.c.created < forgotten))
    await connection.execute(
        sql.insert(table).values(name=operation.name, document=operation.document, created=operation.created)
    )


async def _refuse(connection: "AsyncConnection", name: str) -> NoReturn:
    """Says why nothing was changed. Raises `NotFound` or `Conflict`."""
    table = schema.routers
    found = await connection.execute(sql.select(table.c.etag).where(_named(table, name)))
    if found.one_or_none() is None:
        raise _no_router(name)
    raise Conflict(f"The router {name!r} has been changed since; read it again.")


def _no_router(name: str) -> NotFound:
    return NotFound(f"There is no router {name!r}.")
