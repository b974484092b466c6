"""An observation is the first outcome of a user; on both engines."""

import random
import statistics
from pathlib import Path
from typing import Any

import pytest

from service.store.database import Database
from service.store.feedback import Feedback
from service.store.outcomes import OutcomeReader, Outcomes
from service.store.request_counts import Window
from service.store.requests import Requests
from tests.store.request_rows import NOW, id_of, request, with_store


async def measured(database: Database, metric: str, window: Window | None = None) -> list[Outcomes]:
    found = await OutcomeReader(database).measured("r", window or Window())
    return sorted(each for each in found if each.metric == metric)


def seen(found: list[Outcomes]) -> list[tuple[str, str, int, float]]:
    return [(each.route_id, each.variant_id, each.observations, each.mean) for each in found]


def test_the_first_outcome_of_a_user_counts_and_each_without_one(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add(
            [
                request(1, NOW + 1, user_hash="u", ttft_ms=10),
                request(2, NOW + 2, user_hash="u", ttft_ms=99),
                # His weights were changed: who has an outcome of one variant has none of another.
                request(3, NOW + 3, user_hash="u", ttft_ms=99, variant_id="b"),
                request(4, NOW + 4, user_hash="u", ttft_ms=40, route_id="other"),
                request(5, NOW + 5, user_hash="w", ttft_ms=20),
                request(6, NOW, ttft_ms=30),
                request(7, NOW, ttft_ms=40, variant_id="b"),
                request(8, NOW, ttft_ms=1, router="another"),
            ]
        )
        assert seen(await measured(database, "ttft_ms")) == [
            ("main", "a", 3, 20.0),
            ("main", "b", 1, 40.0),
            ("other", "a", 1, 40.0),
        ]
        assert seen(await measured(database, "ttft_ms", Window(since=NOW + 2))) == [
            ("main", "a", 2, 59.5),
            ("other", "a", 1, 40.0),
        ]

    with_store(url, tmp_path, play)


def test_requests_of_one_moment_are_one_observation(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add([request(number, user_hash="u") for number in range(5)])
        assert seen(await measured(database, "duration_ms")) == [("main", "a", 1, 1000.0)]

    with_store(url, tmp_path, play)


@pytest.mark.parametrize(
    ("metric", "mean"), [("error", 1.0), ("ttft_ms", 30.0), ("duration_ms", 4.0), ("cost", 0.125)]
)
def test_the_first_request_that_has_an_outcome(url: str, tmp_path: Path, metric: str, mean: float) -> None:
    async def play(database: Database) -> None:
        rows: list[dict[str, Any]] = [
            {"status": "cancelled", "ttft_ms": None, "duration_ms": 1, "cost": None},
            {"status": "error", "ttft_ms": None, "duration_ms": 2, "cost": None},
            {"status": "cancelled", "ttft_ms": 30, "duration_ms": 3, "cost": 0.5},
            {"ttft_ms": 40, "duration_ms": 4, "cost": None},
            {"ttft_ms": 50, "duration_ms": 5, "cost": 0.125},
        ]
        await Requests(database).add(
            [request(number, NOW + number, user_hash="u", **row) for number, row in enumerate(rows)]
        )
        assert seen(await measured(database, metric)) == [("main", "a", 1, mean)]

    with_store(url, tmp_path, play)


def test_means_and_variances(url: str, tmp_path: Path) -> None:
    chance = random.Random(3)
    times = [chance.randrange(1, 10**6) for _ in range(300)]

    async def play(database: Database) -> None:
        await Requests(database).add(
            [request(number, duration_ms=value, cost=0.1) for number, value in enumerate(times)]
        )
        (duration,) = await measured(database, "duration_ms")
        assert duration.mean == pytest.approx(statistics.fmean(times))
        assert duration.variance == pytest.approx(statistics.variance(times))
        (cost,) = await measured(database, "cost")
        assert cost.variance == 0
        (error,) = await measured(database, "error")
        assert (error.boolean, error.observations, error.total) == (True, 300, 0)

    with_store(url, tmp_path, play)


def test_outcomes_that_feedback_tells(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add(
            [
                request(1, user_hash="u"),
                request(2, user_hash="u"),
                request(3),
                request(4, variant_id="b"),
                request(5, router="another"),
            ]
        )
        times = iter(range(100))
        feedback = Feedback(database, clock=lambda: NOW + next(times))
        # What came first counts, though another request came before.
        for number, liked in ((2, True), (1, False), (3, False), (4, True), (5, True)):
            await feedback.add(id_of(number), "liked", liked, boolean=True)
            await feedback.add(id_of(number), "stars", number, boolean=False)
        # What is said anew changes the value and not the order.
        await feedback.add(id_of(2), "stars", 4.5, boolean=False)
        reader = OutcomeReader(database)
        found = sorted(await reader.told("r", Window()))
        assert [(*each[:2], *each[3:6]) for each in found] == [
            ("liked", True, "a", 2, 1.0),
            ("liked", True, "b", 1, 1.0),
            ("stars", False, "a", 2, 7.5),
            ("stars", False, "b", 1, 4.0),
        ]
        assert sorted(await reader.told("r", Window(), ["stars", "none"])) == found[2:]
        assert await reader.told("r", Window(since=NOW + 1)) == []

    with_store(url, tmp_path, play)


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e15, 1e100])
@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_feedback_far_from_zero_keeps_its_variance(
    url: str, tmp_path: Path, offset: float, spread: float
) -> None:
    chance = random.Random(4)
    values = [offset + spread * chance.gauss(0, 1) for _ in range(120)]

    async def play(database: Database) -> None:
        await Requests(database).add([request(number) for number in range(len(values))])
        feedback = Feedback(database)
        for number, value in enumerate(values):
            await feedback.add(id_of(number), "score", value, boolean=False)
        (found,) = await OutcomeReader(database).told("r", Window())
        assert found.mean == pytest.approx(statistics.fmean(values))
        if spread == 0 or abs(offset) > 1e14:
            assert found.variance is not None
            assert found.variance >= 0
        else:
            assert found.variance == pytest.approx(statistics.variance(values), rel=1e-6)

    with_store(url, tmp_path, play)


def test_who_left_before_the_end_is_no_failure(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add(
            [
                request(1, NOW + 1, status="cancelled"),
                request(2, NOW + 2, status="error"),
                request(3, NOW + 3),
            ]
        )
        assert seen(await measured(database, "error")) == [("main", "a", 2, 0.5)]

    with_store(url, tmp_path, play)
