"""The fold as routing and dispatch read it."""

import random
from typing import Any

import pytest

from service.health.health import Health
from service.health.rests import Rest
from service.types.vitals import WELL, Vitals
from tests.health.seeing import ENDPOINT, seen

NOW = 1_000_000.0


def health(*observations: object, keys: tuple[str, ...] = ("k1", "k2")) -> Health:
    view = Health(600.0, 300.0)
    view.configure(600.0, 300.0, {"acme": keys})
    for each in observations:
        view.fold(each)  # type: ignore[arg-type]
    return view


def test_of_whom_nothing_is_known_all_is_neutral() -> None:
    view = health()

    assert view.vitals(ENDPOINT, NOW) == WELL
    assert view.latency(ENDPOINT, NOW) is None
    assert view.throughput(ENDPOINT, NOW) is None
    assert view.holder("c", NOW) is None
    view.probing(ENDPOINT, NOW)


def test_what_was_seen_is_told() -> None:
    view = health(
        seen(NOW - 3, ttft=0.5, throughput=40.0),
        seen(NOW - 2, ttft=0.7, throughput=60.0),
        seen(NOW - 1, "failed", ttft=0.6),
        seen(NOW - 0.5, "limited"),
        seen(NOW, "none"),
    )

    assert view.vitals(ENDPOINT, NOW) == Vitals(
        latency=0.6, throughput=60.0, error_rate=1 / 3, requests=3, seen=NOW - 0.5
    )


LATENCIES = {
    "of streams": ([{"ttft": 0.2}, {"ttft": 0.4}, {"ttft": 0.3}], 0.3),
    "not of whole answers": ([{"whole": 2.0}], None),
    "of streams where there are both": ([{"whole": 9.0}, {"ttft": 0.2}, {"whole": 9.0}], 0.2),
    "the newest seven": ([{"ttft": 9.0}] * 20 + [{"ttft": 1.0}] * 4, 1.0),
    "unknown where nothing was measured": ([{}], None),
    "of numbers that can be": ([{"ttft": float("nan")}, {"ttft": float("inf")}, {"ttft": -1.0}], None),
    "unknown where all waited in vain": ([{"outcome": "none", "at_least": 0.3}] * 4, None),
    "not less for those who waited in vain and not long": (
        [{"ttft": 1.0}, *[{"outcome": "none", "at_least": 0.3}] * 4],
        1.0,
    ),
    "more for those who waited in vain for long": (
        [{"ttft": 1.0}, *[{"outcome": "none", "at_least": 2.0}] * 4],
        2.0,
    ),
}


@pytest.mark.parametrize(("calls", "latency"), LATENCIES.values(), ids=LATENCIES.keys())
def test_latency_is_the_median(calls: list[dict[str, Any]], latency: float | None) -> None:
    view = health(*(seen(NOW - len(calls) + place, **its) for place, its in enumerate(calls)))

    assert view.vitals(ENDPOINT, NOW).latency == latency


def test_measurements_are_forgotten_after_five_minutes() -> None:
    view = health(seen(NOW, ttft=0.5, throughput=40.0), seen(NOW, "failed"))

    assert view.vitals(ENDPOINT, NOW + 301) == WELL
    assert view.latency(ENDPOINT, NOW + 301) is None
    assert view.throughput(ENDPOINT, NOW + 301) is None


def test_whole_answers_are_measured_by_themselves() -> None:
    view = health(seen(NOW - 2, whole=8.0), seen(NOW - 1, ttft=1.0), seen(NOW, whole=6.0))

    vitals = view.vitals(ENDPOINT, NOW)
    assert (vitals.latency, vitals.whole) == (1.0, 8.0)


def test_streams_of_long_ago_do_not_hide_whole_answers() -> None:
    view = health(seen(NOW, ttft=0.5), seen(NOW + 299, whole=3.0))

    vitals = view.vitals(ENDPOINT, NOW + 301)
    assert (vitals.latency, vitals.whole) == (None, 3.0)
    percentiles = view.latency(ENDPOINT, NOW + 301)
    assert percentiles is not None
    assert percentiles.p50 == 3.0


