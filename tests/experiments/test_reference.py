"""Bounds as another implementation has them: ville 0.1.0, with its prior or rho set to ours."""

import pytest

from service.experiments.booleans import BooleanArm
from service.experiments.numbers import NumberArm

# BernoulliCS(alpha, prior=(0.5, 0.5), intersect=False)
PROPORTIONS = [
    (BooleanArm(1, 0), 0.05, (0.0, 0.975)),
    (BooleanArm(10, 3), 0.05, (0.0325151398, 0.7475871099)),
    (BooleanArm(100, 5), 0.05, (0.0071494789, 0.1557944435)),
    (BooleanArm(1000, 60), 0.01, (0.0341861663, 0.0954631144)),
    (BooleanArm(1000, 1000), 0.05, (0.9930024975, 1.0)),
    (BooleanArm(20000, 10400), 0.001, (0.5026210845, 0.5373466997)),
]
# normal_mixture(n, alpha, rho=300) * deviation / n, and AsymptoticCS of 400 exponential numbers
MEANS = [
    (NumberArm(100, 5.0, 4.0), 0.05, (3.9976709825962526, 6.002329017403747)),
    (NumberArm(1000, -2.5, 10000.0), 0.01, (-14.281205656892885, 9.281205656892885)),
    (NumberArm(50000, 0.001, 1e-08), 0.5, (0.0009988556816984766, 0.0010011443183015234)),
    (NumberArm(400, 1.0832356662457776, 1.0327275880388314), 0.05, (0.9074551741472475, 1.259016158344307)),
]


@pytest.mark.parametrize(("arm", "alpha", "bounds"), PROPORTIONS)
def test_rates(arm: BooleanArm, alpha: float, bounds: tuple[float, float]) -> None:
    assert arm.interval(alpha) == pytest.approx(bounds, abs=1e-9)


@pytest.mark.parametrize(("arm", "alpha", "bounds"), MEANS)
def test_means(arm: NumberArm, alpha: float, bounds: tuple[float, float]) -> None:
    assert arm.interval(alpha) == pytest.approx(bounds, rel=1e-12)
