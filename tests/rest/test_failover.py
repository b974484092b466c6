"""A vendor that fails, in every way and at every moment: the caller gets a good answer or a proper error.

Never a hang, a truncated answer that looks whole, or a text twice.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from tests.rest.conftest import CONFIG
from tests.rest.scene import Scene, events, text_of
from tests.running import Pointsman, client_of, running
from tests.upstreams.fake_vendor import (
    DONE,
    HELLO,
    FakeVendor,
    Script,
    VendorCall,
    completion,
    delta,
    event,
    replying,
    streaming,
)

SLOWEST_SECONDS = 8.0  # two limits of half a second, and room for a slow machine
ROLE = delta(role="assistant", content="")
WORD = delta(content="Hel")
FINISH = delta(finish="stop")
BOOM = event(error={"message": "boom", "type": "server_error"})
WHOLE = json.dumps(completion()).encode()


async def _resets(call: VendorCall) -> None:
    await call.break_off()


async def _stalls(call: VendorCall) -> None:
    await call.hang()


async def _speaks_nonsense(call: VendorCall) -> None:
    assert call.request.transport
    call.request.transport.write(b"\x00\x01 this is no HTTP\r\n\r\n")
    call.request.transport.close()


def whole(data: bytes, ends: str = "close", length: int | None = None) -> Script:
    """A body that is not streamed: so many bytes of it, announced as `length`, and then an end."""

    async def script(call: VendorCall) -> None:
        await call.start(200, "application/json", **({"content-length": str(length)} if length else {}))
        await call.send(data)
        if ends == "break":
            await call.break_off()
        elif ends == "hang":
            await call.hang()

    return script


class Failure(NamedTuple):
    """What the vendor does, and what becomes of it: the `spare` answers, the `first` does, or an `error`."""

    script: Script
    outcome: str = "spare"


ERROR_STATUSES = {
    f"headers: status {status}": Failure(replying({"error": {"message": "no"}}, status))
    for status in (401, 402, 403, 404, 405, 408, 409, 410, 418, 424, 429, 451, 500, 502, 503, 504, 529)
}
EITHER_WAY: dict[str, Failure] = {
    "headers: a reset": Failure(_resets),
    "headers: a stall": Failure(_stalls),
    "headers: garbage": Failure(_speaks_nonsense),
    **ERROR_STATUSES,
    "first content: a wrong content type": Failure(replying(b"<html>", content_type="text/html")),
    "first content: an empty body": Failure(replying(b"", content_type="application/json")),
    "first content: an error in a 200": Failure(replying({"error": {"message": "boom", "code": 500}})),
}
STREAMED: dict[str, Failure] = EITHER_WAY | {
    "first content: a reset": Failure(streaming(ROLE, gap=0.05, ends="break")),
    "first content: a stall": Failure(streaming(ROLE, ends="hang")),
    "first content: garbage": Failure(streaming(b"data: {garbage\n\n")),
    "first content: no event": Failure(streaming()),
    "first content: the end": Failure(streaming(ROLE)),
    "first content: [DONE]": Failure(streaming(ROLE + DONE)),
    "first content: an error event": Failure(streaming(BOOM)),
    "first content: an error as the second event": Failure(streaming(ROLE, BOOM, gap=0.05)),
    "mid-stream: a reset": Failure(
        streaming(ROLE + WORD, delta(content="lo"), gap=0.05, ends="break"), "error"
    ),
    "mid-stream: a stall": Failure(streaming(ROLE + WORD, ends="hang"), "error"),
    "mid-stream: garbage": Failure(streaming(ROLE + WORD, b"data: <html>\n\n"), "error"),
    "mid-stream: half an event": Failure(streaming(ROLE + WORD, b'data: {"choices": [{"del'), "error"),
    "mid-stream: the end": Failure(streaming(ROLE + WORD), "error"),
    "mid-stream: an error event": Failure(streaming(ROLE + WORD, BOOM), "error"),
    "after the finish: a reset": Failure(
        streaming(ROLE + delta(content="Hello") + FINISH, gap=0.05, ends="break"), "first"
    ),
    "after the finish: a stall": Failure(
        streaming(ROLE + delta(content="Hello") + FINISH, ends="hang"), "first"
    ),
    "after the finish: the end": Failure(streaming(ROLE + delta(content="Hello") + FINISH), "first"),
    "after [DONE]: garbage": Failure(streaming(HELLO + b"data: {garbage\n\n"), "first"),
    "after [DONE]: a stall": Failure(streaming(HELLO, ends="hang"), "first"),
}
NOT_STREAMED: dict[str, Failure] = EITHER_WAY | {
    "body: a reset in the middle": Failure(whole(WHOLE[:90], "break", len(WHOLE))),
    "body: a stall in the middle": Failure(whole(WHOLE[:90], "hang", len(WHOLE))),
    "body: the end in the middle": Failure(whole(WHOLE[:90])),
    "body: garbage": Failure(whole(b"{garbage")),
    "body: of another shape": Failure(whole(b'{"choices": 7}')),
    "body: a list": Failure(whole(b"[1]")),
    "after the body: a stall": Failure(whole(WHOLE, "hang"), "first"),
    "after the body: a reset": Failure(whole(WHOLE, "break"), "first"),
}


async def _spare(call: VendorCall) -> None:
    """Another model, which answers as asked."""
    if call.json.get("stream"):
        await call.start()
        await call.send(HELLO.replace(b"Hel", b"Spa").replace(b'"lo"', b'"re"'))
    else:
        await call.reply(completion("Spare"))


@pytest.fixture(scope="module")
def pointsman(vendor: FakeVendor) -> Iterator[Pointsman]:
    """An installation that does not wait long."""
    config = CONFIG.format(base_url=vendor.base_url)
    for limit in ("first_byte_seconds", "idle_seconds"):
        config = config.replace(f"{limit} = 2", f"{limit} = 0.5")
    with running(config) as pointsman:
        yield pointsman


@pytest.fixture(scope="module")
def http(pointsman: Pointsman) -> Iterator[httpx.Client]:
    with client_of(pointsman) as client:
        yield client


@pytest.mark.parametrize("name", STREAMED)
def test_streamed(scene: Scene, name: str) -> None:
    script, outcome = STREAMED[name]
    started = time.monotonic()

    chunks = _with_spare(scene, script).stream(models=[spare(scene)])

    assert time.monotonic() - started < SLOWEST_SECONDS
    last = chunks[-1] if outcome == "error" else chunks[-2]
    _check_attempts(last["metadata"]["attempts"], scene, outcome)
    if outcome == "error":
        assert "[DONE]" not in chunks
        assert last["error"]["message"]
        assert text_of(chunks[:-1]) in ("Hel", "Hello")
        assert not any(choice["finish_reason"] for chunk in chunks[:-1] for choice in chunk["choices"])
    else:
        assert chunks[-1] == "[DONE]"
        assert text_of(chunks) == {"spare": "Spare", "first": "Hello"}[outcome]
        finished = [choice["finish_reason"] for chunk in chunks[:-1] for choice in chunk["choices"]]
        assert [reason for reason in finished if reason] == ["stop"]


@pytest.mark.parametrize("name", NOT_STREAMED)
def test_not_streamed(scene: Scene, name: str) -> None:
    script, outcome = NOT_STREAMED[name]
    started = time.monotonic()

    response = _with_spare(scene, script).ask(models=[spare(scene)])

    assert time.monotonic() - started < SLOWEST_SECONDS
    assert response.status_code == 200, response.text
    body = response.json()
    _check_attempts(body["metadata"]["attempts"], scene, outcome)
    assert body["choices"][0]["message"]["content"] == {"spare": "Spare", "first": "Hello"}[outcome]


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_nobody_listens(scene: Scene, stream: bool) -> None:
    scene.vendor.script(f"{scene.name}-spare", _spare)

    response = scene.ask(model="gone/model", models=[spare(scene)], stream=stream)

    assert response.status_code == 200, response.text
    attempts = (events(response.text)[-2] if stream else response.json())["metadata"]["attempts"]
    # A connection that fails is tried once more.
    assert [each["model"] for each in attempts] == ["gone/model", "gone/model", spare(scene)]
    assert attempts[0]["error_type"] == "provider_unreachable"


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("status", [400, 422], ids=str)
def test_the_callers_own_error_stops(scene: Scene, status: int, stream: bool) -> None:
    scene.vendor.script(f"{scene.name}-spare", _spare)
    scene.plays(replying({"error": {"message": "bad request"}}, status))

    response = scene.ask(models=[spare(scene)], stream=stream)

    assert response.status_code == status, response.text
    assert [each["model"] for each in response.json()["metadata"]["attempts"]] == [scene.model]


def test_all_busy_is_a_429_with_the_shortest_wait(scene: Scene) -> None:
    scene.plays(replying({"error": {"message": "slow down"}}, 429, retry_after="30"))
    scene.vendor.script(
        f"{scene.name}-spare", replying({"error": {"message": "me too"}}, 429, retry_after="7")
    )

    response = scene.ask(models=[spare(scene)])

    assert response.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert [each["provider_status"] for each in response.json()["metadata"]["attempts"]] == [429, 429]


def test_the_first_token_may_not_take_too_long(scene: Scene) -> None:
    async def slow(call: VendorCall) -> None:
        await asyncio.sleep(1.5)
        await call.start()
        await call.send(HELLO)

    for stream in (True, False):
        started = time.monotonic()
        response = _with_spare(scene, slow).ask(
            models=[spare(scene)], stream=stream, fallback={"ttft_timeout": "300ms"}
        )
        attempts = (events(response.text)[-2] if stream else response.json())["metadata"]["attempts"]
        assert [each.get("error_type") for each in attempts] == ["ttft_timeout", None]
        assert 0.3 <= time.monotonic() - started < 1.5
        assert scene.call.closed.wait(2)


def spare(scene: Scene) -> str:
    """The model that answers when the first one fails: at another provider, which has another key."""
    return f"spare/{scene.name}-spare"


def _with_spare(scene: Scene, script: Script) -> Scene:
    scene.vendor.script(f"{scene.name}-spare", _spare)
    return scene.plays(script)


def _check_attempts(attempts: list[dict[str, Any]], scene: Scene, outcome: str) -> None:
    first = {"first": True, "spare": False, "error": False}[outcome]
    asked = list(dict.fromkeys(each["model"] for each in attempts))
    assert asked == [scene.model, spare(scene)][: 2 if outcome == "spare" else 1]
    assert attempts[0]["success"] is first
    assert all(bool(each.get("error_type")) is not each["success"] for each in attempts)
    assert attempts[-1]["success"] is (outcome != "error")
