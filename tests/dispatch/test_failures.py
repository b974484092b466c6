"""How one call of a provider fails, over a real connection."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple

import pytest

from service.errors import Internal, ProviderError
from tests.dispatch.scene import elapsed, scene, text, until_error
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import (
    FakeVendor,
    Script,
    VendorCall,
    delta,
    event,
    replying,
    streaming,
)

FIRST = delta(role="assistant", content="") + delta(content="Hel")


class Failure(NamedTuple):
    """What the vendor does, and how it is told; `before` begins the text that comes before the failure."""

    script: Script
    kind: str
    words: str
    before: str = ""
    limits: dict[str, float] = {}  # noqa: RUF012 - never changed


FAILURES = {
    "silence before the first byte": Failure(
        streaming(ends="hang"), "provider_timeout", "sent nothing for 0.3 s", limits={"first_byte": 0.3}
    ),
    "thinking before the first byte": Failure(
        streaming(ends="hang"), "provider_timeout", "for 0.5 s", limits={"first_byte": 0.5, "idle": 0.1}
    ),
    "silence in the middle": Failure(
        streaming(FIRST, ends="hang"), "provider_timeout", "sent nothing for 0.3 s", "Hel", {"idle": 0.3}
    ),
    "too long over all": Failure(
        streaming(*[FIRST] * 100, gap=0.05),
        "provider_timeout",
        "did not finish within 0.4 s",
        "HelHel",
        {"total": 0.4},
    ),
    "broken off before content": Failure(
        streaming(delta(role="assistant"), ends="break"), "provider_unreachable", "broke the connection"
    ),
    "broken off in the middle": Failure(
        streaming(FIRST, ends="break"), "provider_unreachable", "broke the connection", "Hel"
    ),
    "ended in the middle": Failure(
        streaming(FIRST), "provider_invalid_response", "ended its stream before", "Hel"
    ),
    "error in the middle": Failure(
        streaming(FIRST + event(error={"message": "oh", "code": 429})),
        "provider_rate_limit",
        "failed: oh",
        "Hel",
    ),
    "garbage in the middle": Failure(
        streaming(FIRST + b"data: {\n\n"), "provider_invalid_response", "not valid JSON", "Hel"
    ),
    "error in a whole 200": Failure(
        replying({"error": {"message": "oh", "type": "server_error"}}), "provider_failure", "failed: oh"
    ),
    "not JSON": Failure(replying(b"<html>"), "provider_invalid_response", "not valid JSON"),
    "an error status": Failure(
        replying({"error": {"message": "oh"}}, 503), "provider_overloaded", "answered 503: oh"
    ),
    "an error status without body": Failure(replying(b"", 500), "provider_failure", "answered 500"),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_failures(vendor: FakeVendor, failure: Failure) -> None:
    vendor.script("fails", failure.script)

    async def play() -> None:
        async with scene(vendor.base_url, routing=None, **failure.limits) as acme:
            started = time.monotonic()
            generation = acme.start("fails")
            chunks, error = await until_error(generation)
            assert elapsed(started) < 1.5
            assert isinstance(error, ProviderError)
            assert error.kind == failure.kind
            # Only a connection that failed before the first content is tried again.
            again = failure.kind == "provider_unreachable" and not failure.before
            assert error.message.startswith("All 2 attempts failed. " * again + "Provider 'acme' ")
            assert len(generation.attempts) == 1 + again
            assert failure.words in error.message
            assert text(chunks).startswith(failure.before)
            assert bool(text(chunks)) == bool(failure.before)
            attempt = generation.attempts[-1]
            assert (attempt.success, attempt.error_type) == (False, failure.kind)
            assert attempt.provider_status == error.status

    run(play())


def test_silence_before_the_headers(vendor: FakeVendor) -> None:
    async def mute(call: VendorCall) -> None:
        await call.hang()

    vendor.script("mute", mute)

    async def play() -> None:
        async with scene(vendor.base_url, first_byte=0.3) as acme:
            started = time.monotonic()
            with pytest.raises(ProviderError, match=r"sent nothing for 0\.3 s") as caught:
                await acme.whole("mute")
            assert 0.25 < elapsed(started) < 1
            assert caught.value.kind == "provider_timeout"

    run(play())
    assert vendor.call("mute").closed.wait(1)


def test_nobody_there() -> None:
    async def play() -> None:
        async with scene("http://127.0.0.1:9/v1") as acme:
            generation = acme.start("m")
            _, error = await until_error(generation)
            assert isinstance(error, ProviderError)
            assert error.kind == "provider_unreachable"
            assert [each.error_type for each in generation.attempts] == ["provider_unreachable"] * 2

    run(play())


def test_a_rate_limit_keeps_its_retry_after(vendor: FakeVendor) -> None:
    vendor.script("limited", replying({"error": {"message": "slow"}}, 429, retry_after="7"))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            with pytest.raises(ProviderError) as caught:
                await acme.whole("limited")
            assert (caught.value.retry_after, caught.value.status) == (7, 429)

    run(play())


def test_a_credential_that_is_echoed_is_not_shown(vendor: FakeVendor) -> None:
    async def echo(call: VendorCall) -> None:
        key = call.headers["authorization"]
        await call.reply({"error": {"message": f"wrong key: {key}", "code": key, "type": key}}, 401)

    vendor.script("echo", echo)

    async def play() -> None:
        async with scene(vendor.base_url, "very-own-key") as acme:
            with pytest.raises(ProviderError) as caught:
                await acme.whole("echo")
            assert "wrong key" in caught.value.message
            assert (caught.value.words or "").startswith("wrong key: ")
            assert "very-own-key" not in repr(vars(caught.value))
            assert caught.value.kind == "provider_auth"

    run(play())


def test_a_fault_of_ours_is_logged_and_not_shown(
    vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inner detail")

    monkeypatch.setattr("service.dialects.openai.decoder.chunk_of", broken)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            with pytest.raises(Internal, match=r"^Internal error$"):
                await acme.whole("hello")

    with caplog.at_level(logging.ERROR):
        run(play())
    assert "inner detail" in caplog.text


def test_a_date_to_come_back_at_is_counted_from_now_if_the_provider_has_no_clock() -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    answer = f"HTTP/1.1 429 Too Many\r\nRetry-After: {in_an_hour}\r\nContent-Length: 0\r\n\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    async def play() -> Exception | None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, scene(f"http://127.0.0.1:{port}") as acme:
            return (await until_error(acme.start("any")))[1]

    error = run(play())
    assert isinstance(error, ProviderError)
    assert error.retry_after is not None
    assert 3500 < error.retry_after <= 3601
