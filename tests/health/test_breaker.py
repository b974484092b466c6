"""Who fails repeatedly rests, is tried, and comes back gradually."""

import pytest

from service.health.breaker import RESTS_SECONDS, Breaker

START = 1_000.0


def told(calls: str, gap: float = 1.0, start: float = START) -> tuple[Breaker, float]:
    """A breaker that saw calls (`.` good, `x` bad, `-` nothing), and the time of the last."""
    breaker = Breaker()
    return breaker, tell(breaker, calls, gap, start)


def tell(breaker: Breaker, calls: str, gap: float, start: float) -> float:
    at = start
    for place, call in enumerate(calls):
        at = start + place * gap
        breaker.fold(at, at, good={".": True, "x": False, "-": None}[call])
    return at


OPENS = {
    "two in a row do not": ("..xx", 10.0, False),
    "three in a row": ("..........xxx", 1.0, True),
    "three in a row are little among many": ("." * 20 + "xxx", 1.0, False),
    "five among twenty-five": ("....x" * 5, 1.0, True),
    "four among twenty": ("....x" * 4, 1.0, False),
    "one in ten never": (".........x" * 30, 0.2, False),
    "one of one": ("x", 1.0, False),
    "three, however far apart": ("xxx", 200.0, True),
    "what happened before the last half minute does not count": ("x.x.......x", 10.0, False),
    "what says nothing does not count": ("xx---x", 1.0, True),
    "seven in a row are little among very many": ("." * 300 + "xxxxxxx", 0.05, False),
    "eight in a row are too many, however many were good before": ("." * 300 + "xxxxxxxx", 0.05, True),
    "eight that are no row": ("." * 300 + "xxxxxxx.x", 0.05, False),
}


@pytest.mark.parametrize(("calls", "gap", "down"), OPENS.values(), ids=OPENS.keys())
def test_it_opens_after(calls: str, gap: float, down: bool) -> None:
    breaker, at = told(calls, gap)

    assert breaker.down(at) is down
    assert breaker.share(at) == (0.0 if down else 1.0)


def test_failures_told_in_another_order_count_the_same() -> None:
    breaker = Breaker()
    for at, good in ((3.0, False), (1.0, True), (4.0, False), (2.0, False)):
        breaker.fold(START + at, START + at, good=good)

    assert breaker.down(START + 4)


def rested() -> tuple[Breaker, float]:
    """One whose first rest has just ended."""
    breaker, at = told("xxx")
    return breaker, at + RESTS_SECONDS[0]


def test_after_its_rest_it_is_tried_the_more_surely_the_longer_nobody_did() -> None:
    breaker, over = rested()

    assert breaker.down(over - 0.01)
    assert not breaker.down(over)
    shares = [breaker.share(over + after) for after in (0.0, 1.0, 2.5, 5.0, 100.0)]
    assert shares == [0.0, 0.2, 0.5, 1.0, 1.0]


def test_while_one_tries_others_do_not() -> None:
    breaker, over = rested()
    breaker.probing(over + 5)

    assert breaker.share(over + 6) == 0.0
    assert breaker.share(over + 30) == 0.0
    assert breaker.share(over + 40) == 1.0  # it never came back


def test_a_try_that_tells_nothing_is_followed_by_another() -> None:
    breaker, over = rested()
    breaker.probing(over + 5)
    breaker.fold(over + 5, over + 6, good=None)

    assert breaker.share(over + 6) == 0.0
    assert breaker.share(over + 11) == 1.0


def test_who_is_well_needs_no_try() -> None:
    breaker, at = told("...")
    breaker.probing(at)

    assert breaker.share(at) == 1.0


def test_after_a_good_try_its_share_doubles() -> None:
    breaker, over = rested()
    breaker.fold(over + 1, over + 2, good=True)

    shares = [round(breaker.share(over + 2 + after), 3) for after in (0, 15, 30, 45, 60, 75, 1e6)]
    assert shares == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert not breaker.down(over + 2)


