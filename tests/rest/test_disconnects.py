"""Whenever a caller goes away, the vendor sees it, and the record says so."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.rest.scene import Scene, Wire, records
from tests.running import eventually
from tests.upstreams.fake_vendor import USAGE, Script, VendorCall, delta, event, streaming


async def silence(call: VendorCall) -> None:
    await call.hang()


SOME_WORDS = streaming(delta(content="Hi"), event(choices=[], usage=USAGE), ends="hang")


def _nothing_yet(wire: Wire) -> None:
    return


def _the_first_words(wire: Wire) -> None:
    assert wire.read_head() == 200
    assert b"Hi" in next(wire.chunks())[1]


def _a_ping(wire: Wire) -> None:
    assert wire.read_head() == 200
    assert next(wire.chunks())[1] == b": ping\n\n"


MOMENTS: dict[str, tuple[Script, bool, Callable[[Wire], None]]] = {
    "before the vendor's first byte": (silence, True, _nothing_yet),
    "after a ping": (silence, True, _a_ping),
    "in the middle of a stream": (SOME_WORDS, True, _the_first_words),
    "in a call that is not streamed": (silence, False, _nothing_yet),
    "while a whole answer arrives": (streaming(b'{"choices": [', ends="hang"), False, _nothing_yet),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_vendor_sees_the_caller_go(scene: Scene, moment: str, record_testsuite_property: Any) -> None:
    script, stream, wait = MOMENTS[moment]
    request_id = f"gone-{scene.name}"
    with Wire(scene.pointsman) as wire:
        wire.ask(scene.plays(script).body(stream=stream), f"x-request-id: {request_id}")
        call = scene.call
        wait(wire)
        gone = time.monotonic()

    assert call.closed.wait(1)

    assert call.closed_at
    record_testsuite_property(
        f"milliseconds until the vendor sees it, {moment}", round((call.closed_at - gone) * 1000, 1)
    )
    assert call.closed_at - gone < 1  # the aim is 0.1
    [record] = eventually(lambda: records(scene.pointsman, request_id=request_id))
    assert record["status"] == "cancelled"
    assert record["http_status"] == (499 if wait is _nothing_yet else 200)
    assert record["error_type"] is None
    if script is SOME_WORDS:
        assert record["usage"]["completion_tokens"] == USAGE["completion_tokens"]
        assert record["time_to_first_token_ms"] is not None


def test_a_caller_that_goes_after_the_finish_has_been_served(scene: Scene) -> None:
    with Wire(scene.pointsman) as wire:
        words = streaming(delta(content="Hi"), delta(finish="stop") + event(choices=[], usage=USAGE))
        wire.ask(scene.plays(words).body(stream=True))
        wire.read_head()
        assert wire.read_body().endswith(b"data: [DONE]\n\n")
        generation_id = wire.headers["x-generation-id"]

    assert scene.record(generation_id)["status"] == "ok"


def test_one_callers_leaving_disturbs_no_other(scene: Scene) -> None:
    with Wire(scene.pointsman) as leaving:
        leaving.ask(scene.plays(SOME_WORDS).body(stream=True))
        _the_first_words(leaving)

    for _ in range(5):
        assert scene.ask(model="fake/hello").status_code == 200
