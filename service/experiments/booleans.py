"""Rates of outcomes that are true or false: exact at every size, and however often one looks.

For one arm with s of n true, the bet against a rate p is the beta-binomial mixture
E(p) = B(1/2 + s, 1/2 + n - s) / B(1/2, 1/2) / (p^s (1-p)^(n-s)): it starts at 1 and, if p is the true rate,
is a martingale, so it ever reaches 1/alpha with a probability of alpha at most (Ville). The rates it has
not refuted are the confidence sequence.

For two arms the product of their bets E(p) E(q) is a martingale under the true pair of rates in whatever
order the arms are observed, so {(p, q): E(p) E(q) < 1/alpha} holds the true pair at all times; the values of
q - p in that set are the bounds of the difference. They are narrower than those of two sequences of
alpha/2 each.

Source: Robbins 1970, Annals of Mathematical Statistics 41(5); Howard, Ramdas, McAuliffe, Sekhon 2021, Annals
of Statistics 49(2), on mixtures; Ramdas, Gruenwald, Vovk, Shafer 2023, Statistical Science 38(4), on products
of bets.
"""

import math
from dataclasses import dataclass

from service.experiments.interval import Interval, crossing

METHOD = "beta-binomial mixture confidence sequence, exact (Robbins 1970; Howard et al. 2021)"
_PRIOR = 0.5  # of Jeffreys: tight where rates are near 0 or 1; any would be as valid
_LOG_BETA_PRIOR = 2 * math.lgamma(_PRIOR) - math.lgamma(2 * _PRIOR)


@dataclass(frozen=True, slots=True)
class BooleanArm:
    """What was seen of one variant: how often the outcome was true."""

    observations: int
    successes: int

    @property
    def mean(self) -> float | None:
        """The rate."""
        return self.successes / self.observations if self.observations else None

    @property
    def enough(self) -> bool:
        """Whether anything can be said: the method is exact from the first observation on."""
        return self.observations > 0

    def interval(self, alpha: float) -> Interval | None:
        """The bounds of the rate."""
        if not self.enough:
            return None
        level = _log_mixture(self) + math.log(alpha)
        rate = self.successes / self.observations
        lower, upper = 0.0, 1.0
        if self.successes:
            lower = crossing(lambda p: _log_likelihood(self, p) - level, 0.0, rate)
        if self.successes < self.observations:
            upper = crossing(lambda p: level - _log_likelihood(self, p), rate, 1.0)
        return Interval(lower, upper)


def difference(arm: BooleanArm, baseline: BooleanArm, alpha: float) -> Interval | None:
    """The bounds of the arm's rate less the baseline's."""
    if not (arm.enough and baseline.enough):
        return None
    level = _log_mixture(arm) + _log_mixture(baseline) + math.log(alpha)
    seen = arm.successes / arm.observations - baseline.successes / baseline.observations

    def kept(shift: float) -> float:
        return _best_likelihood(arm, baseline, shift) - level

    lower = -1.0 if kept(-1.0) > 0 else crossing(kept, -1.0, seen)
    upper = 1.0 if kept(1.0) > 0 else crossing(lambda shift: -kept(shift), seen, 1.0)
    return Interval(lower, upper)


def differ(arm: BooleanArm, baseline: BooleanArm, alpha: float) -> bool:
    """Whether the difference's bounds rule out zero, without finding them."""
    level = _log_mixture(arm) + _log_mixture(baseline) + math.log(alpha)
    both = BooleanArm(arm.observations + baseline.observations, arm.successes + baseline.successes)
    return bool(both.observations) and _log_likelihood(both, both.successes / both.observations) <= level


def _log_mixture(arm: BooleanArm) -> float:
    """The log probability of what was seen, mixed over all rates."""
    return (
        math.lgamma(_PRIOR + arm.successes)
        + math.lgamma(_PRIOR + arm.observations - arm.successes)
        - math.lgamma(2 * _PRIOR + arm.observations)
        - _LOG_BETA_PRIOR
    )


def _log_likelihood(arm: BooleanArm, rate: float) -> float:
    return _times_log(arm.successes, rate) + _times_log(arm.observations - arm.successes, 1 - rate)


def _best_likelihood(arm: BooleanArm, baseline: BooleanArm, shift: float) -> float:
    """The highest log likelihood of both where the arm's rate is the baseline's plus `shift`."""
    least, most = max(0.0, -shift), min(1.0, 1.0 - shift)
    rate = crossing(lambda p: -_slope(baseline, p) - _slope(arm, p + shift), least, most)
    return _log_likelihood(baseline, rate) + _log_likelihood(arm, min(1.0, max(0.0, rate + shift)))


def _slope(arm: BooleanArm, rate: float) -> float:
    """How the log likelihood changes with the rate: it falls from the rate that was seen on."""
    failures = arm.observations - arm.successes
    up = 0.0 if not arm.successes else arm.successes / rate if rate > 0 else math.inf
    down = 0.0 if not failures else failures / (1 - rate) if rate < 1 else math.inf
    return up - down


def _times_log(count: int, value: float) -> float:
    if not count:
        return 0.0
    return count * math.log(value) if value > 0 else -math.inf
