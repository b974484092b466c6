"""Streams that go well: which frames come, what they hold, and how they end."""

import time
from typing import Any

import pytest

from tests.rest.scene import Scene, text_of
from tests.upstreams.fake_vendor import (
    DONE,
    HELLO,
    PRINTED_USAGE,
    USAGE,
    completion,
    delta,
    event,
    replying,
    streaming,
)

BEGIN = delta(role="assistant", content="")
WORD = delta(content="Hi")
FINISH = delta(finish="stop")
LATE_USAGE = event(choices=[], usage=USAGE)
IN_FINISH = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}], usage=USAGE)
TOTALS = event(choices=[{"index": 0, "delta": {"content": "Hi"}}], usage=USAGE | {"completion_tokens": 1})
ALL_IN_ONE = event(choices=[{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}], usage=USAGE)

WAYS_TO_END = {
    "usage after the finish": (BEGIN, WORD, FINISH, LATE_USAGE, DONE),
    "usage in the finish": (BEGIN, WORD, IN_FINISH, DONE),
    "finish repeated with usage": (BEGIN, WORD, FINISH, IN_FINISH, DONE),
    "running totals": (BEGIN, TOTALS, FINISH, LATE_USAGE, DONE),
    "content, finish and usage in one": (BEGIN, ALL_IN_ONE, DONE),
    "no [DONE]": (BEGIN, WORD, FINISH, LATE_USAGE),
    "no [DONE], all in one": (ALL_IN_ONE,),
    "a [DONE] without its blank line": (BEGIN, WORD, FINISH, LATE_USAGE, b"data: [DONE]"),
    "comments, CRLF and other fields": (
        b": hello\r\n\r\nid: 1\r\nretry: 5\r\n" + WORD.replace(b"\n", b"\r\n"),
        FINISH,
        LATE_USAGE,
        DONE,
    ),
    "empty finish reasons": (
        event(choices=[{"index": 0, "delta": {"content": "Hi"}, "finish_reason": ""}]),
        IN_FINISH,
    ),
}


@pytest.mark.parametrize("include_usage", [False, True])
@pytest.mark.parametrize("frames", WAYS_TO_END.values(), ids=WAYS_TO_END)
def test_every_vendor_ends_alike(scene: Scene, frames: tuple[bytes, ...], include_usage: bool) -> None:
    options = {"stream_options": {"include_usage": True}} if include_usage else {}

    *chunks, done = scene.plays(streaming(*frames)).stream(**options)

    assert done == "[DONE]"
    assert text_of(chunks) == "Hi"
    assert [chunk for chunk in chunks if "usage" in chunk] == [
        chunk for chunk in chunks if "metadata" in chunk
    ]
    last, before = chunks[-1], chunks[-2]
    assert last["usage"] == PRINTED_USAGE
    assert last["metadata"]["attempts"][0]["success"] is True
    assert not any("usage" in chunk for chunk in chunks[:-1])
    finish = before if include_usage else last
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert (last["choices"] == []) is include_usage
    reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert [reason for reason in reasons if reason] == ["stop"]


def test_the_role_stands_in_the_first_delta_only(scene: Scene) -> None:
    frames = [delta(role="assistant", content=text) for text in ("", "a", "b")]

    *chunks, _ = scene.plays(streaming(*frames, FINISH)).stream()

    assert [chunk["choices"][0]["delta"].get("role") for chunk in chunks] == ["assistant", None, None, None]


def test_the_role_is_set_where_the_vendor_leaves_it_out(scene: Scene) -> None:
    chunks = scene.plays(streaming(WORD, FINISH)).stream()

    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": "Hi"}


def test_with_several_choices_the_last_finish_carries_the_account(scene: Scene) -> None:
    frames = (
        delta(0, content="a"),
        delta(1, content="b"),
        delta(1, "stop"),
        delta(0, content="c"),
        delta(0, "length"),
    )

    *chunks, _ = scene.plays(streaming(*frames, LATE_USAGE, DONE)).stream(n=2)

    seen = [(choice["index"], choice["finish_reason"]) for chunk in chunks for choice in chunk["choices"]]
    assert seen == [(0, None), (1, None), (1, "stop"), (0, None), (0, "length")]
    assert ["usage" in chunk for chunk in chunks] == [False, False, False, False, True]


def test_a_finish_waits_for_late_usage(scene: Scene) -> None:
    *chunks, _ = scene.plays(streaming(WORD + FINISH, LATE_USAGE, DONE, gap=0.2)).stream()

    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"] == PRINTED_USAGE


