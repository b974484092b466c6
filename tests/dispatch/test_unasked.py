"""Every target gets its turn where there are attempts for it; who got none is told, and why."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from service.errors import ErrorKind, ProviderError
from service.types.routing_settings import RoutingSettings
from tests.dispatch.scene import Scene, rest, scene, text, until_error
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import FakeVendor, Script, VendorCall, delta, hello, replying, streaming

NO = replying({"error": {"message": "no"}}, 500)
LIMITED = replying({"error": {"message": "slow down"}}, 429)
BUSY = replying({"error": {"message": "busy"}}, 503, retry_after="9")
WAIT = replying({"error": {"message": "slow down"}}, 429, retry_after="9")
LATE = streaming(ends="hang")


def script(vendor: FakeVendor, **scripts: Script) -> None:
    for name, what in scripts.items():
        vendor.script(name, what)


async def failing(acme: Scene, *ids: str) -> ProviderError:
    _, error = await until_error(acme.run(*ids))
    assert isinstance(error, ProviderError)
    return error


class Turns(NamedTuple):
    """Who is asked how often, of `most` attempts, where all but `free` fail; `keys` are those of `acme`."""

    targets: Sequence[str]
    asked: dict[str, int]
    keys: int = 1
    most: int = 8


TURNS = {
    "a fallback is kept one attempt of a provider with many keys": Turns(
        ["acme/limited", "other/free"], {"acme/limited": 7, "other/free": 1}, keys=9
    ),
    "each of several fallbacks is kept one": Turns(
        ["acme/limited", "other/no", "other/free"],
        {"acme/limited": 3, "other/no": 1, "other/free": 1},
        keys=9,
        most=5,
    ),
    "second tries of a connection use what the others leave": Turns(
        ["gone/a", "gone/b", "gone/c", "gone/d", "other/free"],
        {"gone/a": 2, "gone/b": 2, "gone/c": 2, "gone/d": 1, "other/free": 1},
    ),
    "each key is asked where there is enough": Turns(
        ["acme/limited", "other/free"], {"acme/limited": 3, "other/free": 1}, keys=3
    ),
    "what nobody else needs goes to the keys that were passed over": Turns(
        ["acme/limited", "gone/a"], {"acme/limited": 3, "gone/a": 1}, keys=9, most=4
    ),
}


@pytest.mark.parametrize("turns", TURNS.values(), ids=TURNS)
def test_every_target_gets_its_turn(vendor: FakeVendor, turns: Turns) -> None:
    script(vendor, limited=LIMITED, no=NO, free=hello)

    async def play() -> None:
        keys = [f"key-{number}" for number in range(turns.keys)]
        async with scene(vendor.base_url, *keys, routing=RoutingSettings(max_attempts=turns.most)) as acme:
            generation = acme.run(*turns.targets)
            await until_error(generation)
            models = [each.model for each in generation.attempts]
            assert {each: models.count(each) for each in models} == turns.asked

    run(play())


def test_who_can_be_asked_no_more_keeps_nothing(vendor: FakeVendor) -> None:
    script(vendor, limited=LIMITED, waits=WAIT)

    async def play() -> None:
        async with scene(vendor.base_url, "a", "b", "c", routing=RoutingSettings(max_attempts=3)) as acme:
            await failing(acme, "other/waits")
            generation = acme.run("acme/limited", "other/waits")
            await until_error(generation)
            assert len(generation.attempts) == 3, "the other rests, so all three keys have their turn"

    run(play())


def test_who_was_left_when_the_attempts_were_used_up_is_told(vendor: FakeVendor) -> None:
    script(vendor, no=NO)

    async def play() -> None:
        async with scene(vendor.base_url, routing=RoutingSettings(max_attempts=2)) as acme:
            ids = [f"other/no-{number}" for number in range(8)]
            error = await failing(acme, "acme/no", "other/no", *ids)
            assert error.message == (
                "Stopped after 2 attempts (routing.max_attempts); not asked: 'other/no-0', 'other/no-1', "
                "'other/no-2', 'other/no-3', 'other/no-4' and 3 more. Provider 'other' answered 500: no"
            )

    run(play())


def test_that_keys_were_left_when_the_attempts_were_used_up_is_told(vendor: FakeVendor) -> None:
    script(vendor, limited=LIMITED)

    async def play() -> None:
        async with scene(vendor.base_url, "a", "b", "c", routing=RoutingSettings(max_attempts=2)) as acme:
            error = await failing(acme, "acme/limited")
            assert error.message.startswith(
                "Stopped after 2 attempts (routing.max_attempts). Provider 'acme'"
            )

    run(play())


def test_who_was_not_asked_because_it_rests_is_told(vendor: FakeVendor) -> None:
    script(vendor, no=NO, waits=WAIT)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            await failing(acme, "other/waits")
            error = await failing(acme, "acme/no", "other/waits")
            assert error.message in {
                f"1 attempt failed; not asked: 'other/waits' (asked for a pause, {left} s are left). "
                "Provider 'acme' answered 500: no"
                for left in (7, 8, 9)
            }
            assert (error.kind, error.retry_after) == (ErrorKind.PROVIDER_FAILURE, None)

    run(play())


def test_the_callers_own_fault_needs_no_word_of_others(vendor: FakeVendor) -> None:
    script(vendor, bad=replying({"error": {"message": "bad"}}, 400))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            error = await failing(acme, "acme/bad", "other/hello")
            assert error.message == "Provider 'acme' answered 400: bad"

    run(play())


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (WAIT, WAIT, ErrorKind.PROVIDER_RATE_LIMIT),
        (BUSY, BUSY, ErrorKind.PROVIDER_OVERLOADED),
        (WAIT, BUSY, ErrorKind.PROVIDER_OVERLOADED),
    ],
    ids=["limits", "overload", "both"],
)
def test_a_rest_keeps_what_caused_it(
    vendor: FakeVendor, first: Script, second: Script, kind: ErrorKind
) -> None:
    script(vendor, first=first, second=second)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            for _ in range(2):  # the second time nobody is asked
                error = await failing(acme, "acme/first", "other/second")
                assert error.kind is kind
            assert error.retry_after
            assert 7 <= error.retry_after <= 9
            left = error.retry_after
            assert error.message == (
                f"Nobody was asked: 'acme' asked for a pause (Retry-After), {left} s are left; "
                f"'other' asked for a pause (Retry-After), {left} s are left"
            )

    run(play())


def test_the_deadline_is_told_in_round_seconds(vendor: FakeVendor) -> None:
    script(vendor, hangs=LATE)

    async def play() -> None:
        async with scene(vendor.base_url, routing=RoutingSettings(deadline_seconds=0.3)) as acme:
            error = await failing(acme, "acme/hangs")
            assert error.message == (
                "Provider 'acme' did not finish within the request's 0.3 s (routing.deadline_seconds)"
            )

    run(play())


def test_who_was_not_asked_for_lack_of_time_is_told(vendor: FakeVendor) -> None:
    async def late(call: VendorCall) -> None:
        await call.start()
        await call.send(delta(role="assistant"))
        await call.hang()

    script(vendor, late=late, hangs=LATE)

    async def play() -> None:
        async with scene(vendor.base_url, routing=RoutingSettings(deadline_seconds=0.9), idle=0.4) as acme:
            error = await failing(acme, "acme/late", "other/hangs", "other/never", "acme/never")
            assert error.kind is ErrorKind.PROVIDER_TIMEOUT
            words = (
                "The request's 0.9 s (routing.deadline_seconds) were over after 2 attempts; "
                "not asked: 'other/never', 'acme/never'. Provider 'other' did not finish within "
            )
            assert error.message.startswith(words)
            assert error.message.endswith(" s, all that was left of the request's 0.9 s")
            left = error.message.removeprefix(words).partition(" ")[0]
            assert len(left) <= 4
            assert 0.2 < float(left) <= 0.5

    run(play())


def test_attempts_with_several_keys_can_be_told_apart(vendor: FakeVendor) -> None:
    script(vendor, limited=LIMITED)

    async def play() -> None:
        async with scene(vendor.base_url, "a", "b") as acme:
            generation = acme.run("acme/limited")
            await until_error(generation)
            assert [each.error_message for each in generation.attempts] == [
                "Provider 'acme' answered 429: slow down (key 1 of 2)",
                "Provider 'acme' answered 429: slow down (key 2 of 2)",
            ]
            generation = acme.run("gone/any")
            await until_error(generation)
            first, second = (each.error_message for each in generation.attempts)
            assert second == f"{first} (second try)"

    run(play())


def test_a_refusal_of_ours_uses_up_no_attempt(vendor: FakeVendor) -> None:
    script(vendor, busy=streaming(delta(content="x"), ends="hang"))

    async def play() -> None:
        async with scene(vendor.base_url, max_concurrent=1, routing=RoutingSettings(max_attempts=1)) as acme:
            slow = acme.run("acme/busy")
            await slow.take()
            assert text(await rest(acme.run("acme/hello", "other/hello"))) == "Hello"
            error = await failing(acme, "acme/hello")
            assert (error.kind, error.retry_after) == (ErrorKind.CONCURRENCY_LIMIT, 1)
            await slow.aclose()

    run(play())
