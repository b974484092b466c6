"""A store that is down, silent or damaged: callers are told in time, and it heals by itself."""

import asyncio
import logging
import sqlite3
import time
from pathlib import Path

import pytest
import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from service.errors import Unavailable
from service.store import engines
from service.store.database import StoreUnavailable
from service.store.keys import Keys
from service.store.revisions import read_number
from service.store.routers import Routers
from service.store.snapshot import Snapshot, save_file
from tests.store.engines import opened, postgres, postgres_url
from tests.store.proxy import proxied
from tests.store.rows import create, key, until
from tests.store.watching import Seen, watching

KEPT = Snapshot(7, (), (key("kept"),))
NOWHERE = "postgresql://operator:hunter2@127.0.0.1:1/none"


@pytest.mark.parametrize("kind", ["refused", "garbage", "folder"])
def test_a_start_without_the_store_goes_on_from_the_file(kind: str, tmp_path: Path) -> None:
    url, place = NOWHERE, tmp_path / "place"
    if kind != "refused":
        url = f"sqlite:///{place}"
        place.write_bytes(b"garbage" * 1000) if kind == "garbage" else place.mkdir()
    save_file(tmp_path, KEPT)

    async def play() -> None:
        seen = Seen()
        began = time.monotonic()
        async with watching(url, tmp_path, seen, start_seconds=0.1, poll_seconds=0.02) as follower:
            assert time.monotonic() - began < 5
            assert seen.snapshots == [KEPT]
            assert follower.snapshot == KEPT
            assert not follower.connected
            await follower.refresh()
            await asyncio.sleep(0.2)
            assert seen.snapshots == [KEPT]

    asyncio.run(play())


def test_a_start_with_neither_store_nor_file_heals(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    place = tmp_path / "store.db"
    place.write_bytes(b"garbage" * 1000)
    (tmp_path / "snapshot").write_bytes(b"damaged")

    async def play() -> None:
        seen = Seen()
        url = f"sqlite:///{place}"
        async with watching(url, tmp_path, seen, start_seconds=0.2, poll_seconds=0.02) as follower:
            assert follower.snapshot is None
            assert seen.snapshots == []
            place.unlink()
            async with opened(url, tmp_path) as database:
                await create(Routers(database), "a")
            await until(lambda: seen.names == ["a"])
            assert follower.connected

    asyncio.run(play())
    assert [record.getMessage() for record in caplog.records if "watch" in record.name] == [
        "the store cannot be reached: file is not a database; nothing is known of it yet",
        "the store is back",
    ]


def test_postgresql_may_be_restarted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def play(url: str) -> None:
        seen = Seen()
        answered: list[str] = []
        async with (
            watching(url, tmp_path, seen, poll_seconds=0.05) as follower,
            opened(url, tmp_path) as database,
        ):
            routers = Routers(database)
            running = asyncio.create_task(_keep_writing(routers, answered))
            await until(lambda: len(answered) > 5)
            await asyncio.to_thread(postgres().stop)
            await until(lambda: not follower.connected)
            assert answered[-1] == "unavailable"
            began = time.monotonic()
            for ask in (routers.get("r0"), routers.list(3), Keys(database).list(), create(routers, "x")):
                with pytest.raises(Unavailable):
                    await ask
            assert time.monotonic() - began < 5
            assert seen.names
            before = len(answered)
            await asyncio.to_thread(postgres().start)
            await until(lambda: follower.connected, 20)
            await until(lambda: any(word != "unavailable" for word in answered[before:]), 20)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            acknowledged = {word for word in answered if word != "unavailable"}
            assert acknowledged <= {router.name for router in await routers.list(100_000)}
            await create(routers, "y")
            await until(lambda: "y" in seen.names, 20)
            numbers = [each.revision for each in seen.snapshots]
            assert numbers == sorted(set(numbers)), "nothing is told twice"

    with postgres_url() as url:
        try:
            asyncio.run(play(url))
        finally:
            postgres().start()
    words = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(words) == 1
    assert words[0].startswith("the store cannot be reached: ")


def test_connections_that_died_unseen_fail_no_call(tmp_path: Path) -> None:
    async def play(url: str) -> None:
        async with opened(url, tmp_path) as database:
            routers = Routers(database)
            await asyncio.gather(*(create(routers, f"r{number}") for number in range(8)))
            await asyncio.to_thread(postgres().stop)
            await asyncio.to_thread(postgres().start)
            for number in range(8):
                assert (await routers.get(f"r{number}")).etag == f"etag-r{number}"

    with postgres_url() as url:
        try:
            asyncio.run(play(url))
        finally:
            postgres().start()


def test_tables_that_are_lost_are_made_anew(url: str, tmp_path: Path) -> None:
    async def lose(connection: AsyncConnection) -> None:
        for table in ("routers", "alembic_version", "operations", "keys", "revision", "requests", "feedback"):
            await connection.execute(sql.text(f"DROP TABLE {table}"))

    async def play() -> None:
        async with opened(url, tmp_path) as database, opened(url, tmp_path) as other:
            routers = Routers(database)
            await create(routers, "a")
            await other.write(lose)
            with pytest.raises(StoreUnavailable):
                await routers.get("a")
            await create(routers, "b")
            assert [router.name for router in await routers.list(10)] == ["b"]

    asyncio.run(play())


async def _keep_writing(routers: Routers, answered: list[str]) -> None:
    number = 0
    while True:
        try:
            name = f"r{number}"
            number += 1
            await create(routers, name)
            assert (await routers.get(name)).name == name
            answered.append(name)
        except Unavailable:
            answered.append("unavailable")
        await asyncio.sleep(0.01)


def test_a_silent_store_holds_nobody_up(tmp_path: Path) -> None:
    async def play(url: str) -> None:
        seen = Seen()
        async with (
            proxied(tmp_path) as proxy,
            watching(proxy.url(url), tmp_path, seen, poll_seconds=0.05, call_seconds=0.5) as follower,
            opened(proxy.url(url), tmp_path, call_seconds=0.5) as database,
        ):
            routers = Routers(database)
            await create(routers, "a")
            proxy.fall_silent()
            with pytest.raises(Unavailable):
                await create(routers, "b")
            began = time.monotonic()
            asked = [*(routers.get("a") for _ in range(20)), *(create(routers, f"b{n}") for n in range(5))]
            given = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(each, Unavailable) for each in given)
            await until(lambda: not follower.connected, 5)
            await follower.refresh()
            assert time.monotonic() - began < 5
            proxy.speak()
            await until(lambda: follower.connected)
            await create(routers, "c")
            await until(lambda: "c" in seen.names)
            assert seen.names == ["a", "c"], "what was given up is not done later"
            await proxy.cut()
            await until(lambda: follower.connected)
            await _until_it_answers(routers)

    with postgres_url() as url:
        asyncio.run(play(url))


