"""Requests are written once, counted by variant, and forgotten by age; on both engines."""

import math
import random
from pathlib import Path

import pytest

from service.store.database import Database
from service.store.request_counts import Counts, Percentiles, RequestCounts, Window
from service.store.requests import Requests
from tests.store.request_rows import NOW, id_of, request, rows_of, with_store

DAY = 86_400.0


def test_a_request_is_written_once(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        requests = Requests(database)
        await requests.add([])
        await requests.add([request(1), request(2)])
        await requests.add([request(2, model="other/two"), request(3, ttft_ms=None, cost=None, model=None)])
        rows = await rows_of(database, "requests")
        assert [row.generation_id for row in rows] == [id_of(1), id_of(2), id_of(3)]
        assert rows[1].model == "acme/one"
        assert (rows[2].ttft_ms, rows[2].cost, rows[2].model) == (None, None, None)
        assert {row.workspace for row in rows} == {"default"}
        assert await requests.router_of(id_of(1)) == "r"
        assert await requests.router_of(id_of(9)) is None

    with_store(url, tmp_path, play)


def test_the_old_are_forgotten_a_few_at_a_time(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        requests = Requests(database)
        old = [request(number, NOW - 2 * DAY) for number in range(5)]
        await requests.add([*old, request(1, NOW - DAY), request(2)])
        assert await requests.prune(NOW - DAY, 3) == 3
        assert await requests.prune(NOW - DAY, 3) == 2
        assert await requests.prune(NOW - DAY, 3) == 0
        rows = await rows_of(database, "requests")
        assert [row.generation_id for row in rows] == [id_of(1, NOW - DAY), id_of(2)]
        assert await requests.prune(-5.0, 3) == 0

    with_store(url, tmp_path, play)


def test_counts(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add(
            [
                request(1, fallbacks=2),
                request(2, status="error", http_status=502, ttft_ms=None, cost=None),
                request(3, status="cancelled", http_status=499, cost=0.25),
                request(4, variant_id="b", cost=None, fallbacks=1),
                request(5, route_id="other", prompt_tokens=2**31 - 1),
                request(6, route_id="other", prompt_tokens=2**31 - 1),
                request(7, router="another"),
            ]
        )
        assert await RequestCounts(database).counts("r", Window()) == [
            Counts("main", "a", 3, 1, 1, 30, 60, 0.75, 2, 1, 2),
            Counts("main", "b", 1, 0, 0, 10, 20, None, 0, 1, 1),
            Counts("other", "a", 2, 0, 0, 2 * (2**31 - 1), 40, 1.0, 2, 0, 0),
        ]
        assert await RequestCounts(database).counts("nobody", Window()) == []

    with_store(url, tmp_path, play)


@pytest.mark.parametrize(
    ("window", "count"),
    [
        (Window(), 3),
        (Window(since=NOW), 2),
        (Window(until=NOW), 1),
        (Window(NOW, NOW + 1), 1),
        (Window(NOW + 2), 0),
    ],
)
def test_a_window_holds_its_beginning_and_not_its_end(
    url: str, tmp_path: Path, window: Window, count: int
) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add([request(number, NOW + number - 1) for number in range(3)])
        found = await RequestCounts(database).counts("r", window)
        assert sum(each.requests for each in found) == count

    with_store(url, tmp_path, play)


@pytest.mark.parametrize("size", [1, 2, 99, 100, 101, 400])
def test_percentiles_are_those_of_the_nearest_rank(url: str, tmp_path: Path, size: int) -> None:
    chance = random.Random(size)
    times = {name: [chance.randrange(50) for _ in range(size)] for name in ("a", "b")}

    def expected(values: list[int]) -> tuple[int, ...]:
        return tuple(sorted(values)[math.ceil(percent * size / 100) - 1] for percent in (50, 90, 99))

    async def play(database: Database) -> None:
        rows = [(name, value) for name, values in times.items() for value in values]
        await Requests(database).add(
            [
                request(number, variant_id=name, ttft_ms=value, duration_ms=value + 7)
                for number, (name, value) in enumerate(rows)
            ]
        )
        counts = RequestCounts(database)
        first = [Percentiles("main", name, *expected(values)) for name, values in times.items()]
        whole = [each._replace(p50=each.p50 + 7, p90=each.p90 + 7, p99=each.p99 + 7) for each in first]
        assert sorted(await counts.first_content("r", Window())) == first
        assert sorted(await counts.durations("r", Window())) == whole

    with_store(url, tmp_path, play)


def test_only_what_took_time_counts(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add(
            [
                request(1, status="error", ttft_ms=None, duration_ms=1),
                request(2, status="cancelled", ttft_ms=300, duration_ms=2),
                request(3, ttft_ms=None, duration_ms=3),
            ]
        )
        counts = RequestCounts(database)
        assert await counts.first_content("r", Window()) == [Percentiles("main", "a", 300, 300, 300)]
        assert await counts.durations("r", Window()) == [Percentiles("main", "a", 3, 3, 3)]

    with_store(url, tmp_path, play)