def test_a_finish_does_not_wait_for_ever(scene: Scene) -> None:
    started = time.monotonic()
    *chunks, done = scene.plays(streaming(WORD + FINISH, ends="hang")).stream()

    assert 0.4 < time.monotonic() - started < 1.5  # usage_seconds is 0.5
    assert done == "[DONE]"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert "usage" not in chunks[-1]
    assert chunks[-1]["metadata"]["attempts"][0]["success"] is True


def test_a_connection_that_breaks_after_the_finish_costs_nothing(scene: Scene) -> None:
    *chunks, done = scene.plays(streaming(BEGIN, WORD, FINISH, gap=0.05, ends="break")).stream()

    assert done == "[DONE]"
    assert text_of(chunks) == "Hi"


def test_a_done_implies_the_finish_reason_a_vendor_leaves_out(scene: Scene) -> None:
    *chunks, done = scene.plays(streaming(BEGIN, WORD, LATE_USAGE, DONE)).stream()

    assert done == "[DONE]"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"] == PRINTED_USAGE


def test_a_vendor_that_answers_a_stream_with_one_body(scene: Scene) -> None:
    *chunks, done = scene.plays(replying(completion())).stream()

    assert done == "[DONE]"
    assert text_of(chunks) == "Hello"
    assert chunks[-1]["usage"] == PRINTED_USAGE


def test_reasoning_and_what_else_the_vendor_says(scene: Scene) -> None:
    frames = (
        delta(reasoning_content="hm", vendor_word=[1]),
        delta(reasoning="so", reasoning_details=[{"type": "reasoning.text", "text": "so", "index": 0}]),
        event(
            choices=[
                {"index": 0, "delta": {"content": "Hi"}, "logprobs": {"content": []}, "vendor_choice": True}
            ],
            system_fingerprint="fp_1",
            service_tier="flex",
            vendor_chunk={"z": 1, "a": 2},
        ),
        event(choices=[], prompt_filter_results=[{"severity": "safe"}]),
        event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop", "native_finish_reason": "eos"}]),
    )

    first, second, third, last, _ = scene.plays(streaming(*frames)).stream()

    assert first["choices"][0]["delta"] == {
        "role": "assistant",
        "reasoning": "hm",
        "reasoning_content": "hm",
        "vendor_word": [1],
    }
    assert second["choices"][0]["delta"]["reasoning_details"][0]["text"] == "so"
    assert (third["system_fingerprint"], third["service_tier"]) == ("fp_1", "flex")
    assert list(third["vendor_chunk"]) == ["z", "a"]
    assert third["choices"][0]["vendor_choice"] is True
    assert third["choices"][0]["logprobs"] == {"content": []}
    assert last["prompt_filter_results"] == [{"severity": "safe"}]
    assert last["choices"][0]["native_finish_reason"] == "eos"


@pytest.mark.parametrize(
    "content",
    [
        {"content": "x"},
        {"reasoning": "x"},
        {"reasoning_content": "x"},
        {"refusal": "x"},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}]},
        {"images": [{"type": "image_url", "image_url": {"url": "data:,"}}]},
        {"audio": {"id": "a", "data": "AAAA"}},
    ],
    ids=lambda content: next(iter(content)),
)
def test_first_content_of_every_kind_is_counted(scene: Scene, content: dict[str, Any]) -> None:
    *chunks, _ = scene.plays(streaming(BEGIN, delta(**content), FINISH)).stream()

    assert chunks[-1]["metadata"]["attempts"][0]["time_to_first_token_ms"] is not None
    assert (
        chunks[1]["choices"][0]["delta"].items()
        >= {name: value for name, value in content.items() if name != "tool_calls"}.items()
    )


def test_the_first_finish_reason_counts_as_content_of_an_empty_answer(scene: Scene) -> None:
    *chunks, done = scene.plays(streaming(BEGIN, FINISH, LATE_USAGE, DONE)).stream()

    assert done == "[DONE]"
    assert text_of(chunks) == ""
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert "time_to_first_token_ms" in chunks[-1]["metadata"]["attempts"][0]


def test_usage_is_asked_from_the_vendor_always(scene: Scene) -> None:
    scene.plays(streaming(HELLO)).stream()

    assert scene.call.json["stream_options"] == {"include_usage": True}
    assert scene.call.headers["accept"] == "text/event-stream"
