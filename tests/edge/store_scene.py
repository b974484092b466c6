"""A real store for the doors that keep something: SQLite, and the watch of one worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.settings import StoreSettings
from service.store.database import Database
from service.store.snapshot import Snapshot
from service.store.watch import Watch
from tests.store.engines import opened

NOW = 1_800_000_000.0


@dataclass
class Kept:
    """A store, and the watch that follows it."""

    database: Database
    watch: Watch

    @property
    def snapshot(self) -> Snapshot:
        """What this worker serves from."""
        assert self.watch.snapshot is not None
        return self.watch.snapshot


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[Kept]:
    """A store that is followed."""
    async with opened(None, folder) as database:
        watch = Watch(database, folder, lambda _: None, StoreSettings(poll_seconds=60))
        await watch.start()
        try:
            yield Kept(database, watch)
        finally:
            await watch.aclose()


class Context:
    """A call as Envoy sends it, and what it was answered beside a body."""

    def __init__(self, address: str = "", **headers: str) -> None:
        self._given = {"x-envoy-original-path": address, **headers}
        self.headers: dict[str, Any] = {}
        self.status: Any = None

    @property
    def http_status(self) -> int:
        """The status of the response."""
        return int(self.headers.get("x-http-status", 200))

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._given.items())

    async def send_initial_metadata(self, headers: tuple[tuple[str, str], ...]) -> None:
        self.headers |= dict(headers)

    def set_trailing_metadata(self, headers: tuple[tuple[str, Any], ...]) -> None:
        self.headers |= dict(headers)

    async def abort(self, code: Any, message: str) -> None:
        self.status = (code, message)
