"""What calls teach of their endpoints."""

import asyncio
import time

import pytest

from service.types.observation import Observation
from tests.asking import chat
from tests.dispatch.scene import rest, scene, until_error
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import (
    DONE,
    USAGE,
    FakeVendor,
    VendorCall,
    completion,
    delta,
    event,
    hello,
    replying,
    streaming,
)

WORD = delta(role="assistant", content="Hel")
END = delta(content="lo") + delta(finish="stop")


def test_a_streamed_answer(vendor: FakeVendor) -> None:
    vendor.script("slow", streaming(WORD, END + event(choices=[], usage=USAGE) + DONE, gap=0.2))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            await rest(acme.run("acme/slow", conversation="talk"))
            [seen] = acme.seen
            assert (seen.provider, seen.endpoint, seen.outcome) == ("acme", "acme/slow", "ok")
            assert seen.ttft is not None
            assert seen.ttft < 0.2
            assert seen.throughput == pytest.approx(USAGE["completion_tokens"] / 0.2, rel=0.4)
            assert (seen.whole, seen.conversation, seen.cached) == (None, "talk", False)
            assert (seen.rest_until, seen.key) == (0.0, "")
            assert seen.began is not None
            assert seen.at == pytest.approx(time.time(), abs=2)
            assert 0.2 <= seen.at - seen.began < 1

    run(play())


def test_a_whole_answer(vendor: FakeVendor) -> None:
    async def late(call: VendorCall) -> None:
        await asyncio.sleep(0.2)
        await hello(call)

    vendor.script("late", late)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            await rest(acme.run("acme/late", request=chat()))
            [seen] = acme.seen
            assert (seen.outcome, seen.ttft) == ("ok", None)
            assert seen.whole == pytest.approx(0.2, abs=0.15)
            assert seen.throughput == pytest.approx(10, rel=0.5)

    run(play())


@pytest.mark.parametrize(
    ("details", "cached"),
    [
        ({"cached_tokens": 3}, True),
        ({"cache_write_tokens": 3}, True),
        ({"cached_tokens": 0, "cache_write_tokens": 0}, False),
        ({"cached_tokens": None}, False),
        ({"audio_tokens": 3}, False),
    ],
    ids=str,
)
def test_whether_a_prompt_cache_was_used(
    vendor: FakeVendor, details: dict[str, int | None], cached: bool
) -> None:
    vendor.script("caches", replying(completion() | {"usage": USAGE | {"prompt_tokens_details": details}}))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            await rest(acme.run("acme/caches", request=chat()))
            assert [each.cached for each in acme.seen] == [cached]

    run(play())


def test_a_failure_in_the_middle(vendor: FakeVendor) -> None:
    vendor.script("breaks", streaming(WORD, ends="break"))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            await until_error(acme.run("acme/breaks", conversation="talk"))
            [seen] = acme.seen
            assert (seen.outcome, seen.throughput, seen.conversation) == ("failed", None, None)
            assert seen.ttft is not None

    run(play())


@pytest.mark.parametrize(
    ("first", "outcome"), [((WORD,), "ok"), ((), "none")], ids=["after the first content", "before it"]
)
def test_a_caller_who_goes_away(vendor: FakeVendor, first: tuple[bytes, ...], outcome: str) -> None:
    vendor.script("left", streaming(*first, ends="hang"))

    async def play() -> Observation:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/left")
            if first:
                await generation.take()
            else:
                await asyncio.to_thread(vendor.call, "left")
            await generation.aclose()
            [seen] = acme.seen
            return seen

    seen = run(play())
    assert (seen.outcome, seen.throughput) == (outcome, None)
    assert (seen.ttft is not None) == (outcome == "ok")


@pytest.mark.parametrize("members", [{}, {"modalities": ["text", "audio"]}], ids=["text", "sound"])
def test_a_limit_of_the_callers_is_no_time_to_first_content(
    vendor: FakeVendor, members: dict[str, object]
) -> None:
    vendor.script("mute", streaming(ends="hang"))

    async def play() -> Observation:
        async with scene(vendor.base_url) as acme:
            await rest(acme.run("acme/mute", "other/hello", request=chat(**members), ttft_timeout=0.2))
            return acme.seen[0]

    seen = run(play())
    assert (seen.outcome, seen.ttft) == ("none", None)
    assert seen.at_least == (None if members else pytest.approx(0.2, abs=0.15))


def test_whoever_asks_an_endpoint_that_recovers_says_so(vendor: FakeVendor) -> None:
    vendor.script("back", streaming(ends="hang"))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            past = time.time() - 30
            for _ in range(5):
                failed = Observation(at=past, provider="acme", endpoint="acme/back", outcome="failed")
                acme.health.fold(failed)
            assert acme.health.vitals("acme/back", past + 7).share < 1
            acme.now = lambda: past + 7
            generation = acme.run("acme/back", "other/hello")
            await asyncio.to_thread(vendor.call, "back")
            assert acme.health.vitals("acme/back", past + 11).share == 0, "others wait for what it tells"
            await generation.aclose()

    run(play())
