"""Saved routers and their operations, on both engines."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from service.errors import AlreadyExists, Conflict, InvalidRequest, NotFound
from service.store.database import Database
from service.store.revisions import read_number
from service.store.routers import Routers
from service.store.rows import StoredRouter
from tests.store.engines import opened
from tests.store.rows import NOW, create, operation

DAY = 24 * 3600.0


def with_routers(url: str, folder: Path, play: Callable[[Routers, Database], Awaitable[None]]) -> None:
    async def playing() -> None:
        async with opened(url, folder) as database:
            await play(Routers(database), database)

    asyncio.run(playing())


def test_a_router_is_what_was_written_until_it_is_deleted(url: str, tmp_path: Path) -> None:
    document = bytes(range(256)) + "é\u2028".encode()

    async def play(routers: Routers, _: Database) -> None:
        written = await routers.create("a", document, "e1", operation("o1"))
        assert written == StoredRouter("a", document, "e1", NOW, NOW)
        assert await routers.get("a") == written
        changed = await routers.update("a", b"new", "e2", "e1", operation("o2", NOW + 1))
        assert changed == StoredRouter("a", b"new", "e2", NOW, NOW + 1)
        assert await routers.get("a") == changed
        await routers.delete("a", "e2")
        with pytest.raises(NotFound, match="no router 'a'"):
            await routers.get("a")
        await routers.create("a", document, "e1", operation("o3"))

    with_routers(url, tmp_path, play)


def test_what_cannot_be_changes_nothing(url: str, tmp_path: Path) -> None:
    async def play(routers: Routers, database: Database) -> None:
        kept = await create(routers, "a")
        revision = await read_number(database)
        with pytest.raises(AlreadyExists, match="a router 'a' already"):
            await routers.create("a", b"other", "e", operation("o1"))
        with pytest.raises(Conflict, match="router 'a' has been changed"):
            await routers.update("a", b"other", "e", "wrong", operation("o2"))
        with pytest.raises(NotFound, match="no router 'b'"):
            await routers.update("b", b"other", "e", "etag-a", operation("o3"))
        with pytest.raises(Conflict, match="router 'a' has been changed"):
            await routers.delete("a", "wrong")
        for etag in ("etag-a", None):
            with pytest.raises(NotFound, match="no router 'b'"):
                await routers.delete("b", etag)
        assert await routers.list(10) == [kept]
        assert await read_number(database) == revision
        for name in ("o1", "o2", "o3"):
            with pytest.raises(NotFound):
                await routers.operation(name)
        await routers.delete("a", None)
        assert await routers.list(10) == []

    with_routers(url, tmp_path, play)


def test_every_write_is_a_new_revision(url: str, tmp_path: Path) -> None:
    async def play(routers: Routers, database: Database) -> None:
        seen = [await read_number(database)]
        await create(routers, "a")
        seen.append(await read_number(database))
        await routers.update("a", b"", "e2", "etag-a", operation("o2"))
        seen.append(await read_number(database))
        await routers.delete("a", "e2")
        seen.append(await read_number(database))
        assert seen == [0, 1, 2, 3]

    with_routers(url, tmp_path, play)


def test_pages_are_in_the_order_of_bytes_and_say_whether_there_is_more(url: str, tmp_path: Path) -> None:
    names = ["0", "a", "a-", "a-b", "a-c", "a0", "ab", "b", "z-9"]

    async def play(routers: Routers, _: Database) -> None:
        for name in reversed(names):
            await create(routers, name)
        seen: list[str] = []
        while page := [router.name for router in await routers.list(4, seen[-1] if seen else "")]:
            assert len(page) == min(5, len(names) - len(seen))
            seen += page[:4]
        assert seen == names == sorted(names)
        assert [router.name for router in await routers.list(100, "a-b")] == names[4:]
        assert [router.name for router in await routers.list(1, "a-a")] == ["a-b", "a-c"]

    with_routers(url, tmp_path, play)


def test_operations_are_kept_for_a_week(url: str, tmp_path: Path) -> None:
    async def play(routers: Routers, _: Database) -> None:
        await create(routers, "a", at=NOW)
        await create(routers, "b", at=NOW + 2 * DAY)
        assert await routers.operation("operations/a") == operation("operations/a")
        await create(routers, "c", at=NOW + 8 * DAY)
        with pytest.raises(NotFound, match="no operation 'operations/a'"):
            await routers.operation("operations/a")
        assert await routers.operation("operations/b") == operation("operations/b", NOW + 2 * DAY)

    with_routers(url, tmp_path, play)


@pytest.mark.parametrize("text", ["nul\0", "half \ud800", "'; DROP TABLE routers; --", "%", "é" * 5000])
def test_any_text_may_be_asked_for(url: str, tmp_path: Path, text: str) -> None:
    """SQLite knows texts that PostgreSQL does not; neither fails over one."""

    async def play(routers: Routers, _: Database) -> None:
        await create(routers, "a")
        for _again in range(6):  # more than there are connections
            with pytest.raises((NotFound, InvalidRequest)):
                await routers.get(text)
        for ask in (
            routers.operation(text),
            routers.update(text, b"", "e", "e", operation("o")),
            routers.delete(text, None),
            routers.delete("b", text),
        ):
            with pytest.raises((NotFound, InvalidRequest)):
                await ask
        assert [router.name for router in await routers.list(1)] == ["a"]

    with_routers(url, tmp_path, play)
