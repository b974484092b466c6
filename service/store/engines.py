"""SQLAlchemy's engines, and what their failures mean here. `Database` imports this late."""

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from service.errors import AlreadyExists, InvalidRequest, Violation
from service.store import migrating
from service.store.database import NO_ANSWER, StoreUnavailable
from service.types.secret import Secret

# It says at length what `Watch` says once: that connections are lost.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
_POOL: dict[str, Any] = {"pool_size": 2, "max_overflow": 2, "hide_parameters": True}
_MIGRATION_SECONDS = 60.0
_CLOSE_SECONDS = 2.0
_BUSY_SHARE = 0.8
"""SQLite waits that much of a call's time for other writers."""
_RETRY_SECONDS = 0.02
_DUPLICATES = {
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    asyncpg.UniqueViolationError.sqlstate,
}


class Engines:
    """One pool, for reading and for writing: the file at `path`, else the server of a `postgresql` URL."""

    def __init__(self, path: Path | None, postgresql: Secret | None, call_seconds: float) -> None:
        self._path = path
        self._call_seconds = call_seconds
        self._engine = _sqlite(path, call_seconds) if path else _postgresql(postgresql, call_seconds)
        options = {} if path else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self._engine.execution_options(begin="BEGIN", **options)
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")

    async def open(self) -> None:
        """Makes what is missing. Raises `StoreUnavailable`."""
        with _translated():
            if self._path:
                _make_file(self._path)
                async with asyncio.timeout(self._call_seconds):
                    await self._write_ahead()
            async with asyncio.timeout(self._call_seconds), self._transaction(self._reader) as connection:
                current = await connection.run_sync(migrating.is_current)
            if not current:
                await asyncio.to_thread(migrating.prepare)
                async with (
                    asyncio.timeout(_MIGRATION_SECONDS),
                    self._transaction(self._writer) as connection,
                ):
                    await connection.run_sync(migrating.upgrade)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one moment. Raises `StoreUnavailable`."""
        with _translated():
            async with self._transaction(self._reader) as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed unless something is raised. Raises as `Database.write` does."""
        with _translated():
            async with self._transaction(self._writer) as connection:
                if self._path is None:
                    await self._end_with_us(connection)
                yield connection

    async def aclose(self) -> None:
        """Closes the connections; those that cannot be closed in time are left."""
        with contextlib.suppress(StoreUnavailable), _translated():
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._engine.dispose()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        async with engine.connect() as connection:
            try:
                async with connection.begin():
                    yield connection
            except sql.exc.DBAPIError as error:
                expected = isinstance(error, sql.exc.IntegrityError) or _is_unfit(error)
                if not expected and not connection.invalidated:
                    # What is wrong with this connection may be right with a new one.
                    await connection.invalidate()
                raise

    async def _end_with_us(self, connection: AsyncConnection) -> None:
        """Has the server end a transaction that this process does not, as it holds up other writers."""
        milliseconds = str(int(self._call_seconds * 1000))
        names = ("statement_timeout", "idle_in_transaction_session_timeout")
        local = True
        await connection.execute(
            sql.select(*(sql.func.set_config(name, milliseconds, local) for name in names))
        )

    async def _write_ahead(self) -> None:
        """Has SQLite's readers and writers not wait for each other; the file remembers it."""
        engine = self._engine.execution_options(begin=None)
        while True:
            try:
                async with self._transaction(engine) as connection:  # which `begin` keeps from being one
                    if await connection.scalar(sql.text("PRAGMA journal_mode")) != "wal":
                        await connection.execute(sql.text("PRAGMA journal_mode=WAL"))
            except sql.exc.OperationalError as error:
                # Other processes that do the same are not waited for by SQLite itself.
                if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return


def _sqlite(path: Path, call_seconds: float) -> AsyncEngine:
    # rw: SQLite itself would make a file that others may read.
    url = sql.URL.create(
        "sqlite+aiosqlite", database=f"file:{quote(str(path))}", query={"mode": "rw", "uri": "true"}
    )
    # Python's own transactions begin too late; `begin` below does it.
    arguments = {"isolation_level": None, "timeout": call_seconds * _BUSY_SHARE}
    engine = create_async_engine(url, connect_args=arguments, pool_timeout=call_seconds, **_POOL)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sql.Connection) -> None:
        statement = connection.get_execution_options()["begin"]
        if statement == "BEGIN IMMEDIATE":
            # What is acknowledged is on disk, whatever this SQLite was built to do.
            connection.exec_driver_sql("PRAGMA synchronous=FULL")
        if statement:
            connection.exec_driver_sql(statement)

    return engine


def _postgresql(url: Secret | None, call_seconds: float) -> AsyncEngine:
    if url is None:
        raise ValueError("neither a path nor a URL")

    async def connection() -> Any:
        return await connect(url, call_seconds)

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connection,
        pool_pre_ping=True,
        pool_timeout=call_seconds,
        **_POOL,
    )


async def connect(url: Secret, seconds: float) -> Any:
    """A connection of asyncpg's. Raises `StoreUnavailable`, and what `asyncpg.connect` raises."""
    try:
        return await asyncpg.connect(
            url.reveal(), timeout=seconds, server_settings={"application_name": "pointsman"}
        )
    except (ValueError, TypeError):
        raise StoreUnavailable("its URL cannot be used") from None


def _make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One that is there is not touched: to close a file drops all locks that this process has on it, and then
    # whoever else closes it removes the log that we still write (SQLite, "How To Corrupt", 2.2).
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


@contextmanager
def _translated() -> Iterator[None]:
    """Says what the engines' failures mean. Their words may hold what the URL does."""
    try:
        yield
    except sql.exc.IntegrityError as error:
        given = (getattr(error.orig, name, None) for name in ("sqlite_errorcode", "sqlstate"))
        if _DUPLICATES.isdisjoint(given):
            raise
        raise AlreadyExists("There is such a one already.") from None
    except UnicodeEncodeError:
        raise _unfit() from None
    except (
        sql.exc.DBAPIError,
        sql.exc.TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        OSError,
    ) as error:
        # PostgreSQL holds no U+0000, and what asyncpg cannot encode it refuses itself.
        raise (_unfit() if _is_unfit(error) else StoreUnavailable(_reason(error))) from None


def _unfit() -> InvalidRequest:
    return InvalidRequest([Violation("", "holds a character or a number that cannot be stored")])


def _is_unfit(error: BaseException) -> bool:
    cause = error.orig.__cause__ if isinstance(error, sql.exc.DBAPIError) and error.orig else None
    return isinstance(cause, (asyncpg.DataError, ValueError))


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, sql.exc.DBAPIError) and error.orig else error
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    if isinstance(cause, TimeoutError):
        return NO_ANSWER
    return type(cause.__cause__ or cause).__name__