def test_percentiles_say_how_many_do_better_a5_3() -> None:
    dice = random.Random(1)
    view = health()
    for place in range(2000):
        view.fold(seen(NOW - 280 + place * 0.14, ttft=dice.uniform(0, 1), throughput=dice.uniform(0, 100)))
    latency, throughput = view.latency(ENDPOINT, NOW), view.throughput(ENDPOINT, NOW)

    assert latency is not None
    assert throughput is not None
    assert [latency.p50, latency.p75, latency.p90, latency.p99] == pytest.approx(
        [0.5, 0.75, 0.9, 0.99], abs=0.04
    )
    assert [throughput.p50, throughput.p75, throughput.p90, throughput.p99] == pytest.approx(
        [50, 25, 10, 1], abs=4
    )


def test_percentiles_follow_what_is_new_within_two_seconds() -> None:
    view = health(seen(NOW, ttft=1.0))
    assert view.latency(ENDPOINT, NOW)
    view.fold(seen(NOW + 0.1, ttft=3.0))
    later = view.latency(ENDPOINT, NOW + 2)

    assert later is not None
    assert later.p99 > 2.9


def test_repeated_failures_show_and_a_try_is_noted() -> None:
    view = health(seen(NOW, "failed"), seen(NOW + 0.5, "failed"), seen(NOW + 1, "failed"))

    vitals = view.vitals(ENDPOINT, NOW + 2)
    assert (vitals.share, vitals.down, vitals.error_rate) == (0.0, True, 1.0)
    assert view.vitals(ENDPOINT, NOW + 20).share == 1.0
    view.probing(ENDPOINT, NOW + 20)
    assert view.vitals(ENDPOINT, NOW + 21).share == 0.0


VAIN = {
    "four waits in vain": ("vvvv", (None, 0)),
    "five in a row": ("vvvvv", (1.0, 1)),
    "and those after them": ("vvvvvv", (1.0, 2)),
    "with a success in between": ("vvv.vv", (0.0, 1)),
    "after a success": (".vvvvv", (0.5, 2)),
    "failures do not interrupt the row": ("vvxvv", (1.0, 1)),
    "failures do not make it longer": ("vvxv", (1.0, 1)),
}


@pytest.mark.parametrize(("calls", "found"), VAIN.values(), ids=VAIN.keys())
def test_waits_in_vain_count_as_failures_from_the_fifth_in_a_row_on(
    calls: str, found: tuple[float | None, int]
) -> None:
    vitals = health(*waits(calls)).vitals(ENDPOINT, NOW + 100)

    assert (vitals.error_rate, vitals.requests) == found


def test_who_only_makes_wait_goes_down() -> None:
    view = health(*waits("...vvvvvv"))
    assert not view.vitals(ENDPOINT, NOW + 8).down
    view.fold(seen(NOW + 9, "none", at_least=0.3))
    assert view.vitals(ENDPOINT, NOW + 9).down


def waits(calls: str) -> list[object]:
    """Calls, one a second: `.` good, `x` bad, `v` waited in vain."""
    kinds: dict[str, dict[str, Any]] = {
        ".": {"outcome": "ok"},
        "x": {"outcome": "failed"},
        "v": {"outcome": "none", "at_least": 0.3},
    }
    return [seen(NOW + place, **kinds[call]) for place, call in enumerate(calls)]


def test_who_comes_back_is_recovering_also_with_its_whole_share() -> None:
    view = health(*[seen(NOW, "failed")] * 3)

    found = [view.vitals(ENDPOINT, NOW + after) for after in (1, 6, 60)]
    assert [(each.down, each.recovering, each.share) for each in found] == [
        (True, False, 0.0),
        (False, True, 0.2),
        (False, True, 1.0),
    ]


def test_being_asked_for_fewer_requests_is_no_failure() -> None:
    view = health(*(seen(NOW + place, "limited") for place in range(10)))

    vitals = view.vitals(ENDPOINT, NOW + 10)
    assert (vitals.share, vitals.error_rate, vitals.requests) == (1.0, None, 0)


def test_when_a_call_began_is_guessed_where_it_is_not_told() -> None:
    view = health(seen(NOW, "failed"), seen(NOW + 0.5, "failed"), seen(NOW + 1, "failed"))
    view.fold(seen(NOW + 3, whole=2.5))
    assert view.vitals(ENDPOINT, NOW + 3).down
    view.fold(seen(NOW + 4, whole=1.0))
    assert not view.vitals(ENDPOINT, NOW + 4).down


