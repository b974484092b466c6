"""Streams that fail: by an error status until the first content, in the stream after it, never silently."""

import asyncio
import json
from typing import Any

import pytest

from tests.rest.scene import Scene, Wire, events, text_of
from tests.upstreams.fake_vendor import DONE, Script, VendorCall, delta, event, replying, streaming

ROLE = delta(role="assistant", content="")
WORD = delta(content="Hel")
OVERLOADED = event(error={"message": "Overloaded, come back", "type": "overloaded_error"})

BEFORE_CONTENT: dict[str, tuple[Script, int, str]] = {
    "an error status": (replying({"error": {"message": "no"}}, 500), 502, "answered 500: no"),
    "an error as the first event": (streaming(OVERLOADED), 503, "failed: Overloaded, come back"),
    "an error after the role": (streaming(ROLE, OVERLOADED, gap=0.05), 503, "Overloaded"),
    "an error after empty deltas": (
        streaming(ROLE, delta(content=""), delta(), OVERLOADED),
        503,
        "Overloaded",
    ),
    "an error with a status": (
        streaming(event(error={"message": "slow down", "code": 429})),
        429,
        "slow down",
    ),
    "an error as an event type": (streaming(b'event: error\ndata: {"message": "boom"}\n\n'), 502, "boom"),
    "an error in a 200 that is JSON": (replying({"error": {"message": "boom", "code": 400}}), 400, "boom"),
    "the end after the role": (streaming(ROLE), 502, "ended its stream before the answer was finished"),
    "[DONE] after the role": (streaming(ROLE + DONE), 502, "before the answer was finished"),
    "nothing at all": (streaming(), 502, "Provider 'fake' sent an empty body"),
    "a connection that breaks": (streaming(ROLE, gap=0.05, ends="break"), 502, "broke the connection"),
    "garbage": (streaming(b"data: {garbage\n\n"), 502, "not valid JSON"),
    "a web page": (
        replying(b"<html>", content_type="Text/HTML; charset=utf-8"),
        502,
        "answered text/html instead of a stream",
    ),
    "an odd shape": (streaming(event(choices=[7])), 502, "unknown shape"),
    "a list": (streaming(b"data: [1]\n\n"), 502, "not a JSON object"),
}


@pytest.mark.parametrize(("script", "status", "words"), BEFORE_CONTENT.values(), ids=BEFORE_CONTENT)
def test_a_failure_before_the_first_content_is_an_error_status(
    scene: Scene, script: Script, status: int, words: str
) -> None:
    response = scene.plays(script).ask(stream=True)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert words in body["error"]["message"]
    assert body["error"]["provider"] == "fake"
    attempts = body["metadata"]["attempts"]
    assert len(attempts) == 1 + ("connection" in words), "a connection gets a second chance"
    for attempt in attempts:
        assert attempt["success"] is False
        assert attempt["error_type"] == body["error"]["code"]
        assert attempt["time_to_first_token_ms"] == 0
    assert body["metadata"]["reasoning"].endswith("- failed")


def _then(script: Script) -> Script:
    """Content first, then what the script does."""

    async def both(call: VendorCall) -> None:
        await call.start()
        await call.send(WORD)
        call.start = _nothing  # type: ignore[method-assign]
        await script(call)

    return both


async def _nothing(*_: Any, **__: Any) -> None:
    return


AFTER_CONTENT: dict[str, tuple[Script, str]] = {
    "an error event": (streaming(OVERLOADED), "Overloaded"),
    "the end": (streaming(), "before the answer was finished"),
    "a connection that breaks": (
        streaming(delta(content="lo"), gap=0.05, ends="break"),
        "broke the connection",
    ),
    "garbage": (streaming(b"data: <html>\n\n"), "not valid JSON"),
    "half an event": (streaming(b'data: {"choices": [{"del'), "not valid JSON"),
}


@pytest.mark.parametrize(("script", "words"), AFTER_CONTENT.values(), ids=AFTER_CONTENT)
def test_a_failure_after_content_is_told_in_the_stream(scene: Scene, script: Script, words: str) -> None:
    chunks = scene.plays(_then(script)).stream()

    assert text_of(chunks).startswith("Hel")
    assert "[DONE]" not in chunks
    last = chunks[-1]
    assert words in last["error"]["message"]
    assert last["error"]["type"] == "api_error"
    assert last["metadata"]["attempts"][0]["success"] is False
    assert last["metadata"]["attempts"][0]["error_type"] == last["error"]["code"]
    assert not any(choice["finish_reason"] for chunk in chunks[:-1] for choice in chunk["choices"])


def test_the_frame_of_an_error_is_one_whole_event(scene: Scene) -> None:
    text = scene.plays(streaming(WORD, OVERLOADED)).ask(stream=True).text

    assert text.endswith("}\n\n")
    last = text.split("\n\n")[-2]
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "provider_overloaded"


def test_silence_in_the_middle_ends_the_stream(scene: Scene) -> None:
    response = scene.plays(streaming(WORD, ends="hang")).ask(stream=True)

    *_, last = events(response.text)
    assert last["error"]["code"] == "provider_timeout"
    assert "sent nothing for 2 s" in last["error"]["message"]
    assert ": ping\n\n" in response.text


def test_a_failure_after_a_ping_is_told_in_the_stream(scene: Scene) -> None:
    async def script(call: VendorCall) -> None:
        await asyncio.sleep(1)
        await call.reply({"error": {"message": "too late"}}, 429)

    response = scene.plays(script).ask(stream=True)

    assert response.status_code == 200
    assert response.text.startswith(": ping\n\n")
    [error] = events(response.text)
    assert error["error"]["code"] == "provider_rate_limit"
    assert error["metadata"]["attempts"][0]["provider_status"] == 429


def test_the_role_waits_for_the_first_content(scene: Scene) -> None:
    """A role alone commits nothing: the vendor may still fail."""
    with Wire(scene.pointsman) as wire:
        scene.plays(streaming(ROLE, WORD, delta(finish="stop"), gap=0.2))
        wire.ask(scene.body(stream=True))
        wire.read_head()
        (_, first), *_ = wire.chunks()

    frames = events(first.decode())
    assert [frame["choices"][0]["delta"] for frame in frames] == [
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
    ]
