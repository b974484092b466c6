"""What is kept is bounded."""

from service.health.affinity import Affinity
from service.health.measures import Speed
from service.health.outcomes import Outcomes
from service.health.rests import Rest, Rests


def test_the_oldest_conversations_go_first() -> None:
    affinity = Affinity(most=3)
    for at, name in enumerate("abca"):
        affinity.answered(name, "acme/model", at, cached=False)
    affinity.answered("d", "acme/model", 9, cached=False)

    assert [name for name in "abcd" if affinity.holder(name, 9, 600)] == ["a", "c", "d"]


def test_rests_that_are_over_make_room() -> None:
    rests = Rests()
    for number in range(25_000):
        rests.add("acme", str(number), Rest(number + 10.0, told=False), now=float(number))

    assert len(rests._rests) <= 10_000
    assert rests.of("acme", "24999", 25_000.0)


def test_ever_more_rests_push_out_the_oldest() -> None:
    rests = Rests()
    for number in range(10_100):
        rests.add("acme", str(number), Rest(1e9, told=False), now=0.0)

    assert len(rests._rests) == 10_000
    assert rests.of("acme", "10099", 0.0)


def test_measurements_keep_the_window() -> None:
    speed = Speed()
    for second in range(3600):
        speed.add(float(second), 1.0)

    assert len(speed._slices) <= 10
    assert len(speed._newest) == 7


def test_outcomes_keep_half_a_minute() -> None:
    outcomes = Outcomes()
    for second in range(3600):
        outcomes.add(float(second), good=second % 2 == 0)

    assert len(outcomes._seconds) == 30
    assert outcomes.recent() == (15, 15)
    assert (outcomes.good, outcomes.bad) == (1800, 1800)
    outcomes.add(10.0, good=False)
    assert outcomes.recent() == (15, 15)