RESTS = {
    "a key at an endpoint": ({"key": "k1"}, "k1", ENDPOINT, 60.0),
    "not at another endpoint": ({"key": "k1"}, "k1", "acme/other", None),
    "not another key": ({"key": "k1"}, "k2", ENDPOINT, None),
    "a key at the whole provider": ({"key": "k1", "key_wide": True}, "k1", "acme/other", 60.0),
    "as long as is allowed": ({"key": "k1", "rest_until": NOW + 9999}, "k1", ENDPOINT, 300.0),
    "not in the past": ({"key": "k1", "rest_until": NOW - 1}, "k1", ENDPOINT, None),
}


@pytest.mark.parametrize(("facts", "key", "endpoint", "seconds"), RESTS.values(), ids=RESTS.keys())
def test_rests(facts: dict[str, Any], key: str, endpoint: str, seconds: float | None) -> None:
    view = health(seen(NOW, "limited", **{"rest_until": NOW + 60, "told": True, **facts}))

    rest = None if seconds is None else Rest(NOW + seconds, told=True, limit=True)
    assert view.rest_of("acme", endpoint, key, NOW) == rest
    assert view.rest_of("acme", endpoint, key, NOW + 300) is None


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_rests_the_longer_counts(order: int) -> None:
    both = [
        seen(NOW, "limited", key="k1", rest_until=NOW + 60, told=True),
        seen(NOW + 1, "limited", key="k1", rest_until=NOW + 5),
        seen(NOW + 2, "limited", key="k1", rest_until=NOW + 30, key_wide=True),
    ]
    view = health(*both[::order])

    assert view.rest_of("acme", ENDPOINT, "k1", NOW + 2) == Rest(NOW + 60, told=True, limit=True)


@pytest.mark.parametrize("order", [1, -1])
def test_a_longer_guess_does_not_hide_what_the_provider_said(order: int) -> None:
    both = [
        seen(NOW, "failed", key="k1", rest_until=NOW + 60),
        seen(NOW + 1, "limited", key="k1", rest_until=NOW + 31, told=True),
    ]
    view = health(*both[::order], keys=("k1",))

    assert view.rest_of("acme", ENDPOINT, "k1", NOW + 30) == Rest(NOW + 31, told=True, limit=True)
    assert view.rest_of("acme", ENDPOINT, "k1", NOW + 31) == Rest(NOW + 60, told=False, limit=False)
    assert view.vitals(ENDPOINT, NOW + 30).limited_until == NOW + 60


def test_a_rest_tells_whether_it_was_a_limit() -> None:
    view = health(
        seen(NOW, "failed", key="k1", rest_until=NOW + 60, told=True),
        seen(NOW, "limited", key="k2", rest_until=NOW + 60, told=True),
    )

    rests = [view.rest_of("acme", ENDPOINT, key, NOW) for key in ("k1", "k2")]
    assert [rest and rest.limit for rest in rests] == [False, True]


LIMITED = {
    "no key": ([], 0.0),
    "one of two keys": (["k1"], 0.0),
    "all keys, until the first is free": (["k1", "k2"], NOW + 10),
}


@pytest.mark.parametrize(("resting", "until"), LIMITED.values(), ids=LIMITED.keys())
def test_an_endpoint_is_limited_when_all_its_keys_rest(resting: list[str], until: float) -> None:
    view = health(
        *(seen(NOW, "limited", key=key, rest_until=NOW + 10 * place) for place, key in enumerate(resting, 1))
    )

    assert view.vitals(ENDPOINT, NOW).limited_until == until
    assert view.vitals(ENDPOINT, NOW + 100).limited_until == 0.0


def test_a_provider_wide_rest_limits_endpoints_that_were_never_asked() -> None:
    view = health(seen(NOW, "limited", key="k1", key_wide=True, rest_until=NOW + 10), keys=("k1",))

    assert view.vitals("acme/never", NOW).limited_until == NOW + 10
    assert view.vitals("other/never", NOW).limited_until == 0.0


def test_keys_are_those_of_the_last_reload() -> None:
    view = health(seen(NOW, "limited", key="k1", rest_until=NOW + 10), keys=("k1",))
    view.configure(600.0, 300.0, {"acme": ("k1", "new")})

    assert view.vitals(ENDPOINT, NOW).limited_until == 0.0


def test_a_conversation_stays_until_it_was_idle() -> None:
    view = health(seen(NOW, conversation="c"), seen(NOW + 500, conversation="c"))

    assert view.holder("c", NOW + 1099) == (ENDPOINT, False)
    assert view.holder("c", NOW + 1101) is None


