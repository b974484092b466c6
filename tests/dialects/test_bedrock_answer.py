"""Converse's answers to chunks: whole and streamed to the same, with nothing lost."""

import base64
import json
from typing import Any

import botocore.session
import pytest

from service.types.chunk import Chunk, ChunkChoice, Delta, Usage
from tests.dialects.converse import CLAUDE, JSON, START, call, delta_of, folded, stream
from tests.upstreams.fake_bedrock import EVENT_STREAM, event, events, text, thought, tool_use, whole

NOVA = "us.amazon.nova-2-lite-v1:0"


def both(blocks: list[dict[str, Any]], reason: str) -> Chunk:
    """The answer, which must be the same streamed."""
    answer = folded(json.dumps(whole(blocks, reason)).encode(), JSON)
    assert folded(b"".join(events(blocks, reason)), EVENT_STREAM) == answer
    return answer


def body(*blocks: dict[str, Any], **members: Any) -> Chunk:
    return folded(json.dumps({**whole(list(blocks), "end_turn"), **members}).encode(), JSON)


def test_an_answer_with_everything() -> None:
    blocks = [
        thought("Hm.", "c2ln"),
        text("Text "),
        text("more"),
        tool_use(0, "f", {"b": 1, "a": [2.5]}),
        tool_use(1, "g", {}),
    ]
    details = [
        {
            "type": "reasoning.text",
            "text": "Hm.",
            "format": "anthropic-claude-v1",
            "index": 0,
            "signature": "c2ln",
        }
    ]
    answer = folded(json.dumps(whole(blocks, "tool_use")).encode(), JSON)

    assert answer == Chunk(
        choices=[
            ChunkChoice(
                index=0,
                delta=Delta(
                    role="assistant",
                    content="Text more",
                    reasoning="Hm.",
                    reasoning_details=details,
                    tool_calls=[
                        call(0, "tooluse_0", "f", '{"b":1,"a":[2.5]}'),
                        call(1, "tooluse_1", "g", "{}"),
                    ],
                ),
                finish_reason="tool_calls",
                native_finish_reason="tool_use",
            )
        ],
        usage=Usage(prompt_tokens=12, completion_tokens=5, total_tokens=17),
        extra={"provider_metadata": {"metrics": {"latencyMs": 10}}},
    )
    streamed = folded(b"".join(events(blocks, "tool_use")), EVENT_STREAM)
    assert [json.loads(each.arguments or "") for each in delta_of(streamed).tool_calls or ()] == [
        {"b": 1, "a": [2.5]},
        {},
    ]
    for each in (*(delta_of(streamed).tool_calls or ()), *(delta_of(answer).tool_calls or ())):
        each.arguments = ""  # as the vendor spelt it; compared above
    assert streamed == answer


@pytest.mark.parametrize(("model", "form"), [(CLAUDE, "anthropic-claude-v1"), (NOVA, "bedrock-converse-v1")])
def test_hidden_thoughts(model: str, form: str) -> None:
    block = {"reasoningContent": {"redactedContent": "aGlkZGVu"}}
    answer = folded(json.dumps(whole([block, text("a")], "end_turn")).encode(), JSON, model)

    [detail] = delta_of(answer).reasoning_details or [{}]
    assert detail == {
        "type": "reasoning.encrypted",
        "data": "aGlkZGVu",
        "id": None,
        "format": form,
        "index": 0,
    }
    assert delta_of(answer).reasoning is None


REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_model_output": "stop",
    "malformed_tool_use": "stop",
    "refusal": "content_filter",
    "something_new": "stop",
}


@pytest.mark.parametrize(("native", "reason"), REASONS.items())
def test_finish_reasons(native: str, reason: str) -> None:
    [choice] = both([text("a")], native).choices

    assert (choice.finish_reason, choice.native_finish_reason) == (reason, native)


def test_every_reason_of_botocore_is_known() -> None:
    service = botocore.session.get_session().get_service_model("bedrock-runtime")

    assert set(service.shape_for("StopReason").enum) <= set(REASONS)


def test_a_thought_that_is_not_shown_has_its_signature() -> None:
    answer = both([thought("", "c2ln"), text("a")], "end_turn")

    [detail] = delta_of(answer).reasoning_details or [{}]
    assert (detail["text"], detail["signature"]) == ("", "c2ln")
    assert delta_of(answer).reasoning is None


