"""What is kept is bounded."""

from service.health.affinity import Affinity
from service.health.health import Health
from service.health.outcomes import Outcomes
from service.health.rests import Rest, Rests
from service.health.speed import Speed
from tests.health.seeing import seen

NOW = 1_000_000.0


def test_the_oldest_conversations_go_first() -> None:
    affinity = Affinity(most=3)
    for at, name in enumerate("abca"):
        affinity.answered(name, "acme/model", at, cached=False)
    affinity.answered("d", "acme/model", 9, cached=False)

    assert [name for name in "abcd" if affinity.holder(name, 9, 600)] == ["a", "c", "d"]


def test_rests_that_are_over_make_room() -> None:
    rests = Rests()
    for number in range(25_000):
        note(rests, str(number), number + 10.0, now=float(number))

    assert len(rests._noted) == len(rests._ends) == 10
    assert rests.of("acme", "acme/model", "24999", 25_000.0)


def test_ever_more_rests_push_out_those_that_end_first() -> None:
    rests = Rests()
    for number in range(10_100):
        note(rests, str(number), 1e9 - number)

    assert len(rests._noted) == 10_000
    assert rests.of("acme", "acme/model", "0", 0.0)
    assert rests.of("acme", "acme/model", "10099", 0.0)
    assert not rests.of("acme", "acme/model", "10000", 0.0)


def test_a_rest_that_grows_longer_all_the_time_takes_the_room_of_one() -> None:
    rests = Rests()
    for number in range(25_000):
        note(rests, "k1", 1e6 + number)

    assert len(rests._noted) == 1
    assert len(rests._ends) <= 20_001


def note(rests: Rests, key: str, until: float, now: float = 0.0) -> None:
    rests.add("acme", "acme", key, Rest(until, told=False, limit=True), since=now, now=now)


def test_measurements_keep_the_window() -> None:
    speed = Speed()
    for second in range(3600):
        speed.add(float(second), 1.0)

    assert len(speed._slices._slices) <= 10
    assert len(speed._newest) == 7


def test_measurements_of_a_busy_minute_take_little_room() -> None:
    speed = Speed()
    for number in range(10_000):
        speed.add(number / 500, number / 10_000)

    (sketch,) = speed._slices._slices.values()
    assert len(sketch._plain) < 32
    assert sketch._packed is not None
    assert len(sketch._packed) < 1000
    found = speed.percentiles(20.0)
    assert found is not None
    assert abs(found.p50 - 0.5) < 0.02
    assert abs(found.p99 - 0.99) < 0.01


def test_of_too_many_endpoints_those_that_rest_go_last() -> None:
    view = Health(600.0, 300.0)
    resting = [f"acme/resting-{number}" for number in range(50)]
    for endpoint in resting * 3:
        view.fold(seen(NOW, "failed", endpoint))
    for number in range(10_000):
        view.fold(seen(NOW + 1, "failed", f"acme/minted-{number}"))

    assert len(view._endpoints) == 4_000
    assert all(view.vitals(endpoint, NOW + 1).down for endpoint in resting)


def test_if_all_of_too_many_endpoints_rest_the_oldest_go() -> None:
    view = Health(600.0, 300.0)
    for number in range(5_100):
        for _ in range(3):
            view.fold(seen(NOW, "failed", f"acme/{number}"))

    assert len(view._endpoints) == 5_000
    assert view.vitals("acme/5099", NOW).down


def test_outcomes_keep_half_a_minute() -> None:
    outcomes = Outcomes()
    for second in range(3600):
        outcomes.add(float(second), good=second % 2 == 0)

    assert len(outcomes._seconds) == 30
    assert outcomes.recent() == (15, 15)
    assert (outcomes.good, outcomes.bad) == (1800, 1800)
    outcomes.add(10.0, good=False)
    assert outcomes.recent() == (15, 15)
