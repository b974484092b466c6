"""What is said of an experiment, and in which words."""

import pytest

from service.experiments.booleans import BooleanArm
from service.experiments.judgement import Arm, State, difference, judge
from service.experiments.numbers import NumberArm

MANY = NumberArm(1_000, 10.0, 4.0)


@pytest.mark.parametrize(
    ("arms", "state", "winner", "sentence"),
    [
        ({}, State.NO_DATA, None, "Nothing has been observed."),
        ({"a": BooleanArm(0, 0), "b": BooleanArm(0, 0)}, State.NO_DATA, None, "Nothing has been observed."),
        (
            {"a": BooleanArm(9, 1), "b": BooleanArm(0, 0)},
            State.SINGLE,
            None,
            "Only a has been observed; there is nothing to compare.",
        ),
        (
            {"a": BooleanArm(90, 10), "b": BooleanArm(90, 12)},
            State.UNDECIDED,
            None,
            "Undecided: b leads, but may be no better than a.",
        ),
        (
            {"a": BooleanArm(900, 100), "b": BooleanArm(900, 300), "c": BooleanArm(0, 0)},
            State.BETTER,
            "b",
            "b is better than a; the chance to say so wrongly, however often one looks, is at most 5 %.",
        ),
        (
            {"a": MANY, "b": NumberArm(99, 90.0, 4.0), "c": NumberArm(3, 90.0, 4.0)},
            State.UNDECIDED,
            None,
            "Undecided: fewer than 100 observations of b, c.",
        ),
        (
            {"a": MANY, "b": NumberArm(1_000, 90.0, 0.0)},
            State.UNDECIDED,
            None,
            "Undecided: all observations of b are the same number, so their spread is unknown.",
        ),
        (
            {"a": MANY, "b": NumberArm(1_000, 12.0, 4.0), "c": NumberArm(1_000, 12.1, 4.0)},
            State.UNDECIDED,
            None,
            "Undecided: c leads, but may be no better than b.",
        ),
        (
            {"a": BooleanArm(90, 0), "b": BooleanArm(20, 0)},
            State.UNDECIDED,
            None,
            "Undecided: nobody leads; a, b are equal so far.",
        ),
        (
            {"a": NumberArm(1_000, 9.9, 4.0), "b": MANY, "c": MANY},
            State.UNDECIDED,
            None,
            "Undecided: nobody leads; b, c are equal so far.",
        ),
    ],
)
def test_verdicts(arms: dict[str, Arm], state: State, winner: str | None, sentence: str) -> None:
    verdict = judge(arms, 0.05).verdict

    assert (verdict.state, verdict.winner, verdict.sentence) == (state, winner, sentence)


def test_lower_may_be_better() -> None:
    arms = {"a": BooleanArm(900, 100), "b": BooleanArm(900, 300)}

    assert judge(arms, 0.05, lower_is_better=True).verdict.winner == "a"
    assert judge(arms, 0.05).verdict.winner == "b"


def test_differences_are_to_the_first_and_to_the_leader() -> None:
    rates = {"a": 300, "b": 200, "c": 310, "d": 100}
    arms = {name: BooleanArm(1_000, successes) for name, successes in rates.items()}

    told = [
        (each.variant_id, each.baseline, round(each.difference, 9)) for each in judge(arms, 0.05).differences
    ]

    assert told == [
        ("b", "a", -0.1),
        ("c", "a", 0.01),
        ("d", "a", -0.2),
        ("b", "c", -0.11),
        ("d", "c", -0.21),
    ]


def test_every_variant_makes_all_bounds_wider() -> None:
    two: dict[str, Arm] = {"a": BooleanArm(900, 100), "b": BooleanArm(900, 300)}
    three = two | {"c": BooleanArm(0, 0)}

    few, more = judge(two, 0.05), judge(three, 0.05)

    assert few.differences[0].interval == difference(two["b"], two["a"], 0.05)
    assert more.differences[0].interval == difference(two["b"], two["a"], 0.05 / 3)
    assert few.means[0].interval == two["a"].interval(0.05 / 2)
    assert more.means[0].interval == two["a"].interval(0.05 / 3)
    assert more.means[2].interval is None


def test_arms_of_two_kinds_are_a_fault() -> None:
    with pytest.raises(TypeError):
        judge({"a": BooleanArm(9, 1), "b": MANY}, 0.05)
