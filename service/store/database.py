"""The store: one transaction a call, in bounded time, and one kind of failure.

SQLite in the data folder, or the PostgreSQL that a URL names. What opens it takes long to import, and is
imported in a thread when it is first needed.
"""

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from service.errors import Unavailable
from service.settings import SettingsError
from service.types.secret import Secret

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from service.store.engines import Engines

_FILE = "pointsman.db"
_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgresql+asyncpg://")
_CALL_SECONDS = 5.0
_CLOSE_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""What a call may take that counts a million rows."""
_T = TypeVar("_T")
_CLOSED = "it is closed"
NO_ANSWER = "it does not answer in time"


class StoreUnavailable(Unavailable):
    """The store does not answer now. `reason` is for the log; neither names an address or holds a secret."""

    def __init__(self, reason: str, message: str = "The store cannot be reached now.") -> None:
        super().__init__(message)
        self.reason = reason


class Database:
    """A store by its URL (`sqlite:///PATH`, `postgresql://...`); None is a file in the data folder.

    Belongs to one event loop. It is opened by the first call, and looked at anew after one that failed. A
    call that takes longer than `call_seconds` is given up. Nothing shows the URL. Raises `SettingsError` for
    one that is none.

    `must_exist` is whether something was saved in it before: then a file that is not there is a store that
    cannot be reached, and none is made in its place.
    """

    def __init__(self, url: str | None, data_dir: Path, *, call_seconds: float = _CALL_SECONDS) -> None:
        self.must_exist = False
        self.path: Path | None = None
        self.postgresql: Secret | None = None
        self.call_seconds = call_seconds
        self._engines: Engines | None = None
        self._opening: asyncio.Task[Engines] | None = None
        self._opened = False
        self._closed = False
        self._tasks: set[asyncio.Task[Any]] = set()
        if url is None:
            self.path = data_dir.absolute() / _FILE
        elif url.startswith(_SQLITE):
            self.path = _path(url.removeprefix(_SQLITE))
        elif url.startswith(_POSTGRESQL):
            self.postgresql = Secret("postgresql://" + url.partition("://")[2])
        else:
            raise SettingsError("[store] url: must begin with postgresql:// or sqlite:///")

    def __repr__(self) -> str:
        return f"Database({'PostgreSQL' if self.postgresql else 'SQLite'})"

    @property
    def unborn(self) -> bool:
        """Whether this is a file that the first write will make: there is nothing to open yet."""
        path = self.path
        if path is None or path.exists():
            return False
        above = next((each for each in path.parents if each.exists()), None)
        return above is not None and os.access(above, os.W_OK | os.X_OK)

    async def connect(self) -> None:
        """Opens the store unless it is open, and brings its tables up to date. Raises `StoreUnavailable`."""
        await self._open()

    async def read(
        self, do: "Callable[[AsyncConnection], Awaitable[_T]]", *, seconds: float | None = None
    ) -> _T:
        """Gives what `do` reads; all of it is of one moment.

        Raises `StoreUnavailable`, also when it takes longer than `seconds`, where others than a call's.
        """

        async def reading() -> _T:
            async with (await self._open()).read() as connection:
                return await do(connection)

        return await self._bounded(reading(), seconds)

    async def write(self, do: "Callable[[AsyncConnection], Awaitable[_T]]") -> _T:
        """Does all that `do` writes, or nothing of it.

        Raises `StoreUnavailable`: then it may be done, or not. Raises `AlreadyExists` when something is there
        of which there can be one only; what `do` raises undoes everything.
        """

        async def writing() -> _T:
            async with (await self._open()).write() as connection:
                return await do(connection)

        return await self._bounded(writing())

    async def aclose(self) -> None:
        """Closes all connections for good, when what runs has ended or was given up."""
        self._closed = True
        for task in self._tasks:
            self._give_up(task)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_SECONDS)
        if self._engines:
            await self._engines.aclose()
        self._engines = None

    async def _open(self) -> "Engines":
        if self._closed:
            raise StoreUnavailable(_CLOSED)
        if self.must_exist and self.unborn:
            raise StoreUnavailable("its file is gone")
        if self._opened and self._engines:
            return self._engines
        if self._opening is None:
            # No part of the call: one who gives up must not interrupt a migration that all wait for.
            self._opening = self._started(self._connect())
            self._opening.add_done_callback(self._end_opening)
        opening = self._opening
        await asyncio.wait({opening})
        return _result(opening)

    async def _connect(self) -> "Engines":
        if self._engines is None:
            module = await asyncio.to_thread(importlib.import_module, "service.store.engines")
            self._engines = module.Engines(self.path, self.postgresql, self.call_seconds)
        engines: Engines = self._engines
        await engines.open()
        self._opened = True
        return engines

    def _end_opening(self, _: object) -> None:
        self._opening = None

    async def _bounded(self, work: Coroutine[Any, Any, _T], seconds: float | None = None) -> _T:
        """Waits for something, but not for long; what is given up ends in the background."""
        task = self._started(work)
        try:
            await asyncio.wait({task}, timeout=seconds or self.call_seconds)
            return _result(task)
        except StoreUnavailable:
            self._opened = False  # whatever was there may not be there any more
            raise
        finally:
            self._give_up(task)

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        # SQLite ends by itself, by its own timeout; and aiosqlite that is stopped while it is being closed
        # waits for ever, even at the end of the event loop.
        if self.postgresql:
            task.cancel()

    def _started(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may wait for it any more


def _result(task: asyncio.Task[_T]) -> _T:
    if not task.done():
        raise StoreUnavailable(NO_ANSWER)
    if task.cancelled():
        raise StoreUnavailable(_CLOSED)
    return task.result()


def _path(written: str) -> Path:
    if "?" in written or not written.strip("/") or written.startswith(":"):
        raise SettingsError("[store] url: sqlite:/// goes before the path of a file, without options")
    return Path(written).absolute()
