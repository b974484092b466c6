"""What is promised holds when one looks after every observation: false verdicts, and bounds that hold.

Seeded, so each test gives the same every time; the number of runs that may fail is what chance allows.
"""

import random

import pytest

from service.experiments import booleans, numbers
from service.experiments.booleans import BooleanArm
from service.experiments.judgement import State, verdict
from tests.experiments.chance import Draw, boolean_arms, most, number_arms

ALPHA = 0.05
RUNS = 400
OBSERVATIONS = 2_000


@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_equal_rates_are_not_told_apart(rate: float) -> None:
    chance = random.Random(11)

    def false() -> bool:
        looks = boolean_arms(chance, (rate, rate), OBSERVATIONS)
        return any(booleans.differ(first, second, ALPHA) for first, second in looks)

    assert sum(false() for _ in range(RUNS)) <= most(RUNS, ALPHA)


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda chance: chance.gauss(10, 3), id="normal"),
        pytest.param(lambda chance: chance.lognormvariate(0, 1), id="lognormal"),
    ],
)
def test_equal_means_are_not_told_apart(draw: Draw) -> None:
    chance = random.Random(12)

    def false() -> bool:
        looks = number_arms(chance, (draw, draw), OBSERVATIONS)
        return any(numbers.differ(first, second, ALPHA) for first, second in looks)

    assert sum(false() for _ in range(RUNS)) <= most(RUNS, ALPHA)


def test_none_of_four_equal_variants_wins() -> None:
    chance, alpha, runs = random.Random(13), 0.2, 100

    def won(arms: list[BooleanArm]) -> bool:
        return verdict(dict(zip("abcd", arms, strict=True)), alpha).state is State.BETTER

    false = sum(any(won(arms) for arms in boolean_arms(chance, (0.3,) * 4, 1_000)) for _ in range(runs))

    assert false <= most(runs, alpha)


@pytest.mark.parametrize("rates", [(0.05, 0.05), (0.3, 0.5), (0.0, 1.0)])
def test_bounds_of_rates_hold_at_all_times(rates: tuple[float, float]) -> None:
    chance, alpha, runs = random.Random(14), 0.2, 60

    def missed() -> tuple[bool, bool]:
        mean = difference = False
        for seen, (first, second) in enumerate(boolean_arms(chance, rates, 300)):
            if seen % 30 == 0:
                bounds = first.interval(alpha)
                mean |= bounds is not None and not bounds.lower <= rates[0] <= bounds.upper
                bounds = booleans.difference(second, first, alpha)
                true = rates[1] - rates[0]
                difference |= bounds is not None and not bounds.lower <= true <= bounds.upper
        return mean, difference

    means, differences = zip(*(missed() for _ in range(runs)), strict=True)

    assert sum(means) <= most(runs, alpha)
    assert sum(differences) <= most(runs, alpha)


def test_bounds_of_means_hold_at_all_times() -> None:
    chance, alpha, runs = random.Random(15), 0.1, 100
    draws: tuple[Draw, Draw] = (
        lambda chance: chance.gauss(2, 1),
        lambda chance: chance.expovariate(0.2),
    )

    def missed() -> tuple[bool, bool]:
        mean = difference = False
        for first, second in number_arms(chance, draws, 1_500):
            bounds = second.interval(alpha)
            mean |= bounds is not None and not bounds.lower <= 5 <= bounds.upper
            bounds = numbers.difference(second, first, alpha)
            difference |= bounds is not None and not bounds.lower <= 3 <= bounds.upper
        return mean, difference

    means, differences = zip(*(missed() for _ in range(runs)), strict=True)

    assert sum(means) <= most(runs, alpha)
    assert sum(differences) <= most(runs, alpha)


def test_a_better_rate_is_found() -> None:
    chance = random.Random(16)

    for _ in range(20):
        *_, arms = boolean_arms(chance, (0.1, 0.2, 0.1), 6_000)
        found = verdict(dict(zip("abc", arms, strict=True)), ALPHA)
        assert (found.state, found.winner) == (State.BETTER, "b")


def test_a_better_mean_is_found() -> None:
    chance = random.Random(17)
    draws: tuple[Draw, Draw] = (lambda chance: chance.gauss(10, 3), lambda chance: chance.gauss(9, 3))

    for _ in range(20):
        *_, arms = number_arms(chance, draws, 3_000)
        found = verdict(dict(zip("ab", arms, strict=True)), ALPHA, lower_is_better=True)
        assert (found.state, found.winner) == (State.BETTER, "b")
