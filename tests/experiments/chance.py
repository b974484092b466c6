"""Experiments in which nothing, or something, is different; and how often chance may do what is rare."""

import math
import random
from collections.abc import Callable, Iterator, Sequence

from service.experiments.booleans import BooleanArm
from service.experiments.numbers import NumberArm

Draw = Callable[[random.Random], float]
ONE_IN = 10_000  # a correct program fails such a test once in so many seeds


def most(runs: int, probability: float) -> int:
    """A count that a binomial exceeds with a probability of less than 1 / ONE_IN."""
    left = 1.0
    for count in range(runs + 1):
        left -= math.comb(runs, count) * probability**count * (1 - probability) ** (runs - count)
        if left < 1 / ONE_IN:
            return count
    return runs


def boolean_arms(
    chance: random.Random, rates: Sequence[float], observations: int
) -> Iterator[list[BooleanArm]]:
    """The arms after each observation; who is observed next is drawn."""
    arms = [BooleanArm(0, 0) for _ in rates]
    for _ in range(observations):
        place = int(chance.random() * len(arms))
        arm = arms[place]
        arms[place] = BooleanArm(arm.observations + 1, arm.successes + (chance.random() < rates[place]))
        yield arms


def number_arms(chance: random.Random, draws: Sequence[Draw], observations: int) -> Iterator[list[NumberArm]]:
    """The same for numbers; sums are kept by Welford's rule."""
    arms = [NumberArm(0, None, None) for _ in draws]
    squares = [0.0 for _ in draws]
    for _ in range(observations):
        place = int(chance.random() * len(arms))
        value, arm = draws[place](chance), arms[place]
        count, mean = arm.observations + 1, arm.mean or 0.0
        moved = mean + (value - mean) / count
        squares[place] += (value - mean) * (value - moved)
        arms[place] = NumberArm(count, moved, squares[place] / (count - 1) if count > 1 else None)
        yield arms
