"""Users stay where they are, and are shared out as weights say."""

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.routing.saved.assignment import place_of, point_of

USERS = [f"user-{number}" for number in range(10_000)]
POINTS = [point_of("desk", "default", user) for user in USERS]
# Pinned: another hash would move every user of every router.
GOLDEN = {
    ("desk", "default", "u-17"): 30.368661994872724,
    ("desk", "default", "u-18"): 79.68154026640201,
    ("desk", "gold", "u-17"): 0.2030349197463477,
    ("other", "default", "u-17"): 72.5668942765792,
    ("desk", "default", "é\u4e16"): 85.956811045231,
}


def test_golden() -> None:
    assert {names: point_of(*names) for names in GOLDEN} == GOLDEN


def test_changed_weights_move_only_those_at_the_boundary() -> None:
    before = [place_of(point, (70, 30)) for point in POINTS]
    after = [place_of(point, (60, 40)) for point in POINTS]

    moved = Counter(zip(before, after, strict=True))
    assert 900 < moved[0, 1] < 1_100
    assert not moved[1, 0]


@pytest.mark.parametrize("weights", [(50, 50), (70, 30), (1, 99), (0, 100), (10, 20, 30, 40), (0.5, 99.5)])
def test_shares_match_the_weights(weights: tuple[float, ...]) -> None:
    counts = Counter(place_of(point, weights) for point in POINTS)

    for place, weight in enumerate(weights):
        share = weight / 100
        deviation = math.sqrt(len(USERS) * share * (1 - share))
        assert abs(counts[place] - len(USERS) * share) <= 4 * deviation


@pytest.mark.parametrize(("router", "route"), [("desk", "gold"), ("other", "default"), ("default", "desk")])
def test_routes_and_routers_are_independent(router: str, route: str) -> None:
    other = [point_of(router, route, user) for user in USERS]

    both = sum(one < 50 and two < 50 for one, two in zip(POINTS, other, strict=True))
    assert abs(both - 2_500) < 4 * math.sqrt(10_000 * 0.25 * 0.75)


def test_names_that_are_one_text_together_are_still_several() -> None:
    names = [("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd"), ("1:a", "", "b"), ("", "1:a", "b")]

    assert len({point_of(*each) for each in names}) == len(names)


POINT = st.floats(0, 100, exclude_max=True)
WEIGHTS = st.lists(st.integers(0, 20), min_size=1, max_size=12).filter(any)


@given(POINT, WEIGHTS)
def test_everybody_gets_a_variant_that_has_a_weight(point: float, parts: list[int]) -> None:
    weights = [part * 100 / sum(parts) for part in parts]  # which often sum to a little less, or more

    assert weights[place_of(point, weights)] > 0


@given(WEIGHTS)
def test_the_ends_of_the_line(parts: list[int]) -> None:
    weights = [part * 100 / sum(parts) for part in parts]
    having = [place for place, weight in enumerate(weights) if weight]

    assert place_of(0.0, weights) == having[0]
    assert place_of(math.nextafter(100, 0), weights) == having[-1]


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50))
def test_a_point_lies_on_the_line(router: str, route: str, user: str) -> None:
    assert 0 <= point_of(router, route, user) < 100


def test_a_boundary_belongs_to_the_next() -> None:
    assert [place_of(point, (50, 0, 50)) for point in (0, 49.999, 50, 99.9)] == [0, 0, 2, 2]


def test_no_two_users_share_a_point() -> None:
    assert all(one != two for one, two in itertools.pairwise(sorted(POINTS)))
