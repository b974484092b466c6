"""Each pair of several variants has its part of the level: what two would decide, three do not yet."""

from service.experiments.booleans import BooleanArm
from service.experiments.judgement import Arm, State, differ, verdict

ALPHA = 0.05
N = 1_000
BASE = 400


def _first_decided(alpha: float) -> int:
    """The successes from which on a second arm differs from the first."""
    return next(more for more in range(BASE, N) if differ(BooleanArm(N, more), BooleanArm(N, BASE), alpha))


def test_three_variants_need_more_than_two() -> None:
    between = _first_decided(ALPHA)
    assert between < _first_decided(ALPHA / 3)
    two: dict[str, Arm] = {"a": BooleanArm(N, BASE), "b": BooleanArm(N, between)}
    three = {**two, "c": BooleanArm(N, BASE)}

    assert verdict(two, ALPHA).state is State.BETTER
    assert verdict(three, ALPHA).state is State.UNDECIDED
    assert verdict({**three, "b": BooleanArm(N, _first_decided(ALPHA / 3))}, ALPHA).winner == "b"
