"""When frames leave: at once, together if they came together, and a ping when there is nothing to send."""

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest

from tests.rest.scene import Scene, Wire, events, text_of
from tests.running import Pointsman, eventually
from tests.upstreams.fake_vendor import DONE, VendorCall, delta, streaming

WORDS = [delta(content=f"w{number} ") for number in range(5)]
END = delta(finish="stop") + DONE


@pytest.fixture
def wire(pointsman: Pointsman) -> Any:
    with Wire(pointsman) as wire:
        yield wire


def _chunks(wire: Wire, scene: Scene) -> list[tuple[float, bytes]]:
    wire.ask(scene.body(stream=True))
    assert wire.read_head() == 200
    return list(wire.chunks())


def test_frames_sent_in_one_write_arrive_in_one_chunk(scene: Scene, wire: Wire) -> None:
    scene.plays(streaming(b"".join(WORDS), END, gap=0.2))

    (_, first), *_ = _chunks(wire, scene)

    assert text_of(events(first.decode())) == "w0 w1 w2 w3 w4 "


def test_frames_sent_apart_arrive_apart_and_undelayed(
    scene: Scene, wire: Wire, record_testsuite_property: Any
) -> None:
    sent: list[float] = []

    async def script(call: Any) -> None:
        await call.start()
        for word in WORDS:
            sent.append(time.monotonic())
            await call.send(word)
            await asyncio.sleep(0.1)
        await call.send(END)

    chunks = _chunks(wire, scene.plays(script))

    assert [text_of(events(data.decode())) for _, data in chunks[:5]] == ["w0 ", "w1 ", "w2 ", "w3 ", "w4 "]
    delays = [came - left for left, (came, _) in zip(sent, chunks, strict=False)]
    record_testsuite_property("frame delays in ms", [round(delay * 1000, 1) for delay in delays])
    assert sorted(delays)[2] < 0.05  # the median; one hiccup of the machine is no fault
    assert max(delays) < 0.1


def test_a_burst_arrives_quickly_and_complete(
    scene: Scene, wire: Wire, record_testsuite_property: Any
) -> None:
    count = 2000
    words = [delta(content=f"{number} ") for number in range(count)]
    started = time.monotonic()

    chunks = _chunks(wire, scene.plays(streaming(*words, END)))

    record_testsuite_property("burst of 2000 frames, seconds", round(time.monotonic() - started, 3))
    record_testsuite_property("burst of 2000 frames, HTTP chunks", len(chunks))
    assert time.monotonic() - started < 3
    whole = events(b"".join(data for _, data in chunks).decode())
    assert text_of(whole) == "".join(f"{number} " for number in range(count))
    assert whole[-1] == "[DONE]"


def test_ten_megabytes_in_a_stream(scene: Scene, wire: Wire) -> None:
    piece = "x" * 1_000_000
    big = "y" * 5_000_000
    frames = [delta(content=text) for text in (*([piece] * 5), big)]

    whole = b"".join(data for _, data in _chunks(wire, scene.plays(streaming(*frames, END))))

    assert text_of(events(whole.decode())) == piece * 5 + big


def test_pings_while_there_is_nothing_to_send(scene: Scene, wire: Wire) -> None:
    started = time.monotonic()
    scene.plays(streaming(delta(role="assistant", content=""), *WORDS[:1], END, gap=1.4))

    chunks = _chunks(wire, scene)

    pings = [came - started for came, data in chunks if data == b": ping\n\n"]
    words = [came - started for came, data in chunks if b"w0" in data]
    first = [came for came in pings if came < words[0]]
    assert 0.5 < first[0] < 0.9  # commit_seconds is 0.6
    assert len(first) >= 3  # ping_seconds is 0.3
    assert all(0.2 < later - sooner < 0.6 for sooner, later in pairwise(first))
    assert [came for came in pings if came > words[0]], "silence after content brings pings as well"
    whole = events(b"".join(data for _, data in chunks).decode())
    assert text_of(whole) == "w0 "
    assert whole[-1] == "[DONE]"


def test_the_headers_of_a_stream(scene: Scene, wire: Wire) -> None:
    _chunks(wire, scene.plays(streaming(*WORDS, END)))

    assert wire.headers["content-type"] == "text/event-stream"
    assert wire.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in wire.headers
    assert wire.headers.keys() <= {
        *("content-type", "transfer-encoding", "date", "server", "x-request-id", "x-generation-id"),
        *("cache-control", "x-accel-buffering"),
    }


def test_a_reader_slower_than_a_burst_of_big_frames_slows_the_vendor_and_loses_nothing(
    scene: Scene, wire: Wire
) -> None:
    frames, size = 256, 1024 * 1024
    sent: list[float] = []

    async def big(call: VendorCall) -> None:
        await call.start()
        for _ in range(frames):
            await call.send(delta(content="x" * size))
            sent.append(time.monotonic())
        await call.send(END)

    scene.plays(big)
    wire.ask(scene.body(stream=True))
    assert wire.read_head() == 200
    # Nobody reads on: once everything on the way is full, the vendor has to wait.
    eventually(lambda: sent and time.monotonic() - sent[-1] > 0.5)
    sent_before = len(sent)
    body = b"".join(data for _, data in wire.chunks())

    assert sent_before < frames, sent_before
    assert body.count(b"x" * size) == frames
    assert body.endswith(DONE)
