"""Follows the store: every change is a new snapshot, and a store that is down changes nothing.

Each worker asks for the revision every `poll_seconds`; PostgreSQL tells of changes besides. The last snapshot
is kept in a file, from which a worker starts when the store does not answer.
"""

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from service.errors import Unavailable
from service.settings import StoreSettings
from service.store import snapshot as snapshots
from service.store.database import Database, StoreUnavailable
from service.store.revisions import read_number
from service.store.snapshot import Snapshot

_LOG = logging.getLogger(__name__)
_LOST_SECONDS = 1.0
"""A store that is down is looked for at least that often."""
_REFRESH_SECONDS = 0.05
_REFRESH_WAIT_SECONDS = 1.0


_NOTHING = Snapshot(0, (), ())


class Watch:
    """Calls `on_snapshot` with every new snapshot.

    `snapshot` is the last one, `connected` whether the store answered when it was last asked.
    """

    def __init__(
        self,
        database: Database,
        data_dir: Path,
        on_snapshot: Callable[[Snapshot], Awaitable[None] | None],
        settings: StoreSettings,
    ) -> None:
        self.connected = False
        self.snapshot: Snapshot | None = None
        self._database = database
        self._data_dir = data_dir
        self._on_snapshot = on_snapshot
        self._settings = settings
        self._looking = asyncio.Lock()
        self._looked = asyncio.Event()
        self._wake = asyncio.Event()
        self._last_look = 0.0
        self._next_look: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost = False
        self._unkept = False

    async def start(self) -> None:
        """Begins to follow. Waits `start_seconds` for the store, then goes on from the file."""
        kept = await asyncio.to_thread(snapshots.load_file, self._data_dir)
        self._database.must_exist = bool(kept and kept.revision)
        self._started(self._follow())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.start_seconds):
                await self._looked.wait()
        if self.snapshot is None and kept is not None:
            await self._take(kept)
        if self._database.postgresql:
            module = await asyncio.to_thread(importlib.import_module, "service.store.listening")
            self._started(module.listen(self._database.postgresql, self._wake.set))

    async def refresh(self) -> bool:
        """Looks now, for who misses what may just have been written; tells whether the store has answered.

        However many ask, at most 20 looks a second are taken; none when the store is down. Waits a second at
        most.
        """
        if not self.connected:
            return False
        look = self._next_look
        if look is None:
            look = self._next_look = self._started(self._look_soon())
        done, _ = await asyncio.wait({look}, timeout=_REFRESH_WAIT_SECONDS)
        return bool(done) and self.connected

    async def aclose(self) -> None:
        """Follows no more."""
        self.connected = False
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _started(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _follow(self) -> None:
        wait = self._settings.poll_seconds
        while True:
            await self._look()
            most = max(_LOST_SECONDS, self._settings.poll_seconds)
            wait = self._settings.poll_seconds if self.connected else min(2 * wait, most)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    async def _look_soon(self) -> None:
        await asyncio.sleep(self._last_look + _REFRESH_SECONDS - time.monotonic())
        async with self._looking:
            self._next_look = None  # who asks from now on wants a later look
            if self.connected:
                await self._look_now()

    async def _look(self) -> None:
        async with self._looking:
            await self._look_now()

    async def _look_now(self) -> None:
        self._last_look = time.monotonic()
        self._wake.clear()
        try:
            found = await self._read()
        except Unavailable as error:
            self._lose(error.reason if isinstance(error, StoreUnavailable) else error.message)
        except Exception as fault:  # noqa: BLE001 - a fault of ours must not end the following
            self._lose("for a reason of ours", fault)
        else:
            await self._find(found)

    async def _read(self) -> Snapshot | None:
        """What is new; None where nothing is."""
        known = self.snapshot
        if self._database.unborn and not self._database.must_exist:
            # An installation that saves nothing pays nothing: what would open the file takes 20 MB.
            return _NOTHING if known != _NOTHING else None
        number = await read_number(self._database)
        if self.connected and known and known.revision == number:
            return None
        # One that was away may be another one with the same number: all of it is looked at.
        found = await snapshots.read(self._database)
        return found if found != known else None

    async def _find(self, found: Snapshot | None) -> None:
        self.connected = True
        if self._lost:
            _LOG.info("the store is back")
            self._lost = False
        if found is not None:
            await self._take(found)
        self._looked.set()
        if found is not None:
            await self._keep(found)

    def _lose(self, reason: str, fault: Exception | None = None) -> None:
        self.connected = False
        if not self._lost:
            level = logging.ERROR if fault else logging.WARNING
            kept = "its last snapshot is used" if self.snapshot else "nothing is known of it yet"
            _LOG.log(level, "the store cannot be reached: %s; %s", reason, kept, exc_info=fault)
            self._lost = True

    async def _take(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._database.must_exist = self._database.must_exist or snapshot.revision > 0
        try:
            taken = self._on_snapshot(snapshot)
            if taken is not None:
                await taken
        except Exception:  # noqa: BLE001 - the next snapshot may be better
            _LOG.exception("a snapshot of the store is not used, for a reason of ours")

    async def _keep(self, snapshot: Snapshot) -> None:
        try:
            await asyncio.to_thread(snapshots.save_file, self._data_dir, snapshot)
            self._unkept = False
        except OSError as error:
            if not self._unkept:
                _LOG.warning("the snapshot of the store cannot be kept in a file: %s", error.strerror)
            self._unkept = True
