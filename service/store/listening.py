"""Hears of changes from PostgreSQL at once, over a connection of its own. `Watch` imports this late."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import asyncpg

from service.store.database import StoreUnavailable
from service.store.engines import connect
from service.store.revisions import CHANNEL
from service.types.secret import Secret

_RENEW_SECONDS = 1.0
_ALIVE_SECONDS = 5.0
"""How often a quiet connection is asked whether it is still there, and how long it has to say so."""


async def listen(url: Secret, on_change: Callable[[], None]) -> None:
    """Calls back on every change, until it is cancelled. A lost connection is renewed.

    It says nothing of failures: whoever polls sees them too.
    """
    failures = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, StoreUnavailable)
    while True:
        with contextlib.suppress(*failures):
            connection = await connect(url, _ALIVE_SECONDS)
            try:
                await _listen(connection, on_change)
            finally:
                connection.terminate()
        await asyncio.sleep(_RENEW_SECONDS)


async def _listen(connection: Any, on_change: Callable[[], None]) -> None:
    def changed(*_: object) -> None:
        on_change()

    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    await connection.add_listener(CHANNEL, changed)
    on_change()  # what happened before
    while not ended.is_set():
        await connection.execute("SELECT 1", timeout=_ALIVE_SECONDS)
        try:
            async with asyncio.timeout(_ALIVE_SECONDS):
                await ended.wait()
        except TimeoutError:
            continue
