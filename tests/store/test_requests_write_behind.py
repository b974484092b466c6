"""Rows are written behind the answers, and nobody waits for them, whatever the store does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.errors import Unavailable
from service.settings import StoreSettings
from service.store.database import Database
from service.store.requests import Requests, StoredRequest
from service.store.write_behind import WriteBehind, stored, user_hash
from service.types.chunk import Usage
from service.types.metadata import Attempt
from tests.store.request_rows import NOW, id_of, record, rows_of, with_store
from tests.store.rows import until

QUICK = StoreSettings(write_seconds=0.02)
SLOW = StoreSettings(write_seconds=3600)


class FakeRequests(Requests):
    """A store that takes rows when it is told to."""

    def __init__(self) -> None:
        self.batches: list[Sequence[StoredRequest]] = []
        self.refused = 0
        self.pruned: list[tuple[float, int]] = []
        self.old = 0
        self.fault: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def written(self) -> list[str]:
        return [each.generation_id for batch in self.batches for each in batch]

    async def add(self, requests: Sequence[StoredRequest]) -> None:
        await self.gate.wait()
        if self.fault:
            self.refused += 1
            raise self.fault
        self.batches.append(requests)

    async def prune(self, before: float, most: int) -> int:
        if self.fault:
            raise self.fault
        self.pruned.append((before, most))
        forgotten = min(self.old, most)
        self.old -= forgotten
        return forgotten


def play(run: Callable[[FakeRequests], Awaitable[None]]) -> None:
    async def playing() -> None:
        await run(FakeRequests())

    asyncio.run(playing())


def ids(first: int, last: int) -> list[str]:
    return [id_of(number) for number in range(first, last)]


def test_rows_reach_the_store(url: str, tmp_path: Path) -> None:
    async def run(database: Database) -> None:
        writing = WriteBehind(Requests(database), QUICK)
        writing.start()
        for number in range(1200):
            writing.note(record(number % 1100))
        await until(lambda: not writing.waiting)
        assert len(await rows_of(database, "requests")) == 1100
        writing.note(record(5000))
        await writing.aclose(5)
        assert len(await rows_of(database, "requests")) == 1101
        assert writing.dropped == 0

    with_store(url, tmp_path, run)


def test_a_full_batch_does_not_wait() -> None:
    async def run(store: FakeRequests) -> None:
        writing = WriteBehind(store, SLOW)
        writing.start()
        for number in range(499):
            writing.note(record(number))
        await asyncio.sleep(0)
        assert not store.batches
        writing.note(record(499))
        await until(lambda: store.written == ids(0, 500))
        await writing.aclose(1)

    play(run)


def test_a_store_that_is_down_costs_nothing_but_the_newest(caplog: pytest.LogCaptureFixture) -> None:
    async def run(store: FakeRequests) -> None:
        now = [0.0]
        store.fault = Unavailable("down")
        writing = WriteBehind(store, QUICK, most_waiting=3, monotonic=lambda: now[0])
        writing.start()
        for number in range(6):
            writing.note(record(number))
        await until(lambda: store.refused > 2)
        assert (writing.waiting, writing.dropped) == (3, 3)
        now[0] = 59
        writing.note(record(6))
        now[0] = 61
        writing.note(record(7))
        assert writing.dropped == 5
        store.fault = None
        await until(lambda: store.written == ids(0, 3))
        await writing.aclose(1)

    with caplog.at_level(logging.WARNING):
        play(run)

    # At once, and what came since a minute later.
    assert [each.args for each in caplog.records] == [(1,), (4,)]


def test_what_cannot_be_written_for_a_reason_of_ours_is_not_tried_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run(store: FakeRequests) -> None:
        store.fault = ValueError("odd")
        writing = WriteBehind(store, QUICK)
        writing.start()
        writing.note(record(1))
        await until(lambda: writing.dropped == 1)
        store.fault = None
        writing.note(record(2))
        await until(lambda: store.written == [id_of(2)])
        await writing.aclose(1)

    play(run)

    assert "for a reason of ours" in caplog.text


@pytest.mark.parametrize("hangs", [True, False])
def test_the_end_waits_a_bounded_time(caplog: pytest.LogCaptureFixture, hangs: bool) -> None:
    async def run(store: FakeRequests) -> None:
        if hangs:
            store.gate.clear()
        else:
            store.fault = Unavailable("down")
        writing = WriteBehind(store, SLOW)
        writing.start()
        for number in range(7):
            writing.note(record(number))
        async with asyncio.timeout(5):
            await writing.aclose(0.05)
        assert (writing.waiting, writing.dropped, store.written) == (0, 7, [])

    play(run)

    assert "what 7 requests of routers did was not written" in caplog.text


def test_an_end_before_the_beginning() -> None:
    async def run(store: FakeRequests) -> None:
        writing = WriteBehind(store, SLOW)
        await writing.aclose(1)

    play(run)


def test_old_rows_are_forgotten_every_hour_a_few_at_a_time() -> None:
    async def run(store: FakeRequests) -> None:
        now = [0.0]
        settings = msgspec.structs.replace(QUICK, keep_days=2.0)
        writing = WriteBehind(store, settings, clock=lambda: NOW, monotonic=lambda: now[0])
        writing.start()
        writing.note(record(1))
        await until(lambda: len(store.batches) == 1)
        assert not store.pruned
        now[0], store.old = 61, 25_000
        await until(lambda: store.old == 0 and len(store.pruned) == 26)
        now[0] = 3600
        writing.note(record(2))
        await until(lambda: len(store.batches) == 2)
        assert len(store.pruned) == 26
        now[0] = 61 + 3600
        await until(lambda: len(store.pruned) == 27)
        assert set(store.pruned) == {(NOW - 2 * 86_400, 1000)}
        await writing.aclose(1)

    play(run)


@pytest.mark.parametrize("missing", ["generation_id", "router", "route_id", "variant_id"])
def test_only_what_a_router_sent_somewhere_is_kept(missing: str) -> None:
    without: dict[str, Any] = {missing: None}

    assert stored(record(1, **without)) is None


def test_what_is_kept() -> None:
    usage = Usage(prompt_tokens=3, completion_tokens=4, cost=Decimal("0.0125"))
    attempts = [Attempt(model=model) for model in ("a/one", "a/one", "b/two", "c/three")]

    assert stored(record(1, usage=usage, attempts=attempts, user="alice")) == StoredRequest(
        generation_id=id_of(1),
        router="r",
        route_id="main",
        variant_id="a",
        user_hash=user_hash("alice"),
        status="ok",
        http_status=200,
        ttft_ms=5,
        duration_ms=9,
        prompt_tokens=3,
        completion_tokens=4,
        cost=0.0125,
        fallbacks=2,
        model="acme/one",
        unix_time=NOW,
    )


def test_users_are_told_apart_and_not_named() -> None:
    assert user_hash("alice") == user_hash("alice") != user_hash("alicf")
    assert len(user_hash("\ud800" * 256)) == 32
    assert "alice" not in str(stored(record(1, user="alice")))


@pytest.mark.parametrize(
    "odd",
    [
        {"usage": Usage(prompt_tokens=10**30, completion_tokens=-5)},
        {"route_id": "nul\0", "variant_id": "\0", "model": "a/\0"},
        {"duration_ms": 2**40, "time_to_first_token_ms": 2**40},
        {"usage": Usage()},
        {"model": None, "time_to_first_token_ms": None, "user": ""},
    ],
)
def test_odd_rows_are_taken_by_the_store(url: str, tmp_path: Path, odd: dict[str, Any]) -> None:
    async def run(database: Database) -> None:
        row = stored(record(1, **odd))
        assert row is not None
        await Requests(database).add([row])
        assert len(await rows_of(database, "requests")) == 1

    with_store(url, tmp_path, run)


def test_a_record_that_cannot_be_read_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def run(store: FakeRequests) -> None:
        odd: Any = Usage(prompt_tokens="many")  # type: ignore[arg-type] # no decoder looks at what is made here
        writing = WriteBehind(store, SLOW)
        writing.note(record(1, usage=odd))
        assert writing.waiting == 0

    play(run)

    assert "for a reason of ours" in caplog.text
