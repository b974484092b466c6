"""One call of a provider over a real connection: answers, and the caller going away."""

import asyncio
import time
from collections.abc import Callable

import pytest

from service.dispatch.generation import Generation
from service.dispatch.mailbox import _MAX_WAITING
from service.types.fold import fold
from tests.dispatch.scene import elapsed, rest, scene, text
from tests.dispatch.sharers import until
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import (
    DONE,
    HELLO,
    FakeVendor,
    Script,
    VendorCall,
    completion,
    delta,
    hello,
    replying,
    streaming,
)

ANSWERS: list[tuple[str, Script]] = [
    ("streamed", hello),
    ("streamed byte by byte", streaming(*(HELLO[i : i + 1] for i in range(len(HELLO))))),
    ("JSON to a streaming request", replying(completion())),
    ("without [DONE]", streaming(HELLO.removesuffix(DONE))),
    ("without blank line at the end", streaming(HELLO.rstrip())),
    (
        "broken off after the finish reason",
        streaming(delta(content="Hello") + delta(finish="stop"), b": ping\n\n", gap=0.05, ends="break"),
    ),
    ("broken off after [DONE]", streaming(HELLO, ends="break")),
    ("left open after [DONE]", streaming(HELLO, ends="hang")),
]


@pytest.mark.parametrize("script", [row[1] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_whole_answers(vendor: FakeVendor, script: Script) -> None:
    vendor.script("answer", script)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            started = time.monotonic()
            generation = acme.start("answer")
            whole = fold(await rest(generation))
            assert elapsed(started) < 1
            [choice] = whole.choices
            assert (choice.delta.content, choice.finish_reason) == ("Hello", "stop")
            [attempt] = generation.attempts
            assert (attempt.model, attempt.success, attempt.error_type) == ("acme/answer", True, None)
            assert attempt.time_to_first_token_ms is not None
            assert await generation.take() is None

    run(play())


@pytest.mark.parametrize(
    "script", [hello, replying(HELLO, content_type="text/event-stream")], ids=["JSON", "a stream"]
)
def test_whole_answers_to_a_whole_request(vendor: FakeVendor, script: Script) -> None:
    vendor.script("answer", script)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            assert text(await acme.whole("answer", stream=False)) == "Hello"

    run(play())


FIRST = delta(role="assistant", content="") + delta(content="Hel")


async def _before_the_headers(call: VendorCall) -> None:
    await call.hang()


@pytest.mark.parametrize(
    ("script", "reached"),
    [
        (_before_the_headers, lambda generation, call: True),
        (streaming(ends="hang"), lambda generation, call: call.response is not None),
        (
            streaming(FIRST, ends="hang"),
            lambda generation, call: generation._call is not None and generation._call.begun,
        ),
        (
            streaming(*[FIRST * 50] * 10_000),
            lambda generation, call: len(generation._mailbox._waiting) >= _MAX_WAITING,
        ),
    ],
    ids=["before the headers", "before the first byte", "in the middle", "while the mailbox is full"],
)
def test_the_provider_is_let_go_when_the_caller_goes(
    vendor: FakeVendor, script: Script, reached: Callable[[Generation, VendorCall], bool]
) -> None:
    vendor.script("left", script)

    async def play() -> float:
        async with scene(vendor.base_url) as acme:
            generation = acme.start("left")
            call = await asyncio.to_thread(vendor.call, "left")
            await until(lambda: reached(generation, call))
            left = time.monotonic()
            await generation.aclose()
            await generation.aclose()
            assert elapsed(left) < 0.5
            assert await asyncio.to_thread(vendor.call("left").closed.wait, 2)
            return left

    left = run(play())
    closed_at = vendor.call("left").closed_at
    assert closed_at is not None
    assert closed_at - left < 1


def test_silence_after_the_finish_reason_is_an_end(vendor: FakeVendor) -> None:
    vendor.script("silent", streaming(delta(content="Hello") + delta(finish="stop"), ends="hang"))

    async def play() -> None:
        async with scene(vendor.base_url, idle=0.2) as acme:
            generation = acme.start("silent")
            assert text(await rest(generation)) == "Hello"
            assert generation.attempts[0].success

    run(play())


def test_a_connection_serves_the_next_call(vendor: FakeVendor) -> None:
    async def late_end(call: VendorCall) -> None:
        await call.start()
        await call.send(HELLO)
        await asyncio.sleep(0.05)

    vendor.script("next", late_end)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            for stream in (True, True, False, True):
                generation = acme.start("next", stream=stream)
                assert text(await rest(generation)) == "Hello"
                await generation.aclose()
                await asyncio.wait([generation._task])

    run(play())
    assert len({call.peer_port for call in vendor.calls("next")}) == 1


def test_calls_side_by_side_do_not_mix(vendor: FakeVendor) -> None:
    async def echo(call: VendorCall) -> None:
        await call.start()
        for word in call.json["messages"][0]["content"].split():
            await call.send(delta(content=word))
            await asyncio.sleep(0.002)
        await call.send(delta(finish="stop") + DONE)

    vendor.script("echo", echo)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            questions = [" ".join([str(number)] * 20) for number in range(30)]
            answers = await asyncio.gather(
                *(
                    acme.whole("echo", messages=[{"role": "user", "content": question}])
                    for question in questions
                )
            )
            assert [text(answer) for answer in answers] == [
                question.replace(" ", "") for question in questions
            ]

    run(play())


def test_keys_take_turns(vendor: FakeVendor) -> None:
    vendor.script("turns", hello)

    async def play() -> None:
        async with scene(vendor.base_url, "a", "b", "c") as acme:
            for _ in range(5):
                await acme.whole("turns")

    run(play())
    keys = [call.headers["authorization"].removeprefix("Bearer ") for call in vendor.calls("turns")]
    assert keys == ["a", "b", "c", "a", "b"]


def test_a_provider_without_key_gets_none(vendor: FakeVendor) -> None:
    vendor.script("open", hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            await acme.whole("open")

    run(play())
    assert "authorization" not in vendor.call("open").headers


def test_waiting_for_chunks_may_be_cut_short_and_taken_up_again(vendor: FakeVendor) -> None:
    vendor.script("slow", streaming(FIRST, HELLO, gap=0.2))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.start("slow")
            assert text(await generation.take() or []) == "Hel"
            with pytest.raises(TimeoutError):
                await generation.take(0.02)
            assert text(await rest(generation)) == "Hello"

    run(play())
