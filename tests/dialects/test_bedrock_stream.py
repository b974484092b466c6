"""Converse's answers in pieces: as they arrive, to their end, or broken."""

import json

import pytest

from service.errors import ErrorKind, ProviderError
from tests.asking import chat
from tests.dialects.converse import BEDROCK, JSON, call, decoded, delta_of, endpoint_of, folded, stream
from tests.upstreams.fake_bedrock import (
    EVENT_STREAM,
    event,
    events,
    exception,
    message,
    text,
    thought,
    tool_use,
    whole,
)


def test_pieces_come_as_they_arrive() -> None:
    frames = events([text("Hello"), tool_use(0, "f", {"a": 1})], "tool_use")
    chunks = decoded(b"".join(frames), EVENT_STREAM)

    assert [delta_of(chunk).content for chunk in chunks if chunk.choices and delta_of(chunk).content] == [
        "He",
        "llo",
    ]
    pieces = [each for chunk in chunks if chunk.choices for each in delta_of(chunk).tool_calls or ()]
    assert [(each.id, each.name, each.arguments) for each in pieces] == [
        ("tooluse_0", "f", None),
        (None, None, '{"a"'),
        (None, None, ": 1}"),
    ]


def test_a_streamed_call_without_arguments_has_an_empty_object() -> None:
    start = {"toolUse": {"toolUseId": "t", "name": "f"}}
    answer = stream(
        event("contentBlockStart", start=start, contentBlockIndex=0),
        event("contentBlockDelta", delta={"toolUse": {"input": ""}}, contentBlockIndex=0),
        event("contentBlockStop", contentBlockIndex=0),
    )

    assert delta_of(answer).tool_calls == [call(0, "t", "f", "{}")]
    assert answer.choices[0].finish_reason == "tool_calls", "whatever the vendor says"


def test_what_is_the_same_for_all_pieces_of_a_thought_is_said_once() -> None:
    frames = b"".join(events([text("a"), thought("Hm.", "c2ln")], "end_turn"))
    chunks = decoded(frames, EVENT_STREAM)
    pieces = [each for c in chunks if c.choices for each in delta_of(c).reasoning_details or ()]

    assert [each.keys() & {"format", "position"} for each in pieces] == [{"format", "position"}, set(), set()]
    assert pieces[0]["position"] == {"content": 1}


def test_hidden_thoughts_in_pieces_are_joined_as_bytes() -> None:
    pieces = [
        event("contentBlockDelta", delta={"reasoningContent": {"redactedContent": data}}, contentBlockIndex=0)
        for data in ("QQ==", "Qg==")
    ]

    [detail] = delta_of(stream(*pieces)).reasoning_details or [{}]
    assert detail["data"] == "QUI="


def test_a_stream_ends_with_its_counts() -> None:
    decoder = BEDROCK.decoder(chat(), endpoint_of(), EVENT_STREAM)
    frames = events([text("a")], "end_turn")

    for frame in frames[:-1]:
        decoder.feed(frame)
        assert not decoder.complete
    [last] = decoder.feed(frames[-1] + exception("internalServerException", message="late"))
    assert decoder.complete
    assert last.usage
    assert not last.choices
    assert not decoder.end()


def test_a_stream_that_lacks_the_counts_alone_is_an_answer() -> None:
    answer = folded(b"".join(events([text("a")], "end_turn")[:-1]), EVENT_STREAM)

    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is None


@pytest.mark.parametrize("kept", range(5))
def test_a_stream_without_its_stop_reason_was_cut(kept: int) -> None:
    frames = events([text("a")], "end_turn")

    with pytest.raises(ProviderError, match=r"before the answer was finished|empty body") as caught:
        decoded(b"".join(frames[:kept]), EVENT_STREAM)
    assert caught.value.kind == ErrorKind.PROVIDER_INVALID_RESPONSE


BROKEN = [
    ("no JSON", EVENT_STREAM, message({":event-type": "messageStop", ":message-type": "event"}, b"{")),
    ("another shape", EVENT_STREAM, event("contentBlockDelta", contentBlockIndex=0)),
    ("counts before the stop", EVENT_STREAM, event("metadata", usage={})),
    ("no frames", EVENT_STREAM, b"<html>gateway says no</html>"),
    ("a stop reason that is none", EVENT_STREAM, event("messageStop", stopReason=5)),
    ("a place that is none", EVENT_STREAM, event("contentBlockStop", contentBlockIndex="0")),
    (
        "a call of a tool without a name",
        EVENT_STREAM,
        event("contentBlockStart", start={"toolUse": {"toolUseId": "t", "name": 5}}, contentBlockIndex=0),
    ),
    ("half a body", JSON, b'{"output":{"message"'),
    ("a body of another shape", JSON, b'{"output":{"message":{"content":"x"}}}'),
]


@pytest.mark.parametrize(
    ("content_type", "data"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_broken_answers_are_the_providers_fault(content_type: str, data: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        decoded(data, content_type)

    assert caught.value.kind == ErrorKind.PROVIDER_INVALID_RESPONSE


@pytest.mark.parametrize(
    ("content_type", "streamed", "data"),
    [
        (EVENT_STREAM, False, b"".join(events([text("a")], "end_turn"))),
        (JSON, True, json.dumps(whole([text("a")], "end_turn")).encode()),
        ("", True, b"".join(events([text("a")], "end_turn"))),
        ("", False, json.dumps(whole([text("a")], "end_turn")).encode()),
    ],
)
def test_the_decoder_is_chosen_by_content_type_then_by_the_wish(
    content_type: str, streamed: bool, data: bytes
) -> None:
    assert delta_of(folded(data, content_type, stream=streamed)).content == "a"
