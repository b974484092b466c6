"""Answers as protos: what has a field, what travels as JSON, and that nothing of a vendor's can break it."""

import json
from decimal import Decimal
from typing import Any

import pytest

from pointsman.v1 import role_pb2
from service.edge import typed_answer
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage
from service.types.metadata import Attempt, Metadata

TOKEN = {
    "token": "Hi",
    "logprob": -0.5,
    "bytes": [72, 105],
    "top_logprobs": [{"token": "Ho", "logprob": -1.0}],
}


def test_a_whole_answer() -> None:
    message = Delta(
        content="Hi",
        refusal="no",
        reasoning="why",
        reasoning_details=[{"z": 1}],
        tool_calls=[
            ToolCallDelta(
                index=0,
                id="c",
                type="function",
                name="f",
                arguments="{}",
                extra={"x": 1},
                function_extra={"y": 2},
            )
        ],
        images=[{"type": "image_url", "image_url": {"url": "data:,"}}],
        audio={"id": "a", "data": "AAAA", "transcript": "t", "expires_at": 9},
        annotations=[
            {"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 1}},
            {"type": "other"},
        ],
        extra={"vendor": True},
    )
    choice = ChunkChoice(index=1, delta=message, finish_reason="stop", logprobs={"content": [TOKEN]})
    answer = Chunk(choices=[choice], system_fingerprint="fp", extra={"citations": ["u"]})

    printed = typed_answer.completion(answer, "id", 7, "a/m")

    assert (printed.id, printed.created, printed.model) == ("id", 7, "a/m")
    assert printed.system_fingerprint == "fp"
    assert json.loads(printed.extra_json) == {"citations": ["u"]}
    [shown] = printed.choices
    assert (shown.index, shown.finish_reason) == (1, "stop")
    said = shown.message
    assert said.role == role_pb2.ROLE_ASSISTANT
    assert (said.content, said.refusal, said.reasoning) == ("Hi", "no", "why")
    assert json.loads(said.reasoning_details_json) == [{"z": 1}]
    [call] = said.tool_calls
    assert (call.id, call.type, call.function.name, call.function.arguments) == ("c", "function", "f", "{}")
    assert json.loads(call.extra_json) == {"x": 1, "function": {"y": 2}}
    assert said.images[0].image_url.url == "data:,"
    assert (said.audio.id, said.audio.data, said.audio.expires_at) == ("a", "AAAA", 9)
    assert said.annotations[0].url_citation.start_index == 1
    assert json.loads(said.annotations[1].other_json) == {"type": "other"}
    assert json.loads(said.extra_json) == {"vendor": True}
    [token] = shown.logprobs.content
    assert (token.token, token.bytes, token.top_logprobs[0].token) == ("Hi", b"Hi", "Ho")


def test_presence_survives() -> None:
    empty = typed_answer.chunk(Chunk(choices=[ChunkChoice(index=0, delta=Delta(content=""))]), "id", 7, "a/m")
    absent = typed_answer.chunk(Chunk(choices=[ChunkChoice(index=0, delta=Delta())]), "id", 7, "a/m")

    assert empty.choices[0].delta.HasField("content")
    assert not absent.choices[0].delta.HasField("content")
    assert not absent.choices[0].HasField("finish_reason")
    assert not absent.HasField("usage")
    assert not absent.HasField("metadata")


def test_pieces_of_tool_calls() -> None:
    calls = [
        ToolCallDelta(index=1, id="c", type="function", name="f"),
        ToolCallDelta(index=1, arguments="{"),
        ToolCallDelta(index=2, extra={"custom": 1}, function_extra={"y": 2}),
    ]
    printed = typed_answer.chunk(
        Chunk(choices=[ChunkChoice(index=0, delta=Delta(tool_calls=calls))]), "id", 7, "a/m"
    )

    first, second, third = printed.choices[0].delta.tool_calls
    assert (first.index, first.id, first.function.name) == (1, "c", "f")
    assert (second.index, second.HasField("id"), second.function.arguments) == (1, False, "{")
    assert not third.HasField("function")
    assert json.loads(third.extra_json) == {"custom": 1, "function": {"y": 2}}


def test_usage_with_known_and_unknown_details() -> None:
    printed = typed_answer.usage(
        Usage(
            prompt_tokens=1,
            total_tokens=3,
            prompt_tokens_details={"cached_tokens": 1, "vendor_tokens": 2},
            cost=Decimal("0.5"),
            cost_details={"upstream_inference_prompt_cost": Decimal("0.5"), "upstream_inference_cost": None},
            extra={"queue_time": 0.1},
        )
    )

    assert printed
    assert (printed.prompt_tokens, printed.total_tokens, printed.cost) == (1, 3, 0.5)
    assert not printed.HasField("completion_tokens")
    assert printed.cost_details.upstream_inference_prompt_cost == 0.5
    assert not printed.cost_details.HasField("upstream_inference_cost")
    assert printed.prompt_tokens_details.cached_tokens == 1
    assert json.loads(printed.extra_json) == {
        "queue_time": 0.1,
        "prompt_tokens_details": {"vendor_tokens": 2},
    }


def test_the_account() -> None:
    account = Metadata(
        generation_id="g",
        attempts=[
            Attempt(model="a/m", error_type="x", provider_status=500),
            Attempt(model="b/m", success=True),
        ],
        total_duration_ms=12,
    )

    printed = typed_answer.metadata(account)

    assert printed
    assert (printed.generation_id, printed.total_duration_ms) == ("g", 12)
    assert [each.success for each in printed.attempts] == [False, True]
    assert not printed.attempts[1].HasField("provider_status")


@pytest.mark.parametrize(
    "odd",
    [
        {"images": [7]},
        {"images": [{"image_url": "flat"}]},
        {"images": [{"image_url": {"url": 5}}]},
        {"audio": {"id": 5, "data": None, "expires_at": "soon"}},
        {"audio": {"expires_at": 2**70}},
        {"annotations": [{"url_citation": {"url": "u", "start_index": 2**31, "end_index": -(2**40)}}]},
        {"annotations": ["text", None, {"url_citation": {"url": 5}}, {"url_citation": []}]},
        {"reasoning_details": [None]},
    ],
    ids=str,
)
def test_odd_shapes_of_vendors_do_no_harm(odd: dict[str, Any]) -> None:
    choice = ChunkChoice(index=0, delta=Delta(content="Hi", **odd))
    part = Chunk(choices=[choice])

    assert typed_answer.completion(part, "id", 7, "m").choices[0].message.content == "Hi"
    assert typed_answer.chunk(part, "id", 7, "m").choices[0].delta.content == "Hi"


@pytest.mark.parametrize(
    "more",
    [
        {"images": [{"type": "image_url", "image_url": {"url": "data:,", "detail": "low"}}]},
        {"images": [{"image_url": {"url": "data:,"}}, {"image_url": {"url": "data:,"}, "seed": 7}]},
        {"audio": {"id": "a", "data": "AAAA", "format": "wav"}},
        {"audio": {"id": 5, "data": "AAAA"}},
    ],
    ids=str,
)
def test_media_that_say_more_than_there_are_fields_stay_json(more: dict[str, Any]) -> None:
    part = Chunk(choices=[ChunkChoice(index=0, delta=Delta(**more))])

    for said in (
        typed_answer.completion(part, "id", 7, "m").choices[0].message,
        typed_answer.chunk(part, "id", 7, "m").choices[0].delta,
    ):
        assert json.loads(said.extra_json) == more
        assert not said.images
        assert not said.HasField("audio")


@pytest.mark.parametrize(
    "logprobs",
    [
        {"content": None, "refusal": None},
        {"content": [{"token": None, "logprob": None, "bytes": None, "top_logprobs": None}]},
        {"content": [{"token": 5, "logprob": "x", "bytes": [300]}]},
        {"content": [{"token": "x", "logprob": 0, "bytes": [300]}]},
        {"content": [{"token": "x", "logprob": 0, "bytes": 10**12}]},
        {"content": [{"token": "x", "logprob": 10**400}]},
        {"content": ["text"]},
        {"content": "text"},
        {"tokens": ["a"], "token_logprobs": [-0.1]},
    ],
    ids=str,
)
def test_odd_logprobs_do_no_harm(logprobs: dict[str, Any]) -> None:
    choice = ChunkChoice(index=0, delta=Delta(content="Hi"), logprobs=logprobs)

    assert typed_answer.completion(Chunk(choices=[choice]), "id", 7, "m").choices[0].message.content == "Hi"


@pytest.mark.parametrize("count", [-1, 2**63, 2**63 - 1, 1.5, "7", True, None])
def test_odd_counts_do_no_harm(count: Any) -> None:
    usage = Usage(prompt_tokens=count, prompt_tokens_details={"cached_tokens": count})

    assert typed_answer.usage(usage)
