"""Every worker sees every change in time, by asking and by being told."""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from service.store import listening, revisions, watch
from service.store import snapshot as snapshots
from service.store.keys import Keys
from service.store.routers import Routers
from service.store.snapshot import Snapshot, load_file
from tests.store.engines import opened, postgres, postgres_url
from tests.store.rows import create, key, operation, until
from tests.store.watching import NEVER, Seen, watching

# Ten times what is promised: one second on a machine, two over PostgreSQL.
MACHINE_SECONDS, POSTGRES_SECONDS = 10.0, 20.0


@pytest.fixture
def postgresql(tmp_path: Path) -> Any:
    with postgres_url() as url:
        yield url


def test_all_workers_see_every_kind_of_change(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        one, two = Seen(), Seen()
        async with (
            watching(url, tmp_path, one) as first,
            watching(url, tmp_path, two) as second,
            opened(url, tmp_path) as database,
        ):
            assert first.connected
            assert one.snapshots == [Snapshot(0, (), ())]
            routers, keys = Routers(database), Keys(database)

            async def all_see(names: list[str], key_count: int) -> None:
                def seen(each: Seen) -> bool:
                    return each.names == names and len(each.snapshots[-1].keys) == key_count

                await until(lambda: seen(one) and seen(two), MACHINE_SECONDS)

            await create(routers, "a")
            await all_see(["a"], 0)
            await routers.update("a", b"new", "e2", "etag-a", operation("o2"))
            await until(lambda: two.snapshots[-1].routers[0].document == b"new", MACHINE_SECONDS)
            await keys.create(key())
            await all_see(["a"], 1)
            await keys.revoke("key-1")
            await until(lambda: bool(two.snapshots[-1].keys[0].revoked), MACHINE_SECONDS)
            await routers.delete("a", "e2")
            await all_see([], 1)
            assert second.snapshot == two.snapshots[-1]
            await until(lambda: load_file(tmp_path) == second.snapshot)
            numbers = [each.revision for each in two.snapshots]
            assert numbers == sorted(set(numbers)), "nothing is told twice"

    asyncio.run(play())


def test_postgresql_tells_of_changes_at_once(postgresql: str, tmp_path: Path) -> None:
    async def play() -> None:
        seen = Seen()
        async with (
            watching(postgresql, tmp_path, seen, poll_seconds=NEVER),
            opened(postgresql, tmp_path) as database,
        ):
            for number in range(3):
                await create(Routers(database), f"r{number}")
                await until(lambda: len(seen.names) == number + 1, POSTGRES_SECONDS)  # noqa: B023 - now

    asyncio.run(play())


def test_a_listener_that_is_cut_off_listens_again(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_RENEW_SECONDS", 0.3)
    listeners = "FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'"

    async def play() -> None:
        seen = Seen()
        async with (
            watching(postgresql, tmp_path, seen, poll_seconds=NEVER),
            opened(postgresql, tmp_path) as database,
        ):
            await create(Routers(database), "a")
            await until(lambda: seen.names == ["a"], POSTGRES_SECONDS)
            await asyncio.to_thread(postgres().execute, f"SELECT pg_terminate_backend(pid) {listeners}")
            await create(Routers(database), "b")
            await until(lambda: seen.names == ["a", "b"], POSTGRES_SECONDS)
            await create(Routers(database), "c")
            await until(lambda: seen.names == ["a", "b", "c"], POSTGRES_SECONDS)

    asyncio.run(play())


def test_polls_are_the_net_where_nobody_listens(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(listening, "listen", deaf)

    async def play() -> None:
        seen = Seen()
        async with watching(postgresql, tmp_path, seen), opened(postgresql, tmp_path) as database:
            await create(Routers(database), "a")
            await until(lambda: seen.names == ["a"], POSTGRES_SECONDS)

    asyncio.run(play())


def test_a_refresh_sees_what_was_written_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    async def read_number(database: Any) -> int:
        looks.append(time.monotonic())
        return await revisions.read_number(database)

    monkeypatch.setattr(watch, "read_number", read_number)

    async def play() -> None:
        seen = Seen()
        async with (
            watching(None, tmp_path, seen, poll_seconds=NEVER) as follower,
            opened(None, tmp_path) as database,
        ):
            for number in range(3):
                await create(Routers(database), f"r{number}")
                await follower.refresh()
                assert len(seen.names) == number + 1
            looks.clear()
            began = time.monotonic()
            await asyncio.gather(*(follower.refresh() for _ in range(500)))
            assert len(looks) == 1
            while time.monotonic() < began + 0.5:
                await asyncio.gather(*(follower.refresh() for _ in range(10)))
            assert len(looks) <= 2 + (time.monotonic() - began) / 0.05

    asyncio.run(play())


def test_a_fault_of_who_is_told_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []

    def fail(snapshot: Snapshot) -> None:
        told.append(snapshot.revision)
        raise RuntimeError("no good")

    async def play() -> None:
        async with watching(None, tmp_path, fail, poll_seconds=0.01), opened(None, tmp_path) as database:
            await create(Routers(database), "a")
            await until(lambda: told == [0, 1])
            await create(Routers(database), "b")
            await until(lambda: told == [0, 1, 2])

    asyncio.run(play())
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR] * 3


def test_a_fault_of_ours_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def fail(*_: object) -> Snapshot:
        raise RuntimeError("no good")

    async def play() -> None:
        seen = Seen()
        async with (
            watching(None, tmp_path, seen, poll_seconds=0.01) as follower,
            opened(None, tmp_path) as database,
        ):
            with monkeypatch.context() as patch:
                patch.setattr(snapshots, "read", fail)
                await create(Routers(database), "a")
                await until(lambda: not follower.connected)
            await until(lambda: seen.names == ["a"])
            assert follower.connected

    asyncio.run(play())
    assert [record.levelname for record in caplog.records if "watch" in record.name] == ["ERROR", "INFO"]


def test_a_snapshot_that_cannot_be_kept_is_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "snapshot").mkdir()

    async def play() -> None:
        seen = Seen()
        async with watching(None, tmp_path, seen, poll_seconds=0.01), opened(None, tmp_path) as database:
            for number in range(3):
                await create(Routers(database), f"r{number}")
                await until(lambda: len(seen.names) == number + 1)  # noqa: B023 - now

    asyncio.run(play())
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "the snapshot of the store cannot be kept in a file: Is a directory"
    ]
