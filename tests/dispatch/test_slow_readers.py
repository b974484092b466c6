"""A caller who is slow to read makes no endpoint look slow, and none look ill."""

import asyncio
import time

from service.errors import ErrorKind, ProviderError
from service.types.observation import Observation
from tests.dispatch.scene import Scene, rest, scene, until_error
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import DONE, USAGE, FakeVendor, delta, event, streaming

# More than a mailbox holds.
FLOOD = b"".join(delta(content="x") for _ in range(3000))
END = delta(finish="stop") + event(choices=[], usage=USAGE) + DONE


async def _read_late(acme: Scene, model: str, seconds: float) -> Exception | None:
    generation = acme.run(model)
    await generation.take()
    await asyncio.sleep(seconds)
    return (await until_error(generation))[1]


def test_time_that_ran_out_while_the_caller_did_not_read_is_not_the_endpoints(vendor: FakeVendor) -> None:
    vendor.script("floods", streaming(FLOOD, END, gap=0.1))

    async def play() -> Observation:
        async with scene(vendor.base_url, total=0.5) as acme:
            error = await _read_late(acme, "acme/floods", 1.0)
            assert isinstance(error, ProviderError)
            assert error.kind is ErrorKind.PROVIDER_TIMEOUT
            assert error.message == "The answer of provider 'acme' was read too slowly to end within 0.5 s"
            [seen] = acme.seen
            return seen

    assert run(play()).outcome == "none"


def test_time_that_ran_out_of_itself_is_the_endpoints(vendor: FakeVendor) -> None:
    vendor.script("drips", streaming(*[delta(content="x")] * 100, gap=0.05))

    async def play() -> None:
        async with scene(vendor.base_url, total=0.4) as acme:
            await until_error(acme.run("acme/drips"))
            assert [each.outcome for each in acme.seen] == ["failed"]

    run(play())


def test_a_slow_reader_lowers_no_throughput(vendor: FakeVendor) -> None:
    vendor.script("floods", streaming(FLOOD, END, gap=0.3))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            started = time.monotonic()
            await rest(acme.run("acme/floods"))
            elapsed = time.monotonic() - started
            assert await _read_late(acme, "acme/floods", 1.5) is None
            quick, slow = acme.seen
            assert quick.throughput
            # No faster than the vendor paused, no slower than all took.
            tokens = USAGE["completion_tokens"]
            assert tokens / elapsed <= quick.throughput <= tokens / 0.29
            assert (slow.outcome, slow.throughput) == ("ok", None), "most of the time nobody read"

    run(play())


def test_what_the_reader_waited_with_is_taken_off(vendor: FakeVendor) -> None:
    vendor.script("floods", streaming(FLOOD, END, gap=1.0))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            assert await _read_late(acme, "acme/floods", 0.4) is None
            [seen] = acme.seen
            assert seen.throughput
            assert seen.throughput > USAGE["completion_tokens"] / 0.9

    run(play())