def test_every_rest_is_longer_than_the_one_before_and_takes_more_good_calls_to_end() -> None:
    breaker, at = told("xxx")
    rests, needed = [], []
    for _ in range(6):
        over = at
        while breaker.down(over):
            over += 1.0
        rests.append(over - at)
        tries = 0
        while breaker.share(over) == 0.0:
            tries += 1
            breaker.fold(over, over, good=True)
        needed.append(tries)
        breaker.fold(over + 1, over + 1, good=False)
        breaker.fold(over + 2, over + 2, good=False)
        at = over + 2

    assert rests == [5, 20, 80, 240, 240, 240]
    assert needed == [1, 3, 5, 7, 7, 7]


def test_a_bad_try_makes_it_rest_longer() -> None:
    breaker, over = rested()
    breaker.fold(over + 1, over + 2, good=False)

    assert breaker.down(over + 2 + RESTS_SECONDS[1] - 0.01)
    assert not breaker.down(over + 2 + RESTS_SECONDS[1])


def test_it_recovers_from_the_end_of_its_rest_until_good_calls_gave_it_its_share_back() -> None:
    breaker, over = rested()

    def recovering(after: float) -> bool:
        return breaker.recovering(over + after)

    assert not recovering(-0.01)
    assert [recovering(after) for after in (0, 5, 5000)] == [True] * 3
    assert breaker.share(over + 5) == 1.0
    breaker.fold(over, over, good=True)
    assert [recovering(after) for after in (0, 60, 70)] == [True, True, False]
    assert not recovering(-3600)


def test_who_never_rested_does_not_recover() -> None:
    breaker, at = told("xx")

    assert not breaker.recovering(at)


def mending() -> tuple[Breaker, float]:
    breaker, over = rested()
    breaker.fold(over, over, good=True)
    return breaker, over


FALLS_BACK = {
    "two in a row": ("..xx", True),
    "three of fifteen": ("...x...x...x", True),
    "two of many": ("...x" + "." * 10 + "x", False),
    "one": ("x...", False),
}


@pytest.mark.parametrize(("calls", "down"), FALLS_BACK.values(), ids=FALLS_BACK.keys())
def test_who_comes_back_falls_back_after(calls: str, down: bool) -> None:
    breaker, since = mending()
    at = tell(breaker, calls, 4.0, since + 1)

    assert breaker.down(at) is down


def test_after_five_good_minutes_the_past_is_forgotten() -> None:
    breaker, since = mending()
    tell(breaker, ".", 1.0, since + 300)
    at = tell(breaker, "xxx", 10.0, since + 340)

    assert breaker.down(at + RESTS_SECONDS[0] - 0.01)
    assert not breaker.down(at + RESTS_SECONDS[0])


def test_a_failure_while_it_rests_changes_nothing() -> None:
    breaker, at = told("xxx")
    tell(breaker, "xxx", 1.0, at + 1)

    assert not breaker.down(at + RESTS_SECONDS[0])


def test_a_good_call_while_it_rests_brings_it_back() -> None:
    breaker, at = told("xxx")
    breaker.fold(at + 1, at + 2, good=True)

    assert breaker.share(at + 2) == 0.05


LATE = {
    "a stream that began before it failed and ends well": ("resting", True),
    "a call that began before it came back and times out": ("mending", False),
}


@pytest.mark.parametrize(("state", "good"), LATE.values(), ids=LATE.keys())
def test_what_began_before_says_nothing_of_now(state: str, good: bool) -> None:
    breaker, since = mending() if state == "mending" else told("xxx")
    before = breaker.share(since + 3)
    for _ in range(10):
        breaker.fold(since - 0.5, since + 2, good=good)

    assert breaker.share(since + 3) == before


def test_a_call_from_before_the_rest_was_over_is_no_try() -> None:
    breaker, over = rested()
    breaker.fold(over - 1, over + 1, good=False)

    assert not breaker.down(over + 1)


def test_a_clock_that_is_set_back_does_not_keep_it_down() -> None:
    breaker, at = told("xxx")

    assert breaker.share(at - 3600) == 1.0
    assert not breaker.down(at - 3600)