def test_calls_without_ids_get_some_that_no_other_call_has() -> None:
    earlier = {"id": "call_0", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "tool_calls": [earlier]},
        {"role": "tool", "tool_call_id": "call_0", "content": "1"},
    ]
    blocks: list[dict[str, Any]] = [
        {"toolUse": {"toolUseId": id_, "name": "f", "input": {}}} for id_ in ("call_1", None, 5)
    ]
    answer = folded(json.dumps(whole(blocks, "tool_use")).encode(), JSON, messages=asked)

    ids = [each.id for each in delta_of(answer).tool_calls or ()]
    assert ids[0] == "call_1"
    assert len({*ids, "call_0"}) == 4


SERVER_USE = {"toolUseId": "s1", "name": "nova_code_interpreter", "type": "server_tool_use"}
SERVER_RESULT = {"toolUseId": "s1", "status": "success", "type": "nova_code_interpreter_result"}


def test_tools_that_the_vendor_ran() -> None:
    answer = body(
        {"toolUse": {**SERVER_USE, "input": {"snippet": "1+1"}}},
        {"toolResult": {**SERVER_RESULT, "content": [{"json": {"stdOut": "2"}}]}},
        text("2"),
    )
    streamed = stream(
        event("contentBlockStart", start={"toolUse": SERVER_USE}, contentBlockIndex=0),
        event("contentBlockDelta", delta={"toolUse": {"input": '{"snippet":"1+1"}'}}, contentBlockIndex=0),
        event("contentBlockStop", contentBlockIndex=0),
        event("contentBlockStart", start={"toolResult": SERVER_RESULT}, contentBlockIndex=1),
        event("contentBlockDelta", delta={"toolResult": [{"json": {"stdOut": "2"}}]}, contentBlockIndex=1),
        event("contentBlockStop", contentBlockIndex=1),
        event("contentBlockDelta", delta={"text": "2"}, contentBlockIndex=2),
    )

    [detail] = delta_of(answer).reasoning_details or [{}]
    assert delta_of(streamed) == delta_of(answer)
    assert {name: value for name, value in detail.items() if name != "block"} == {
        "type": "reasoning.server_tool_call",
        "tool_name": "nova_code_interpreter",
        "arguments": '{"snippet":"1+1"}',
        "result": '{"stdOut":"2"}',
        "tool_call_id": "s1",
        "format": "anthropic-claude-v1",
        "index": 0,
        "result_index": 1,
    }
    assert answer.choices[0].finish_reason == "stop"


def test_a_vendors_call_that_broke_off_is_told_as_far_as_it_came() -> None:
    answer = stream(
        event("contentBlockStart", start={"toolUse": SERVER_USE}, contentBlockIndex=0),
        event("contentBlockDelta", delta={"toolUse": {"input": '{"snippet":"1'}}, contentBlockIndex=0),
        event("contentBlockStop", contentBlockIndex=0),
    )
    [detail] = delta_of(answer).reasoning_details or [{}]

    assert (detail["arguments"], detail["block"]) == ('{"snippet":"1', [])


def test_a_vendors_call_without_result_is_told_all_the_same() -> None:
    [detail] = delta_of(body({"toolUse": {**SERVER_USE, "input": {}}})).reasoning_details or [{}]

    assert (detail["tool_name"], detail["result"]) == ("nova_code_interpreter", "")


