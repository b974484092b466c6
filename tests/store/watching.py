"""A watch for tests, that notes what it is told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from service.settings import StoreSettings
from service.store.snapshot import Snapshot
from service.store.watch import Watch
from tests.store.engines import opened

NEVER = 3600.0


class Seen:
    """What a watch told, in its order."""

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []

    def __call__(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    @property
    def names(self) -> list[str]:
        """The routers of the last snapshot."""
        return [router.name for router in self.snapshots[-1].routers] if self.snapshots else []


@asynccontextmanager
async def watching(
    url: str | None,
    folder: Path,
    on_snapshot: Callable[[Snapshot], Awaitable[None] | None],
    *,
    poll_seconds: float = 0.25,
    start_seconds: float = 10.0,
    call_seconds: float = 5.0,
) -> AsyncIterator[Watch]:
    """A watch that has started, over a connection of its own."""
    settings = StoreSettings(poll_seconds=poll_seconds, start_seconds=start_seconds)
    async with opened(url, folder, call_seconds) as database:
        watch = Watch(database, folder, on_snapshot, settings)
        try:
            await watch.start()
            yield watch
        finally:
            await watch.aclose()
