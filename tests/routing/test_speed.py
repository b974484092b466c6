"""Planning stays fast where thousands of endpoints are on; what it costs exactly is told by `make bench`."""

import timeit

import pytest

from tests.routing.crowd import MODELS, PLANNINGS, PROVIDERS, crowd, planners

# Ten times what is promised of a quiet machine: only what is slower by its nature fails here.
BOUND_SECONDS = {"pinned": 0.002, "bare": 0.01, "chain": 0.01, "auto": 0.01}
PLANNERS = planners()
REPEATS, NUMBER = 7, 5


@pytest.mark.parametrize("shows", PLANNINGS)
def test_planning_is_fast(shows: str) -> None:
    seconds = min(timeit.repeat(PLANNERS[shows], number=NUMBER, repeat=REPEATS)) / NUMBER

    assert seconds < BOUND_SECONDS[PLANNINGS[shows].kind]


def test_the_catalog_is_large() -> None:
    assert len(list(crowd().listed())) == PROVIDERS * MODELS == 2_000