CITATIONS: list[dict[str, Any]] = [
    {
        "title": "A page",
        "sourceContent": [{"text": "cited "}, {"text": "words"}],
        "location": {"web": {"url": "https://x.test/a", "domain": "x.test"}},
    },
    {"title": "Found", "source": "https://x.test/b", "location": {"searchResultLocation": {"start": 0}}},
    {"title": "A file", "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}}},
]


def test_citations() -> None:
    place = {"start_index": 4, "end_index": 9}
    answer = body(
        text("Say "), {"citationsContent": {"content": [{"text": "words"}], "citations": CITATIONS}}
    )
    streamed = stream(
        event("contentBlockDelta", delta={"text": "Say "}, contentBlockIndex=0),
        event("contentBlockStop", contentBlockIndex=0),
        *(event("contentBlockDelta", delta={"citation": each}, contentBlockIndex=1) for each in CITATIONS),
        event("contentBlockDelta", delta={"text": "words"}, contentBlockIndex=1),
        event("contentBlockStop", contentBlockIndex=1),
    )

    assert delta_of(streamed) == delta_of(answer)
    assert delta_of(answer).content == "Say words"
    web = {"url": "https://x.test/a", "title": "A page", "content": "cited words", **place}
    assert delta_of(answer).annotations == [
        {"type": "url_citation", "url_citation": web},
        {"type": "url_citation", "url_citation": {"url": "https://x.test/b", "title": "Found", **place}},
        {"type": "file_citation", "file_citation": {**CITATIONS[2], **place}},
    ]


def test_images() -> None:
    first, second = (base64.b64encode(piece).decode() for piece in (b"first half ", b"second"))
    data = base64.b64encode(b"first half second").decode()
    answer = body(
        {"image": {"format": "png", "source": {"bytes": data}}},
        {"image": {"format": "gif", "source": {"s3Location": {"uri": "s3://b/i"}}}},
    )
    streamed = stream(
        event("contentBlockStart", start={"image": {"format": "png"}}, contentBlockIndex=0),
        *(
            event("contentBlockDelta", delta={"image": {"source": {"bytes": piece}}}, contentBlockIndex=0)
            for piece in (first, second)
        ),
        event("contentBlockStop", contentBlockIndex=0),
    )
    png = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}, "index": 0}

    assert delta_of(streamed).images == [png]
    stored = {"type": "image_url", "image_url": {"url": "s3://b/i"}, "index": 1}
    assert delta_of(answer).images == [png, stored]


def test_cached_tokens_become_part_of_the_prompt() -> None:
    usage = {
        "inputTokens": 3,
        "outputTokens": 121,
        "totalTokens": 2072,
        "cacheReadInputTokens": 1712,
        "cacheReadInputTokenCount": 1712,
        "cacheWriteInputTokens": 236,
        "cacheWriteInputTokenCount": 236,
        "cacheDetails": [{"inputTokens": 236, "ttl": "5m"}],
        "serverToolUsage": {},
    }

    assert body(text("a"), usage=usage).usage == Usage(
        prompt_tokens=1951,
        completion_tokens=121,
        total_tokens=2072,
        prompt_tokens_details={"cached_tokens": 1712, "cache_write_tokens": 236},
        extra={"cacheDetails": [{"inputTokens": 236, "ttl": "5m"}]},
    )


@pytest.mark.parametrize("count", ["3", 3.5, True, -1, 10**30, [3], None])
def test_what_is_no_count_is_not_taken_for_one(count: Any) -> None:
    usage = body(
        text("a"), usage={"inputTokens": count, "outputTokens": 2, "cacheReadInputTokens": count}
    ).usage

    assert usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details) == (None, 2, None)


def test_what_has_no_place_is_kept() -> None:
    kept = {
        "metrics": {"latencyMs": 4},
        "trace": {"guardrail": {"actionReason": "No action."}},
        "performanceConfig": {"latency": "optimized"},
        "additionalModelResponseFields": {"stop_sequence": "x"},
    }
    strange: list[dict[str, Any]] = [
        {"hologram": {"a": 1}},
        {"image": {"format": "png", "error": {"message": "no"}}},
    ]
    answer = body(text("a"), *strange, serviceTier={"type": "flex"}, **kept)
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}
    streamed = folded(
        START
        + event("contentBlockDelta", delta={"hologram": {"a": 1}}, contentBlockIndex=0)
        + event("heartbeat", beat=1)
        + event("messageStop", stopReason="end_turn", additionalModelResponseFields={"stop_sequence": "x"})
        + event("metadata", usage=usage, metrics={"latencyMs": 4}, serviceTier={"type": "flex"}),
        EVENT_STREAM,
    )

    assert answer.service_tier == streamed.service_tier == "flex"
    told = answer.extra["provider_metadata"]
    assert {name: told[name] for name in kept} == kept
    assert told["content"] == [strange[0], {"image": {"error": {"message": "no"}}}]
    assert streamed.extra["provider_metadata"] == {
        "metrics": {"latencyMs": 4},
        "additionalModelResponseFields": {"stop_sequence": "x"},
        "content": [{"hologram": {"a": 1}}, {"heartbeat": {"beat": 1}}],
    }
