"""What callers think of answers; on both engines."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from service.errors import InvalidRequest, NotFound, Unavailable
from service.store import feedback as feedback_module
from service.store.database import Database
from service.store.feedback import YOUNG_SECONDS, Feedback
from service.store.requests import Requests
from tests.store.request_rows import NOW, id_of, request, rows_of, with_store


async def said(database: Database) -> list[tuple[str, str, float, bool, float]]:
    rows = await rows_of(database, "feedback")
    return [(row.generation_id, row.metric, row.value, bool(row.boolean), row.unix_time) for row in rows]


def test_a_second_value_takes_the_place_of_the_first(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add([request(1)])
        await Feedback(database, lambda: NOW + 1).add(id_of(1), "stars", 4.0, boolean=False)
        later = Feedback(database, lambda: NOW + 9)
        await later.add(id_of(1), "stars", 4.0, boolean=False)
        assert await said(database) == [(id_of(1), "stars", 4.0, False, NOW + 1)]
        await later.add(id_of(1), "stars", 2.5, boolean=False)
        await later.add(id_of(1), "liked", True, boolean=True)
        assert sorted(await said(database)) == [
            (id_of(1), "liked", 1.0, True, NOW + 9),
            (id_of(1), "stars", 2.5, False, NOW + 1),
        ]

    with_store(url, tmp_path, play)


@pytest.mark.parametrize("fresh", [True, False], ids=["another worker", "this worker"])
def test_a_metric_has_one_kind_in_a_router(url: str, tmp_path: Path, fresh: bool) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add([request(1), request(2), request(3, router="other")])
        first = Feedback(database, lambda: NOW)
        await first.add(id_of(1), "liked", True, boolean=True)
        await first.add(id_of(1), "stars", 3.0, boolean=False)
        again = Feedback(database, lambda: NOW) if fresh else first
        with pytest.raises(InvalidRequest, match="value: must be true or false, as 'liked'"):
            await again.add(id_of(2), "liked", 1.0, boolean=False)
        with pytest.raises(InvalidRequest, match="value: must be a number, as 'stars'"):
            await again.add(id_of(2), "stars", True, boolean=True)
        await again.add(id_of(2), "liked", False, boolean=True)
        await again.add(id_of(3), "liked", 1.0, boolean=False)

    with_store(url, tmp_path, play)


def test_a_router_has_so_many_metrics(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback_module, "MOST_METRICS", 2)

    async def play(database: Database) -> None:
        await Requests(database).add([request(1), request(2)])
        feedback = Feedback(database, lambda: NOW)
        await feedback.add(id_of(1), "one", 1.0, boolean=False)
        await feedback.add(id_of(1), "two", 1.0, boolean=False)
        for each in (feedback, Feedback(database, lambda: NOW)):
            with pytest.raises(InvalidRequest, match="metric: a router has at most 2 metrics"):
                await each.add(id_of(2), "three", 1.0, boolean=False)
            await each.add(id_of(2), "two", 1.0, boolean=False)

    with_store(url, tmp_path, play)


class Waiting:
    """Counts the seconds that are waited, and lets something happen after some of them."""

    def __init__(self, after: float = 1e9, happen: Callable[[], Awaitable[None]] | None = None) -> None:
        self.seconds = 0.0
        self._after = after
        self._happen = happen

    async def pause(self, seconds: float) -> None:
        self.seconds += seconds
        if self._happen and self.seconds >= self._after:
            await self._happen()
            self._happen = None


@pytest.mark.parametrize(
    ("id_", "waits"),
    [
        (id_of(1, NOW), True),
        (id_of(1, NOW - YOUNG_SECONDS + 1), True),
        (id_of(1, NOW + 50), True),
        (id_of(1, NOW - YOUNG_SECONDS - 1), False),
        (id_of(1, NOW + 70), False),
        (id_of(1, 0), False),
        ("9e107d9d-372b-4726-8b66-1b2c3d4e5f60", False),
        ("018bcfe5-68fa-4000-8000-000000000001", False),
        ("nothing", False),
    ],
)
def test_an_answer_without_a_row_is_none_in_the_end(url: str, tmp_path: Path, id_: str, waits: bool) -> None:
    async def play(database: Database) -> None:
        await Requests(database).add([request(9)])
        waiting = Waiting()
        feedback = Feedback(database, lambda: NOW, write_seconds=2.0, pause=waiting.pause)
        with pytest.raises(NotFound, match=r"no answer .* of a saved router, or it has not ended"):
            await feedback.add(id_, "liked", True, boolean=True)
        assert waiting.seconds == pytest.approx(5.0 if waits else 0.0)
        assert await said(database) == []

    with_store(url, tmp_path, play)


def test_a_row_that_comes_late_is_waited_for(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        async def written() -> None:
            await Requests(database).add([request(1)])

        waiting = Waiting(1.0, written)
        feedback = Feedback(database, lambda: NOW, pause=waiting.pause)
        await feedback.add(id_of(1), "liked", True, boolean=True)
        assert 1.0 <= waiting.seconds <= 1.5
        assert len(await said(database)) == 1

    with_store(url, tmp_path, play)


def test_feedback_is_forgotten_with_its_answer(url: str, tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        old, new = request(1, NOW - 100), request(2)
        await Requests(database).add([old, new])
        feedback = Feedback(database, lambda: NOW)
        for each in (old, new):
            await feedback.add(each.generation_id, "liked", True, boolean=True)
        assert await Requests(database).prune(NOW - 50, 10) == 2
        assert [row[0] for row in await said(database)] == [new.generation_id]

    with_store(url, tmp_path, play)


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    async def play(database: Database) -> None:
        with pytest.raises(Unavailable):
            await Feedback(database).add(id_of(1), "liked", True, boolean=True)

    (tmp_path / "file").touch()
    with_store(f"sqlite:///{tmp_path}/file/store.db", tmp_path, play)
