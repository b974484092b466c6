"""What an experiment says of one metric of one route: means, differences, and whether a variant is best.

All may be looked at as often as one likes: with probability 1 - alpha all bounds of the differences hold at
all times, and no verdict is false. To that end each pair of the k variants has alpha / (k (k-1) / 2)
(Bonferroni); the bounds of the means have alpha / k each, and decide nothing.

This holds for one metric of one route, for outcomes that do not depend on each other (one of each user), and
for variants that do not depend on them either, as with lots. More metrics looked at are more chances to be
wrong. The variants to compare are those the experiment began with: one that comes later makes it another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.experiments import booleans, numbers
from service.experiments.booleans import BooleanArm
from service.experiments.interval import Interval
from service.experiments.numbers import MIN_OBSERVATIONS, NumberArm

Arm = BooleanArm | NumberArm


class State(StrEnum):
    """How far an experiment is."""

    NO_DATA = "no data"
    SINGLE = "single variant"
    UNDECIDED = "undecided"
    BETTER = "better"


@dataclass(frozen=True, slots=True)
class Mean:
    """A variant's mean (of a boolean, its rate); the interval is None while nothing can be said."""

    variant_id: str
    observations: int
    mean: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A variant's mean less the baseline's; the interval is None while nothing can be said."""

    variant_id: str
    baseline: str
    difference: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a variant is better than every other that was observed, and the same in words."""

    state: State
    winner: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that is said of one metric; `alpha` is for all differences together, and for all means together."""

    method: str
    alpha: float
    means: tuple[Mean, ...]
    differences: tuple[Difference, ...]
    verdict: Verdict


def judge(arms: Mapping[str, Arm], alpha: float, *, lower_is_better: bool = False) -> Judgement:
    """Judges variants by id; the first is the baseline of differences. Arms are all boolean or all numbers.

    Differences are told to the baseline, and where another variant leads, to that too.
    """
    means = tuple(
        Mean(name, arm.observations, arm.mean, arm.interval(alpha / len(arms))) for name, arm in arms.items()
    )
    return Judgement(
        method=booleans.METHOD
        if all(isinstance(arm, BooleanArm) for arm in arms.values())
        else numbers.METHOD,
        alpha=alpha,
        means=means,
        differences=_differences(arms, alpha, _ranked(arms, lower_is_better=lower_is_better)),
        verdict=verdict(arms, alpha, lower_is_better=lower_is_better),
    )


def verdict(arms: Mapping[str, Arm], alpha: float, *, lower_is_better: bool = False) -> Verdict:
    """Tells whether a variant is better than all others."""
    ranked = _ranked(arms, lower_is_better=lower_is_better)
    if not ranked:
        return Verdict(State.NO_DATA, None, "Nothing has been observed.")
    leader, *rivals = ranked
    if not rivals:
        return Verdict(State.SINGLE, None, f"Only {leader} has been observed; there is nothing to compare.")
    if waiting := [name for name in arms if name in ranked and not arms[name].enough]:
        return Verdict(State.UNDECIDED, None, f"Undecided: {_lack(arms, waiting)}.")
    level = _pair_alpha(arms, alpha)
    if equal := [name for name in rivals if not differ(arms[leader], arms[name], level)]:
        leaders = [name for name in ranked if arms[name].mean == arms[leader].mean]
        if len(leaders) > 1:
            told = f"Undecided: nobody leads; {', '.join(leaders)} are equal so far."
        else:
            told = f"Undecided: {leader} leads, but may be no better than {', '.join(equal)}."
        return Verdict(State.UNDECIDED, None, told)
    told = (
        f"{leader} is better than {', '.join(rivals)}; "
        f"the chance to say so wrongly, however often one looks, is at most {alpha * 100:g} %."
    )
    return Verdict(State.BETTER, leader, told)


def _pair_alpha(arms: Mapping[str, Arm], alpha: float) -> float:
    return alpha / max(1, len(arms) * (len(arms) - 1) // 2)


def _ranked(arms: Mapping[str, Arm], *, lower_is_better: bool) -> list[str]:
    """The variants that were observed, the best first."""
    means = {name: arm.mean for name, arm in arms.items() if arm.mean is not None}
    return sorted(means, key=lambda name: means[name], reverse=not lower_is_better)


def _differences(arms: Mapping[str, Arm], alpha: float, ranked: list[str]) -> tuple[Difference, ...]:
    seen = [name for name in arms if name in ranked]
    level = _pair_alpha(arms, alpha)
    pairs = {
        frozenset((name, baseline)): (name, baseline)
        for baseline in [*ranked[:1], *seen[:1]]
        for name in seen
        if name != baseline
    }
    return tuple(
        Difference(
            name,
            baseline,
            (arms[name].mean or 0.0) - (arms[baseline].mean or 0.0),
            difference(arms[name], arms[baseline], level),
        )
        for name, baseline in sorted(
            pairs.values(), key=lambda pair: (seen.index(pair[1]), seen.index(pair[0]))
        )
    )


def difference(arm: Arm, baseline: Arm, alpha: float) -> Interval | None:
    """The bounds of the difference of two arms of a kind; None while nothing can be said."""
    if isinstance(arm, BooleanArm) and isinstance(baseline, BooleanArm):
        return booleans.difference(arm, baseline, alpha)
    if isinstance(arm, NumberArm) and isinstance(baseline, NumberArm):
        return numbers.difference(arm, baseline, alpha)
    raise TypeError("arms of a metric are of one kind")


def differ(arm: Arm, baseline: Arm, alpha: float) -> bool:
    """Whether the bounds of the difference rule out zero."""
    if isinstance(arm, BooleanArm) and isinstance(baseline, BooleanArm):
        return booleans.differ(arm, baseline, alpha)
    if isinstance(arm, NumberArm) and isinstance(baseline, NumberArm):
        return numbers.differ(arm, baseline, alpha)
    raise TypeError("arms of a metric are of one kind")


def _lack(arms: Mapping[str, Arm], waiting: list[str]) -> str:
    few = [name for name in waiting if arms[name].observations < MIN_OBSERVATIONS]
    if few:
        return f"fewer than {MIN_OBSERVATIONS} observations of {', '.join(few)}"
    return f"all observations of {', '.join(waiting)} are the same number, so their spread is unknown"
