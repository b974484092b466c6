"""What bounds do whatever was seen: they move with the data, widen with certainty, and mirror."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.experiments import booleans, numbers
from service.experiments.booleans import BooleanArm
from service.experiments.interval import Interval
from service.experiments.numbers import MIN_OBSERVATIONS, NumberArm

LEVELS = st.floats(0.001, 0.5)
BOOLEANS = st.integers(1, 3_000).flatmap(
    lambda observations: st.builds(BooleanArm, st.just(observations), st.integers(0, observations))
)
NUMBERS = st.builds(
    NumberArm, st.integers(MIN_OBSERVATIONS, 10**6), st.floats(-1e6, 1e6), st.floats(1e-6, 1e6)
)


def known(bounds: Interval | None) -> Interval:
    assert bounds is not None
    return bounds


@given(BOOLEANS, LEVELS)
def test_the_bounds_of_a_rate_hold_what_was_seen(arm: BooleanArm, alpha: float) -> None:
    bounds, rate = known(arm.interval(alpha)), arm.successes / arm.observations

    assert 0 <= bounds.lower <= rate <= bounds.upper <= 1


@given(BOOLEANS, LEVELS)
def test_one_more_success_moves_both_bounds_up(arm: BooleanArm, alpha: float) -> None:
    before = known(arm.interval(alpha))
    after = known(BooleanArm(arm.observations + 1, arm.successes + 1).interval(alpha))

    assert after.lower >= before.lower - 1e-12
    assert after.upper >= before.upper - 1e-12


@given(BOOLEANS, BOOLEANS, LEVELS)
def test_the_bounds_of_a_difference_of_rates(arm: BooleanArm, baseline: BooleanArm, alpha: float) -> None:
    bounds = known(booleans.difference(arm, baseline, alpha))
    mirrored = known(booleans.difference(baseline, arm, alpha))
    wider = known(booleans.difference(arm, baseline, alpha / 2))
    seen = arm.successes / arm.observations - baseline.successes / baseline.observations

    assert -1 <= bounds.lower <= seen + 1e-12
    assert seen - 1e-12 <= bounds.upper <= 1
    assert (-mirrored.upper, -mirrored.lower) == pytest.approx(bounds, abs=1e-9)
    assert wider.lower <= bounds.lower + 1e-12
    assert wider.upper >= bounds.upper - 1e-12


@given(BOOLEANS, BOOLEANS, LEVELS)
def test_rates_differ_when_the_bounds_say_so(arm: BooleanArm, baseline: BooleanArm, alpha: float) -> None:
    bounds = known(booleans.difference(arm, baseline, alpha))

    if abs(bounds.lower) > 1e-9 and abs(bounds.upper) > 1e-9:
        assert booleans.differ(arm, baseline, alpha) is bounds.without_zero


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_a_difference_is_narrower_than_two_sequences_of_half_the_level(alpha: float) -> None:
    arm, baseline = BooleanArm(1_000, 300), BooleanArm(1_000, 250)
    one, other = known(arm.interval(alpha / 2)), known(baseline.interval(alpha / 2))
    bounds = known(booleans.difference(arm, baseline, alpha))

    assert bounds.upper - bounds.lower < 0.9 * (one.upper - other.lower - one.lower + other.upper)


@pytest.mark.parametrize(
    ("arm", "baseline", "lower", "upper"),
    [
        (BooleanArm(1, 1), BooleanArm(1, 0), -1, 1),
        (BooleanArm(500, 500), BooleanArm(500, 500), -0.03, 0.03),
        (BooleanArm(500, 500), BooleanArm(500, 0), 0.97, 1),
        (BooleanArm(10**6, 0), BooleanArm(1, 1), -1, 0.1),
        (BooleanArm(10**9, 10**8), BooleanArm(10**9, 10**8), -1e-4, 1e-4),
    ],
)
def test_differences_at_the_ends(arm: BooleanArm, baseline: BooleanArm, lower: float, upper: float) -> None:
    bounds = known(booleans.difference(arm, baseline, 0.05))

    assert lower <= bounds.lower <= bounds.upper <= upper


def test_nothing_seen_says_nothing() -> None:
    assert BooleanArm(0, 0).interval(0.05) is None
    assert BooleanArm(0, 0).mean is None
    assert booleans.difference(BooleanArm(0, 0), BooleanArm(9, 3), 0.05) is None
    assert not booleans.differ(BooleanArm(0, 0), BooleanArm(0, 0), 0.05)
    assert not booleans.differ(BooleanArm(0, 0), BooleanArm(9_000, 3), 0.05)


@pytest.mark.parametrize(
    "arm",
    [
        NumberArm(0, None, None),
        NumberArm(1, 3.0, None),
        NumberArm(MIN_OBSERVATIONS - 1, 3.0, 1.0),
        NumberArm(10**6, 3.0, 0.0),
    ],
)
def test_few_numbers_or_equal_ones_say_nothing(arm: NumberArm) -> None:
    other = NumberArm(10**6, 100.0, 1.0)

    assert arm.interval(0.05) is None
    assert numbers.difference(arm, other, 0.05) is None
    assert numbers.difference(other, arm, 0.05) is None
    assert not numbers.differ(arm, other, 0.05)


@given(NUMBERS, NUMBERS, LEVELS)
def test_the_bounds_of_a_difference_of_means(arm: NumberArm, baseline: NumberArm, alpha: float) -> None:
    bounds = known(numbers.difference(arm, baseline, alpha))
    mirrored = known(numbers.difference(baseline, arm, alpha))
    wider = known(numbers.difference(arm, baseline, alpha / 2))

    assert (-mirrored.upper, -mirrored.lower) == pytest.approx(bounds)
    assert wider.lower < bounds.lower < bounds.upper < wider.upper
    assert numbers.differ(arm, baseline, alpha) is bounds.without_zero
