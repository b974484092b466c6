"""Keys, on both engines."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from service.errors import AlreadyExists, NotFound
from service.store.keys import Keys
from service.store.revisions import read_number
from tests.store.engines import opened
from tests.store.rows import NOW, key


def test_keys_are_kept_and_listed_by_age(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as database:
            keys = Keys(database)
            young, old = key("young", created=NOW + 1), key("old", expires=NOW + 60)
            for each in (young, old):
                await keys.create(each)
            assert await keys.list() == [old, young]
            assert await read_number(database) == 2

    asyncio.run(play())


def test_ids_and_hashes_are_there_once(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as database:
            keys = Keys(database)
            first = key("first")
            await keys.create(first)
            same_hash = msgspec.structs.replace(first, id="second")
            same_id = msgspec.structs.replace(first, hash=b"other")
            for again in (same_hash, same_id):
                with pytest.raises(AlreadyExists, match=f"a key '{again.id}' already"):
                    await keys.create(again)
            assert await keys.list() == [first]
            assert await read_number(database) == 1

    asyncio.run(play())


def test_a_key_is_revoked_once_and_for_all(url: str, tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(url, tmp_path) as database:
            times = iter((NOW + 5, NOW + 6, NOW + 7))
            keys = Keys(database, clock=lambda: next(times))
            await keys.create(key("a"))
            await keys.create(key("b"))
            for _ in range(2):
                await keys.revoke("a")
            with pytest.raises(NotFound, match="no key 'c'"):
                await keys.revoke("c")
            assert {each.id: each.revoked for each in await keys.list()} == {"a": NOW + 5, "b": None}

    asyncio.run(play())


def test_a_key_shows_no_hash() -> None:
    assert repr(key("a")) == "StoredKey(id='a', …)"
