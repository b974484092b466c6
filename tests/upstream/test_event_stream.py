"""AWS event stream framing: the same events however the bytes are split; broken bytes are told."""

import json
import random
import struct
import subprocess
import sys
import zlib
from itertools import pairwise

import pytest

from service.upstream.event_stream import FAILED, EventStreamDecoder
from service.upstream.sse import SseEvent
from tests.upstreams.fake_bedrock import event, exception, message

STREAM = (
    event("messageStart", role="assistant")
    + event("contentBlockDelta", delta={"text": "é" * 5000}, contentBlockIndex=0)
    + message({":event-type": "empty", ":message-type": "event"}, b"")
    + exception("throttlingException", message="Slow down")
    + message({":message-type": "error", ":error-code": "Internal", ":error-message": 'a "b"'}, b"")
)


def decoded(*pieces: bytes) -> list[SseEvent]:
    decoder = EventStreamDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    assert decoder.buffered == 0
    return events + decoder.end()


def test_events_exceptions_and_errors_are_told_apart() -> None:
    events = decoded(STREAM)

    assert [event.type for event in events] == [
        "messageStart",
        "contentBlockDelta",
        "empty",
        f"{FAILED}throttlingException",
        f"{FAILED}Internal",
    ]
    assert json.loads(events[1].data)["delta"]["text"] == "é" * 5000
    assert [json.loads(event.data) for event in events[3:]] == [
        {"message": "Slow down"},
        {"message": 'a "b"'},
    ]


@pytest.mark.parametrize("seed", range(20))
def test_splits_change_nothing(seed: int) -> None:
    chance = random.Random(seed)
    cuts = sorted(chance.sample(range(len(STREAM)), chance.randint(1, 200)))

    assert decoded(*(STREAM[a:b] for a, b in pairwise([0, *cuts, len(STREAM)]))) == decoded(STREAM)


def test_byte_by_byte() -> None:
    assert decoded(*(STREAM[place : place + 1] for place in range(len(STREAM)))) == decoded(STREAM)


def test_what_is_held_is_counted() -> None:
    decoder = EventStreamDecoder()

    assert [event.type for event in decoder.feed(STREAM[:-7])][-1] == f"{FAILED}throttlingException"
    assert (
        decoder.buffered
        == len(message({":message-type": "error", ":error-code": "Internal", ":error-message": 'a "b"'}, b""))
        - 7
    )


def broken(place: int) -> bytes:
    data = bytearray(event("messageStart", role="assistant"))
    data[place] ^= 0xFF
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(broken(0), id="length"),
        pytest.param(broken(9), id="sum of the lengths"),
        pytest.param(broken(20), id="header"),
        pytest.param(broken(-10), id="payload"),
        pytest.param(broken(-1), id="sum"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", id="something else"),
    ],
)
def test_broken_framing_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"(?i)checksum"):
        decoded(*(data[place : place + 1] for place in range(len(data))))


def test_a_header_of_unknown_type_is_a_value_error() -> None:
    headers = b"\x02:x\x63"
    prelude = struct.pack("!II", 16 + len(headers), len(headers))
    begun = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers

    with pytest.raises(ValueError, match="99"):
        decoded(begun + struct.pack("!I", zlib.crc32(begun)))


def test_botocore_is_not_imported_before_the_first_stream() -> None:
    code = "import sys, service.dialects.bedrock; sys.exit('botocore' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