HOLDERS = {
    "a failure moves nothing": (
        [seen(1, conversation="c"), seen(2, "failed", "b/m", conversation="c")],
        False,
    ),
    "once cached is cached": ([seen(1, conversation="c", cached=True), seen(2, conversation="c")], True),
    "an older answer that is told later moves nothing": (
        [seen(2, conversation="c"), seen(1, endpoint="b/m", conversation="c", cached=True)],
        False,
    ),
    "an older answer of the same tells that it caches": (
        [seen(2, conversation="c"), seen(1, conversation="c", cached=True)],
        True,
    ),
    "who holds it now may not cache": (
        [seen(1, endpoint="b/m", conversation="c", cached=True), seen(2, conversation="c")],
        False,
    ),
}


@pytest.mark.parametrize(("calls", "cached"), HOLDERS.values(), ids=HOLDERS.keys())
def test_the_holder(calls: list[object], cached: bool) -> None:
    assert health(*calls).holder("c", 3) == (ENDPOINT, cached)


def test_what_is_too_old_is_ignored() -> None:
    view = health(seen(NOW))
    view.fold(seen(NOW - 300, conversation="c"), NOW)
    view.fold(seen(NOW - 250, "failed"), NOW)

    assert view.vitals(ENDPOINT, NOW).requests == 2
    assert not view.holder("c", NOW)


AHEAD = NOW + 3600


def test_a_clock_that_was_ahead_hides_no_failures() -> None:
    view = health(seen(AHEAD, ttft=0.1), *(seen(NOW + place, "failed") for place in range(3)))

    vitals = view.vitals(ENDPOINT, NOW + 2)
    assert (vitals.down, vitals.requests, vitals.latency) == (True, 3, None)


def test_a_clock_that_was_ahead_does_not_make_rests_longer() -> None:
    def resting(at: float) -> object:
        return seen(at, "limited", key="k1", rest_until=at + 5, told=True)

    view = health(resting(AHEAD), keys=("k1",))
    assert view.rest_of("acme", ENDPOINT, "k1", NOW) is None
    assert view.vitals(ENDPOINT, NOW).limited_until == 0.0
    view.fold(resting(NOW))  # type: ignore[arg-type]
    assert view.rest_of("acme", ENDPOINT, "k1", NOW) == Rest(NOW + 5, told=True, limit=True)
    assert view.rest_of("acme", ENDPOINT, "k1", NOW + 5) is None


def test_a_clock_that_is_set_back_a_little_changes_nothing() -> None:
    view = health(seen(NOW + 4, ttft=0.5), seen(NOW))

    assert view.vitals(ENDPOINT, NOW).requests == 2


def test_vitals_are_made_anew_only_when_something_was_told_or_grew_old() -> None:
    view = health(seen(NOW, ttft=0.5), seen(NOW, endpoint="acme/other", ttft=0.5))
    made = view.vitals(ENDPOINT, NOW)

    view.fold(seen(NOW + 1, endpoint="acme/other"))
    view.fold(seen(NOW + 1, "limited", "beta/model", key="b1", rest_until=NOW + 60))
    assert view.vitals(ENDPOINT, NOW + 269) is made
    view.fold(seen(NOW + 270))
    assert view.vitals(ENDPOINT, NOW + 270).requests == 2
    assert view.vitals(ENDPOINT, NOW + 301).latency is None


def test_not_everything_grows_old_at_the_same_moment() -> None:
    names = [f"acme/{number}" for number in range(300)]
    view = health(*(seen(NOW, endpoint=name) for name in names))

    def fresh(at: float) -> list[bool]:
        return [view.vitals(name, at) is before for name, before in made.items()]

    worst = 0
    for second in range(270, 299):  # until the calls themselves are too old
        made = {name: view.vitals(name, NOW + second) for name in names}
        worst = max(worst, fresh(NOW + second + 1).count(False))
    assert worst < 60


def test_the_silent_are_forgotten() -> None:
    view = health(*(seen(NOW, endpoint=f"acme/{name}") for name in range(100)), seen(NOW + 301))

    assert list(view._endpoints) == [ENDPOINT]


def test_who_rests_is_not_forgotten() -> None:
    view = health(*[seen(NOW, "failed")] * 3)
    view.fold(seen(NOW + 301, endpoint="other/model"))

    assert ENDPOINT in view._endpoints
    view.fold(seen(NOW + 400, endpoint="other/model"))
    assert ENDPOINT not in view._endpoints


def test_calls_that_say_nothing_take_no_room() -> None:
    view = health(*(seen(NOW, "none", f"acme/{name}") for name in range(100)))

    assert not view._endpoints