async def _until_it_answers(routers: Routers) -> None:
    """Every connection may fail once."""
    for _ in range(4):
        try:
            await routers.get("a")
        except Unavailable:
            continue
        return
    raise AssertionError("it does not heal")


def test_a_store_that_is_silent_from_the_start_can_be_left(tmp_path: Path) -> None:
    async def play(url: str) -> None:
        async with proxied(tmp_path) as proxy:
            proxy.fall_silent()
            began = time.monotonic()
            async with watching(
                proxy.url(url), tmp_path, Seen(), start_seconds=0.1, call_seconds=0.5
            ) as follower:
                assert not follower.connected
            async with opened(proxy.url(url), tmp_path, call_seconds=0.5) as database:
                for _ in range(2):
                    with pytest.raises(Unavailable):
                        await Routers(database).get("a")
                with pytest.raises(Unavailable):
                    await database.connect()
            assert time.monotonic() - began < 10

    with postgres_url() as url:
        asyncio.run(play(url))


def test_a_silent_store_can_be_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_CLOSE_SECONDS", 0.3)

    async def play(url: str) -> None:
        async with proxied(tmp_path) as proxy:
            async with opened(proxy.url(url), tmp_path) as database:
                routers = Routers(database)
                await asyncio.gather(*(create(routers, f"r{number}") for number in range(8)))
                proxy.fall_silent()
                began = time.monotonic()
                running = asyncio.create_task(create(routers, "x"))
                await asyncio.sleep(0.1)
            for call in (running, create(routers, "y"), database.connect()):
                with pytest.raises(StoreUnavailable) as caught:
                    await call
                assert caught.value.reason == "it is closed"
            assert time.monotonic() - began < 8

    with postgres_url() as url:
        asyncio.run(play(url))


def test_who_gives_up_takes_nothing_along(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as database:
            routers = Routers(database)
            first = asyncio.create_task(create(routers, "first"))  # its call opens the store
            await asyncio.sleep(0)
            first.cancel()
            for number in range(60):
                task = asyncio.create_task(create(routers, f"r{number}"))
                for _ in range(number):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await create(routers, "last")
            for name in [router.name for router in await routers.list(100)]:
                assert (await routers.operation(f"operations/{name}")).document

    asyncio.run(play())


def test_a_file_that_is_closed_while_it_is_read_leaves_nothing_running(tmp_path: Path) -> None:
    async def play() -> None:
        for steps in range(0, 80, 2):
            async with opened(None, tmp_path) as database:
                await create(Routers(database), f"r{steps}")
                calls = [asyncio.create_task(read_number(database)) for _ in range(3)]
                for _ in range(steps):
                    await asyncio.sleep(0)
                for call in calls:
                    call.cancel()
                await asyncio.gather(*calls, return_exceptions=True)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for _ in range(3):  # or a failure of this test would never end
                for task in left:
                    task.cancel()
                await asyncio.sleep(0)
            assert not left, steps

    asyncio.run(play())


def test_a_file_that_is_being_written_is_opened_when_it_is_free(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "pointsman.db", isolation_level=None)

    async def play() -> None:
        async with opened(None, tmp_path) as database:
            other.execute("BEGIN IMMEDIATE")
            opening = asyncio.create_task(database.connect())
            await asyncio.sleep(0.5)
            assert not opening.done()
            other.execute("COMMIT")
            await opening

    try:
        asyncio.run(play())
    finally:
        other.close()


def test_another_writer_of_the_file_is_waited_for_but_not_for_long(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(None, tmp_path, call_seconds=0.5) as database:
            routers = Routers(database)
            await create(routers, "a")
            other = sqlite3.connect(tmp_path / "pointsman.db", isolation_level=None)
            try:
                other.execute("BEGIN IMMEDIATE")
                assert (await routers.get("a")).name == "a"
                with pytest.raises(StoreUnavailable) as caught:
                    await create(routers, "b")
                assert caught.value.reason == "database is locked"
                waiting = asyncio.create_task(create(routers, "c"))
                await asyncio.sleep(0.1)
                other.execute("COMMIT")
                assert (await waiting).name == "c"
            finally:
                other.close()

    asyncio.run(play())
