"""Requests and records of them for tests."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from service.store.database import Database
from service.store.late import schema, sql
from service.store.requests import StoredRequest
from service.telemetry.record import RequestRecord
from service.types.ids import generation_id
from tests.store.engines import opened

NOW = 1_700_000_000.25


def id_of(number: int, at: float = NOW) -> str:
    """A generation's id, of a time."""
    return str(generation_id(at, number.to_bytes(10, "big")))


def request(number: int, at: float = NOW, **changes: Any) -> StoredRequest:
    """A request that was answered."""
    given: dict[str, Any] = {
        "generation_id": id_of(number, at),
        "router": "r",
        "route_id": "main",
        "variant_id": "a",
        "user_hash": None,
        "status": "ok",
        "http_status": 200,
        "ttft_ms": 100,
        "duration_ms": 1000,
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "cost": 0.5,
        "fallbacks": 0,
        "model": "acme/one",
        "unix_time": at,
    }
    return StoredRequest(**given | changes)


def record(number: int, at: float = NOW, **changes: Any) -> RequestRecord:
    """The record of a request that a router sent somewhere."""
    given: dict[str, Any] = {
        "generation_id": id_of(number, at),
        "request_id": None,
        "door": "rest",
        "stream": False,
        "requested_model": "inworld/r",
        "model": "acme/one",
        "plan": None,
        "attempts": [],
        "usage": None,
        "status": "ok",
        "error_type": None,
        "http_status": 200,
        "time_to_first_token_ms": 5,
        "duration_ms": 9,
        "unix_time": at,
        "router": "r",
        "route_id": "main",
        "variant_id": "a",
    }
    return RequestRecord(**given | changes)


def with_store(url: str, folder: Path, play: Callable[[Database], Awaitable[None]]) -> None:
    """Plays with a store, and closes it."""

    async def playing() -> None:
        async with opened(url, folder) as database:
            await play(database)

    asyncio.run(playing())


async def rows_of(database: Database, table: str) -> list[Any]:
    """All rows of a table, by generation."""

    async def read(connection: Any) -> list[Any]:
        asked = getattr(schema, table)
        return list(await connection.execute(sql.select(asked).order_by(asked.c.generation_id)))

    return await database.read(read)
