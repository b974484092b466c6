"""What holds for any calls in any order."""

import math

from hypothesis import given
from hypothesis import strategies as st

from service.health.breaker import RESTS_SECONDS
from service.health.health import Health
from service.types.observation import Observation
from tests.health.seeing import ENDPOINT, seen

START = 1_000_000.0
OUTCOMES = st.sampled_from(["ok", "failed", "limited", "none"])
TIMES = st.floats(0, 250, allow_nan=False)
OBSERVATIONS = st.lists(
    st.builds(
        lambda at, outcome, lasted, ttft, endpoint, conversation: seen(
            START + at,
            outcome,
            endpoint,
            began=START + at - lasted,
            ttft=ttft,
            throughput=ttft,
            conversation=conversation,
        ),
        at=TIMES,
        outcome=OUTCOMES,
        lasted=st.floats(0, 60),
        ttft=st.none() | st.floats(),
        endpoint=st.sampled_from([ENDPOINT, "other/model"]),
        conversation=st.none() | st.sampled_from("ab"),
    ),
    max_size=60,
)


def folded(observations: list[Observation]) -> Health:
    health = Health(600.0, 300.0)
    for each in observations:
        health.fold(each, START + 250)
    return health


@given(OBSERVATIONS, st.floats(-400, 4000))
def test_any_calls_give_sane_vitals(observations: list[Observation], after: float) -> None:
    health = folded(observations)
    now = START + after
    vitals = health.vitals(ENDPOINT, now)

    assert 0.0 <= vitals.share <= 1.0
    assert not (vitals.down and vitals.share)
    assert vitals.error_rate is None or 0.0 <= vitals.error_rate <= 1.0
    assert vitals.latency is None or math.isfinite(vitals.latency)
    latency, throughput = health.latency(ENDPOINT, now), health.throughput(ENDPOINT, now)
    assert latency is None or latency.p50 <= latency.p75 <= latency.p90 <= latency.p99
    assert throughput is None or throughput.p50 >= throughput.p75 >= throughput.p90 >= throughput.p99


@given(OBSERVATIONS)
def test_nobody_rests_for_ever(observations: list[Observation]) -> None:
    health = folded(observations)
    now = START + 250 + RESTS_SECONDS[-1] + 35

    assert health.vitals(ENDPOINT, now).share == 1.0 or not health.vitals(ENDPOINT, now).down
    # Whoever was down is asked again, and comes back when it answers.
    for _ in range(200):
        if health.vitals(ENDPOINT, now).share > 0:
            health.fold(seen(now, began=now))
        now += 5.0
    assert health.vitals(ENDPOINT, now).share == 1.0


@given(OBSERVATIONS, st.randoms())
def test_measurements_do_not_depend_on_the_order(observations: list[Observation], dice: object) -> None:
    shuffled = list(observations)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    now = START + 250
    one, other = folded(observations).vitals(ENDPOINT, now), folded(shuffled).vitals(ENDPOINT, now)

    assert (one.requests, one.error_rate, one.seen) == (other.requests, other.error_rate, other.seen)
    assert (one.latency, one.throughput) == (other.latency, other.throughput)


@given(st.lists(st.booleans(), max_size=30), st.integers(10, 30), st.booleans(), st.randoms())
def test_workers_that_are_told_in_another_order_agree_in_the_end(
    before: list[bool], run: int, end: bool, dice: object
) -> None:
    """Any past, then a run of calls that all fail or all succeed, told up to two seconds late."""
    calls = [*before, *[end] * run]
    told = [
        seen(START + place, "ok" if good else "failed", began=START + place)
        for place, good in enumerate(calls)
    ]
    late = sorted(told, key=lambda each: each.at + dice.uniform(0, 2))  # type: ignore[attr-defined]
    now = START + len(calls)
    views = [folded(each).vitals(ENDPOINT, now) for each in (told, late)]

    if end:
        assert not any(view.down for view in views)
    else:
        assert all(view.share < 1 for view in views)
