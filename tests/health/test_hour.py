"""One vendor degrades and recovers, and its share of the traffic follows: the breaker by itself."""

import pytest

from tests.health.hour import END, FAILS, RECOVERS, USUAL_FAILURES, simulate, swings


@pytest.mark.parametrize(
    ("shares", "turns"),
    [
        ([0.5, 0.5, 0.45], 0),
        ([0.5, 0.3, 0.0, 0.0], 1),
        ([0.5, 0.0, 0.05, 0.3, 0.5], 2),
        ([0.5, 0.0, 0.4, 0.1, 0.5], 4),
    ],
)
def test_swings_are_counted(shares: list[float], turns: int) -> None:
    assert swings(shares, 0.2) == turns


@pytest.mark.parametrize("failing", [1.0, 0.5, 0.3], ids=["all calls", "half of them", "three in ten"])
def test_with_much_traffic_a_vendor_that_fails(failing: float) -> None:
    hour = simulate(10.0, failing, seed=1)
    usual = hour.share(0, FAILS)

    assert hour.share(FAILS + 30, FAILS + 90) < 0.05
    assert hour.share(FAILS + 30, RECOVERS) < 0.05
    assert hour.share(RECOVERS + 600, END) >= 0.8 * usual
    assert swings(list(hour.shares(0, END, 60)), 0.3 * usual) <= 2


def test_with_much_traffic_a_vendor_that_hangs() -> None:
    hour = simulate(10.0, 1.0, seed=2, seconds=10.0)

    assert hour.share(FAILS + 30, RECOVERS) < 0.05
    assert hour.share(RECOVERS + 600, END) >= 0.8 * hour.share(0, FAILS)
    assert swings(list(hour.shares(0, END, 60)), 0.15) <= 2


@pytest.mark.parametrize("failing", [1.0, 0.5, 0.3], ids=["all calls", "half of them", "three in ten"])
def test_with_a_request_in_five_seconds_a_vendor_that_fails(failing: float) -> None:
    """With so few requests chance weighs much: shares are means of ten hours, swings those of each."""
    hours = [simulate(0.2, failing, seed) for seed in range(10)]

    def mean(start: float, end: float) -> float:
        return sum(hour.share(start, end) for hour in hours) / len(hours)

    usual = mean(0, FAILS)
    # Of the few calls that are made it takes some to tell a vendor that fails now and then from bad luck.
    assert mean(FAILS + 30, RECOVERS) < (0.05 if failing == 1.0 else 0.5 * usual)
    assert mean(RECOVERS + 600, END) >= 0.8 * usual
    assert all(swings(list(hour.shares(0, END, 300)), 0.5 * usual) <= 2 for hour in hours)


@pytest.mark.parametrize("rate", [10.0, 0.2])
def test_a_vendor_that_fails_as_often_as_any_other_keeps_its_share(rate: float) -> None:
    hour = simulate(rate, USUAL_FAILURES, seed=3)

    assert hour.share(0, END) == pytest.approx(0.5, abs=0.1)
    assert swings(list(hour.shares(0, END, 300)), 0.25) == 0


def test_old_streams_that_end_well_do_not_hide_that_new_calls_fail() -> None:
    hour = simulate(10.0, 1.0, seed=4, whole=60.0)

    assert hour.share(FAILS + 30, RECOVERS) < 0.05
    assert hour.share(RECOVERS + 600, END) >= 0.8 * hour.share(0, FAILS)
