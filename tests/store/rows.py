"""Routers, operations and keys for tests, and waiting for what others do."""

import asyncio
import hashlib
import time
from collections.abc import Callable

from service.store.routers import Routers
from service.store.rows import StoredKey, StoredOperation, StoredRouter

NOW = 1_700_000_000.25


def operation(name: str = "operations/1", at: float = NOW) -> StoredOperation:
    return StoredOperation(name, b'{"done": true}', at)


def key(id_: str = "key-1", *, created: float = NOW, expires: float | None = None) -> StoredKey:
    permissions = ("chat", "routers.read")
    return StoredKey(
        id_, hashlib.sha256(id_.encode()).digest(), f"named {id_}", permissions, created, expires
    )


async def create(routers: Routers, name: str, text: str = "{}", at: float = NOW) -> StoredRouter:
    """Writes a router with an etag and an operation made of its name."""
    return await routers.create(name, text.encode(), f"etag-{name}", operation(f"operations/{name}", at))


async def until(look: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for something to be true."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s")
        await asyncio.sleep(0.01)
