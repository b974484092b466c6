"""A store that nothing was saved in: there is no file, and nothing is opened."""

import asyncio
from pathlib import Path

import pytest

from service.errors import Unavailable
from service.store.requests import Requests
from service.store.routers import Routers
from service.store.snapshot import Snapshot
from tests.store.engines import opened
from tests.store.rows import create, until
from tests.store.watching import Seen, watching


def test_the_first_write_makes_it(tmp_path: Path) -> None:
    async def play() -> None:
        seen = Seen()
        async with watching(None, tmp_path, seen) as watch, opened(None, tmp_path) as database:
            assert (watch.connected, seen.snapshots) == (True, [Snapshot(0, (), ())])
            assert await watch.refresh()
            assert await Requests(database).prune(0.0, 10) == 0
            assert database.path
            assert not database.path.exists()
            await create(Routers(database), "a")
            await until(lambda: seen.names == ["a"])
            assert not database.unborn

    asyncio.run(play())


def test_where_none_can_be_made_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    async def play() -> None:
        url = f"sqlite:///{tmp_path}/file/store.db"
        async with watching(url, tmp_path, Seen(), start_seconds=0.1) as watch:
            assert not watch.connected
            assert not await watch.refresh()

    asyncio.run(play())


def _remove(path: Path) -> None:
    for name in ("", "-wal", "-shm"):
        Path(f"{path}{name}").unlink(missing_ok=True)


def test_one_that_was_there_is_not_made_anew(tmp_path: Path) -> None:
    """As a volume that is not mounted: what was kept stays in use, and nothing is written in its place."""

    async def play() -> None:
        seen = Seen()
        async with watching(None, tmp_path, seen), opened(None, tmp_path) as database:
            await create(Routers(database), "a")
            await until(lambda: seen.names == ["a"])
            await until((tmp_path / "snapshot").exists)
            path = database.path
        assert path
        _remove(path)
        again = Seen()
        async with watching(None, tmp_path, again, start_seconds=0.2) as watch:
            assert (watch.connected, again.names) == (False, ["a"])
            assert not path.exists()
            with pytest.raises(Unavailable):
                await create(Routers(watch._database), "b")
            assert not path.exists()

    asyncio.run(play())
