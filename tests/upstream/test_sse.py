"""Server-sent events: bytes split anywhere give the same events."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.upstream.sse import SseDecoder, SseEvent


def decode(*pieces: bytes) -> list[tuple[str, bytes]]:
    decoder = SseDecoder()
    events: list[SseEvent] = []
    for piece in pieces:
        events += decoder.feed(piece)
    return [(event.type, event.data) for event in [*events, *decoder.end()]]


CASES = [
    ("one event", b"data: a\n\n", [("message", b"a")]),
    ("no space", b"data:a\n\n", [("message", b"a")]),
    ("one space only is dropped", b"data:  a \n\n", [("message", b" a ")]),
    ("two events", b"data: a\n\ndata: b\n\n", [("message", b"a"), ("message", b"b")]),
    ("lines join", b"data: a\ndata: b\n\n", [("message", b"a\nb")]),
    ("empty data line", b"data: a\ndata:\ndata: b\n\n", [("message", b"a\n\nb")]),
    ("field without colon", b"data\n\n", [("message", b"")]),
    ("CRLF", b"data: a\r\n\r\ndata: b\r\n\r\n", [("message", b"a"), ("message", b"b")]),
    ("CR", b"data: a\r\rdata: b\r\r", [("message", b"a"), ("message", b"b")]),
    (
        "mixed line ends",
        b"data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r",
        [("message", b"a\nb\nc"), ("message", b"d")],
    ),
    (
        "comments",
        b": ping\n\n: OPENROUTER PROCESSING\n\ndata: a\n: in between\ndata: b\n\n",
        [("message", b"a\nb")],
    ),
    ("type", b"event: error\ndata: a\n\ndata: b\n\n", [("error", b"a"), ("message", b"b")]),
    ("a type without data is forgotten", b"event: error\n\ndata: b\n\n", [("message", b"b")]),
    ("other fields", b"id: 1\nretry: 3\nfoo: bar\ndata: a\n\n", [("message", b"a")]),
    ("byte order mark", b"\xef\xbb\xbfdata: a\n\n", [("message", b"a")]),
    ("a later mark is part of a name", b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [("message", b"a")]),
    ("colons in data", b'data: {"a": "b: c"}\n\n', [("message", b'{"a": "b: c"}')]),
    ("no blank line at the end", b"data: a\n\ndata: [DONE]\n", [("message", b"a"), ("message", b"[DONE]")]),
    ("no line end at the end", b"data: a\n\ndata: [DONE]", [("message", b"a"), ("message", b"[DONE]")]),
    ("a lone CR at the end", b"data: a\r", [("message", b"a")]),
    ("many blank lines", b"\n\n\ndata: a\n\n\n\n", [("message", b"a")]),
    ("utf-8", "data: é😀\u2028\u0085x\n\n".encode(), [("message", "é😀\u2028\u0085x".encode())]),
    ("not utf-8", b"event: \xff\ndata: \xff\xfe\n\n", [("\ufffd", b"\xff\xfe")]),
    ("form feeds and such end no line", b"data: a\x0bb\x0cc\x1cd\n\n", [("message", b"a\x0bb\x0cc\x1cd")]),
    ("nothing", b"", []),
]
ids = [row[0] for row in CASES]

STREAM = (
    "\ufeff: connected\r\n\r\n"
    'event: message\r\nid: 7\r\ndata: {"choices":[{"delta":{"content":"Grüße 😀"}}]}\r\n\r\n'
    ": ping\n\n"
    'data: {"choices":\ndata: [{"delta":{}}]}\n\n'
    "event: error\rdata: oh\r\r"
    "data: [DONE]"
).encode()


@pytest.mark.parametrize(("data", "events"), [row[1:] for row in CASES], ids=ids)
def test_framing(data: bytes, events: list[tuple[str, bytes]]) -> None:
    assert decode(data) == events


@pytest.mark.parametrize(("data", "events"), [row[1:] for row in CASES], ids=ids)
def test_framing_byte_by_byte(data: bytes, events: list[tuple[str, bytes]]) -> None:
    assert decode(*(data[place : place + 1] for place in range(len(data)))) == events


@pytest.mark.parametrize("place", range(len(STREAM) + 1))
def test_a_stream_split_at_every_byte(place: int) -> None:
    assert decode(STREAM[:place], STREAM[place:]) == [
        ("message", '{"choices":[{"delta":{"content":"Grüße 😀"}}]}'.encode()),
        ("message", b'{"choices":\n[{"delta":{}}]}'),
        ("error", b"oh"),
        ("message", b"[DONE]"),
    ]


_lines = st.sampled_from(
    [b"data: ", b"data", b"event: x", b":", b"\r", b"\n", b"\r\n", b"\n\n", b"a", b" ", b"\xef\xbb\xbf"]
)
_streams = st.lists(_lines | st.binary(max_size=4), max_size=30).map(b"".join)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


@given(_streams, st.lists(st.integers(0, 10_000), max_size=20))
def test_any_bytes_split_anywhere_give_the_same_events(data: bytes, cuts: list[int]) -> None:
    assert decode(*pieces(data, cuts)) == decode(data)


@given(_streams)
def test_line_ends_do_not_matter(data: bytes) -> None:
    plain = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    assert decode(data) == decode(plain) == decode(plain.replace(b"\n", b"\r\n"))


def test_what_is_held_can_be_bounded() -> None:
    decoder = SseDecoder()
    decoder.feed(b"data: " + b"x" * 1000)
    assert decoder.buffered >= 1000

    decoder.feed(b"x\n" + b"data: y\n" * 1000)
    assert decoder.buffered >= 2000

    decoder.feed(b"\n")
    assert decoder.buffered == 0


def test_a_long_line_in_many_pieces_costs_no_more_than_its_length() -> None:
    decoder = SseDecoder()
    for _ in range(100_000):
        decoder.feed(b"x" * 100)

    assert [len(event.data) for event in decoder.feed(b"\ndata: y\n\n")] == [1]
