"""Several processes and tasks write at once: nothing is lost, and of those who want the same one wins."""

import asyncio
import sqlite3
from collections import Counter
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from service.errors import AlreadyExists, Conflict
from service.store.revisions import number_of, read_number
from service.store.routers import Routers, read_all
from service.store.rows import StoredRouter
from tests.store.children import children
from tests.store.engines import opened, postgres_url
from tests.store.rows import create, operation


def test_of_processes_that_write_the_same_one_wins_and_the_rest_is_kept(url: str, tmp_path: Path) -> None:
    with children(3, "race", url, tmp_path) as racers:
        for racer in racers:
            racer.go()
        told = [[racer.word() for _ in range(3)] for racer in racers]
    assert Counter(words[0] for words in told) == {"created": 1, "exists": 2}
    assert Counter(words[1] for words in told) == {"updated": 1, "conflict": 2}
    assert {words[2] for words in told} == {"done"}

    async def play() -> None:
        async with opened(url, tmp_path) as database:
            routers = Routers(database)
            assert len(await routers.list(1000)) == 3 * 40 + 1
            assert (await routers.get("shared")).etag in "abc"
            assert await read_number(database) == 2 + 3 * 40

    asyncio.run(play())


def test_of_tasks_that_write_the_same_one_wins(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as one, opened(url, tmp_path) as two:
            stores = [Routers(one), Routers(two)]
            made = await asyncio.gather(
                *(create(stores[n % 2], "a") for n in range(12)), return_exceptions=True
            )
            assert sum(isinstance(each, AlreadyExists) for each in made) == 11
            changed = await asyncio.gather(
                *(stores[n % 2].update("a", b"", f"e{n}", "etag-a", operation(f"o{n}")) for n in range(12)),
                return_exceptions=True,
            )
            (winner,) = [each for each in changed if not isinstance(each, BaseException)]
            assert sum(isinstance(each, Conflict) for each in changed) == 11
            assert await stores[0].get("a") == winner
            removed = await asyncio.gather(
                *(stores[n % 2].delete("a", winner.etag) for n in range(12)), return_exceptions=True
            )
            assert removed.count(None) == 1

    asyncio.run(play())


def test_what_is_read_at_once_is_of_one_moment(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as one, opened(url, tmp_path) as two:
            await create(Routers(one), "a")

            async def read(connection: AsyncConnection) -> list[StoredRouter]:
                assert await number_of(connection) == 1
                await create(Routers(two), "b")
                return await read_all(connection)

            assert [router.name for router in await one.read(read)] == ["a"]
            assert [router.name for router in await Routers(one).list(10)] == ["a", "b"]

    asyncio.run(play())


def test_postgresql_ends_the_transaction_of_a_writer_that_stopped(tmp_path: Path) -> None:
    """A machine that froze in the middle of a write must not hold up the others for ever."""

    async def play(url: str) -> None:
        async with opened(url, tmp_path, call_seconds=0.5) as frozen, opened(url, tmp_path) as other:
            await create(Routers(frozen), "a")

            async def ask(connection: AsyncConnection) -> list[str]:
                names = ("statement_timeout", "idle_in_transaction_session_timeout")
                return [str(await connection.scalar(sql.text(f"SHOW {name}"))) for name in names]

            assert await frozen.write(ask) == ["500ms", "500ms"]
            await create(Routers(other), "b")

    with postgres_url() as url:
        asyncio.run(play(url))


def test_what_was_acknowledged_outlives_a_killed_process(url: str, tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with children(2, "write", url, tmp_path) as writers:
        for writer in writers:
            writer.go()
        for _ in range(25):
            acknowledged += [writer.word() for writer in writers]
        for writer in writers:
            writer.process.kill()
        for writer in writers:
            acknowledged += writer.words.read().split()

    async def play() -> None:
        async with opened(url, tmp_path) as database:
            routers = Routers(database)
            kept = {router.name for router in await routers.list(100_000)}
            assert set(acknowledged) <= kept
            assert len(kept) <= len(acknowledged) + 2
            assert await read_number(database) == len(kept)
            await create(routers, "after")

    asyncio.run(play())
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
