"""Whole Responses answers: every kind of output item, and how an answer ends."""

import json
from decimal import Decimal
from typing import Any

import pytest

from service.catalog.cost import priced
from service.dialects.responses.decoder import BodyDecoder
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage
from service.types.price import Price

FORMAT = "openai-responses-v1"


def decoded(*output: dict[str, Any], **members: Any) -> Chunk:
    decoder = BodyDecoder("acme")
    body = {"id": "resp_1", "object": "response", "status": "completed", "output": list(output), **members}
    decoder.feed(json.dumps(body).encode())
    [chunk] = decoder.end()
    return chunk


def choice(*output: dict[str, Any], **members: Any) -> ChunkChoice:
    [only] = decoded(*output, **members).choices
    return only


def message(*content: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "message", "id": "msg_a", "role": "assistant", "content": list(content), **members}


def text(said: str, **members: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": said, "annotations": [], **members}


def test_text_and_refusal() -> None:
    only = choice(message(text("Hel"), text("lo"), {"type": "refusal", "refusal": "No."}))

    assert only.delta == Delta(content="Hello", refusal="No.")
    assert (only.finish_reason, only.native_finish_reason) == ("stop", "completed")


def test_citations_count_from_the_beginning_of_the_content() -> None:
    web = {"type": "url_citation", "url": "https://x.test", "title": "X", "start_index": 1, "end_index": 4}
    file = {"type": "file_citation", "file_id": "f1", "filename": "a.txt", "index": 2}
    container = {
        "type": "container_file_citation",
        "container_id": "c",
        "file_id": "f2",
        "filename": "b.csv",
        "start_index": 0,
        "end_index": 3,
    }
    path = {"type": "file_path", "file_id": "f3", "index": 0}
    parts = (text("Äöü "), text("cited", annotations=[web, web, file, container, path]))

    assert choice(message(*parts)).delta.annotations == [
        *(
            {
                "type": "url_citation",
                "url_citation": {"url": "https://x.test", "title": "X", "start_index": 5, "end_index": 8},
            }
            for _ in range(2)
        ),
        {"type": "file_citation", "file_citation": {"file_id": "f1", "filename": "a.txt", "index": 6}},
        {
            "type": "file_citation",
            "file_citation": {
                "container_id": "c",
                "file_id": "f2",
                "filename": "b.csv",
                "start_index": 4,
                "end_index": 7,
            },
        },
        {"type": "file_path", "file_path": {"file_id": "f3", "index": 0}},
    ]


def test_logprobs() -> None:
    token = {"token": "Hi", "bytes": [72, 105], "logprob": -0.5, "top_logprobs": []}

    assert choice(message(text("Hi", logprobs=[token]))).logprobs == {"content": [token], "refusal": None}
    assert choice(message(text("Hi", logprobs=[]))).logprobs is None


def test_calls_of_functions_and_custom_tools() -> None:
    only = choice(
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "c1",
            "name": "f",
            "arguments": '{"a": 1.0}',
            "status": "completed",
            "namespace": "tools",
        },
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c2", "name": "sql", "input": "SELECT 1"},
    )

    assert only.delta.tool_calls == [
        ToolCallDelta(
            index=0,
            id="c1",
            type="function",
            name="f",
            arguments='{"a": 1.0}',
            function_extra={"namespace": "tools"},
        ),
        ToolCallDelta(
            index=1, id="c2", type="custom", extra={"custom": {"name": "sql", "input": "SELECT 1"}}
        ),
    ]
    assert (only.finish_reason, only.native_finish_reason) == ("tool_calls", "completed")


CLICK = {"type": "click", "button": "left", "x": 1, "y": 2}
NATIVE: list[tuple[dict[str, Any], str, str, Any]] = [
    (
        {
            "type": "computer_call",
            "id": "cu_1",
            "call_id": "c1",
            "action": CLICK,
            "pending_safety_checks": [],
        },
        "c1",
        "computer",
        CLICK,
    ),
    (
        {
            "type": "tool_search_call",
            "id": "ts_1",
            "call_id": "c1",
            "execution": "client",
            "arguments": {"q": "x"},
        },
        "c1",
        "tool_search",
        {"q": "x"},
    ),
    (
        {
            "type": "shell_call",
            "id": "sh_1",
            "call_id": "c1",
            "action": {"commands": ["ls"]},
            "environment": None,
        },
        "c1",
        "shell",
        {"commands": ["ls"]},
    ),
    (
        {
            "type": "local_shell_call",
            "id": "lsh_1",
            "call_id": "c1",
            "action": {"type": "exec", "command": ["ls"]},
        },
        "c1",
        "local_shell",
        {"type": "exec", "command": ["ls"]},
    ),
    (
        {
            "type": "apply_patch_call",
            "id": "ap_1",
            "call_id": "c1",
            "operation": {"type": "delete_file", "path": "a"},
        },
        "c1",
        "apply_patch",
        {"type": "delete_file", "path": "a"},
    ),
    (
        {
            "type": "mcp_approval_request",
            "id": "mcpr_1",
            "name": "ask",
            "server_label": "w",
            "arguments": '{"q": 1}',
        },
        "mcpr_1",
        "mcp_approval",
        {"q": 1},
    ),
]


@pytest.mark.parametrize(("item", "identity", "name", "arguments"), NATIVE)
def test_native_calls_for_the_caller(item: dict[str, Any], identity: str, name: str, arguments: Any) -> None:
    only = choice(item)

    [call] = only.delta.tool_calls or []
    assert (call.id, call.type, call.name, call.extra) == (identity, item["type"], name, {"item": item})
    assert json.loads(call.arguments or "") == arguments
    assert only.finish_reason == "tool_calls"


SERVER: list[tuple[dict[str, Any], str, Any, str]] = [
    (
        {
            "type": "web_search_call",
            "id": "i",
            "action": {"type": "search", "query": "q", "sources": [{"type": "url", "url": "https://x.test"}]},
        },
        "web_search",
        {"type": "search", "query": "q", "sources": [{"type": "url", "url": "https://x.test"}]},
        '[{"type":"url","url":"https://x.test"}]',
    ),
    (
        {"type": "file_search_call", "id": "i", "queries": ["q"], "results": [{"file_id": "f"}]},
        "file_search",
        {"queries": ["q"]},
        '[{"file_id":"f"}]',
    ),
    (
        {
            "type": "code_interpreter_call",
            "id": "i",
            "code": "1+1",
            "outputs": [{"type": "logs", "logs": "2"}],
        },
        "code_interpreter",
        {"code": "1+1"},
        '[{"type":"logs","logs":"2"}]',
    ),
    (
        {
            "type": "mcp_call",
            "id": "i",
            "name": "ask",
            "server_label": "w",
            "arguments": '{"q": 1}',
            "output": "42",
        },
        "ask",
        {"q": 1},
        "42",
    ),
    (
        {
            "type": "mcp_call",
            "id": "i",
            "name": "ask",
            "arguments": "{}",
            "output": None,
            "error": {"code": 500},
        },
        "ask",
        {},
        '{"code":500}',
    ),
    (
        {"type": "mcp_list_tools", "id": "i", "server_label": "w", "tools": [{"name": "ask"}]},
        "mcp_list_tools",
        {"server_label": "w"},
        '[{"name":"ask"}]',
    ),
    (
        {
            "type": "tool_search_call",
            "id": "i",
            "execution": "server",
            "call_id": None,
            "arguments": {"paths": ["p"]},
        },
        "tool_search",
        {"paths": ["p"]},
        "",
    ),
    ({"type": "tool_search_output", "id": "i", "tools": []}, "tool_search_output", {}, "[]"),
    (
        {
            "type": "shell_call",
            "id": "i",
            "environment": {"type": "container_reference"},
            "action": {"commands": ["ls"]},
        },
        "shell",
        {"commands": ["ls"]},
        "",
    ),
    ({"type": "from_the_future", "id": "i", "wonder": 1}, "from_the_future", {}, ""),
]


@pytest.mark.parametrize(("item", "name", "arguments", "result"), SERVER)
def test_what_the_vendor_did_itself(item: dict[str, Any], name: str, arguments: Any, result: str) -> None:
    only = choice(message(text("Found.")), item)

    [detail] = only.delta.reasoning_details or []
    assert json.loads(detail.pop("arguments")) == arguments
    assert detail == {
        "type": "reasoning.server_tool_call",
        "tool_name": name,
        "result": result,
        "tool_call_id": "i",
        "block": item,
        "format": FORMAT,
        "index": 1,
        "id": "i",
    }
    assert (only.delta.content, only.finish_reason) == ("Found.", "stop")


def test_images_are_images() -> None:
    drawn = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "aGk="}
    only = choice(
        drawn, {**drawn, "id": "ig_2", "output_format": "jpeg"}, {**drawn, "id": "ig_3", "result": None}
    )

    assert only.delta.images == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}, "index": 0},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,aGk="}, "index": 1},
    ]
    assert "aGk=" not in json.dumps(only.delta.reasoning_details)


def test_thoughts() -> None:
    summary = [{"type": "summary_text", "text": "One."}, {"type": "summary_text", "text": "Two."}]
    first = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": summary[:1],
        "encrypted_content": "s1",
        "status": None,
    }
    second = {"type": "reasoning", "id": "rs_2", "summary": summary, "encrypted_content": "s2"}
    third = {
        "type": "reasoning",
        "id": "rs_3",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "Open."}],
    }
    only = choice(first, second, third, message(text("So."), phase="final_answer"))

    assert only.delta.reasoning == "One.\n\nOne.\n\nTwo.\n\nOpen."
    assert only.delta.reasoning_details == [
        {"type": "reasoning.summary", "summary": "One.", "format": FORMAT, "index": 0, "id": "rs_1"},
        {"type": "reasoning.summary", "summary": "One.Two.", "format": FORMAT, "index": 1, "id": "rs_2"},
        {"type": "reasoning.text", "text": "Open.", "format": FORMAT, "index": 2, "id": "rs_3"},
        {"type": "reasoning.encrypted", "data": "s1", "format": FORMAT, "index": 0, "id": "rs_1"},
        {
            "type": "reasoning.encrypted",
            "data": "s2",
            "block": {"type": "reasoning", "id": "rs_2", "summary": summary},
            "format": FORMAT,
            "index": 1,
            "id": "rs_2",
        },
    ]
    placed = [{"id": "msg_a", "index": 3, "length": 3, "phase": "final_answer"}]
    assert only.delta.extra == {"message_items": placed}


ENDS: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({}, "stop", "completed"),
    ({"status": "complete"}, "stop", "complete"),
    ({"status": None}, "stop", None),
    (
        {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
        "length",
        "max_output_tokens",
    ),
    (
        {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
        "content_filter",
        "content_filter",
    ),
    ({"status": "incomplete", "incomplete_details": {"reason": "steered"}}, "stop", "steered"),
    ({"status": "incomplete", "incomplete_details": None}, "length", "incomplete"),
    ({"status": "queued", "output": []}, None, "queued"),
    ({"status": "in_progress", "output": []}, None, "in_progress"),
]


@pytest.mark.parametrize(("members", "reason", "native"), ENDS)
def test_ends(members: dict[str, Any], reason: str | None, native: str | None) -> None:
    only = choice(**members)

    assert (only.finish_reason, only.native_finish_reason) == (reason, native)


def test_counts_tier_and_the_rest() -> None:
    usage = {
        "input_tokens": 12,
        "output_tokens": 5,
        "total_tokens": 17,
        "tool_tokens": 1,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": {"reasoning_tokens": 3},
    }
    whole = decoded(
        usage=usage,
        service_tier="flex",
        moderation={"input": {"flagged": True}},
        conversation={"id": "conv_1"},
        temperature=1.0,
        tools=[],
        metadata={},
        model="m",
    )

    assert whole.usage == Usage(
        prompt_tokens=12,
        completion_tokens=5,
        total_tokens=17,
        prompt_tokens_details={"cached_tokens": 4},
        completion_tokens_details={"reasoning_tokens": 3},
        extra={"tool_tokens": 1},
    )
    assert whole.service_tier == "flex"
    assert whole.extra == {
        "provider_metadata": {
            "id": "resp_1",
            "moderation": {"input": {"flagged": True}},
            "conversation": {"id": "conv_1"},
        }
    }


def test_unknown_parts_are_kept() -> None:
    video = {"type": "output_video", "url": "https://x.test"}
    only = choice(message(text("See."), video))

    assert (only.delta.content, only.delta.extra) == ("See.", {"content_parts": [video]})


FAILURES: list[tuple[dict[str, Any], ErrorKind, str]] = [
    ({"error": {"code": "server_error", "message": "Oops"}}, ErrorKind.PROVIDER_FAILURE, "Oops"),
    ({"error": {"code": "rate_limit_exceeded", "message": "Slow"}}, ErrorKind.PROVIDER_RATE_LIMIT, "Slow"),
    ({"error": {"code": "image_too_large", "message": "Big"}}, ErrorKind.PROVIDER_INVALID_IMAGE, "Big"),
    ({"error": {"code": "invalid_prompt", "message": "Bad"}}, ErrorKind.PROVIDER_BAD_REQUEST, "Bad"),
    (
        {"error": {"code": "image_content_policy_violation", "message": "No"}},
        ErrorKind.PROVIDER_CONTENT_POLICY,
        "No",
    ),
    ({"error": None}, ErrorKind.PROVIDER_FAILURE, "failed"),
    ({"status": "cancelled"}, ErrorKind.PROVIDER_FAILURE, "cancelled"),
]


@pytest.mark.parametrize(("members", "kind", "words"), FAILURES)
def test_failures(members: dict[str, Any], kind: ErrorKind, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as error:
        decoded(**{"status": "failed", **members})

    assert error.value.kind is kind


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"output": 1}',
        b'{"output": [1]}',
        b'{"output": [{"type": "message", "content": [7]}]}',
    ],
)
def test_another_shape_is_an_invalid_answer(body: bytes) -> None:
    decoder = BodyDecoder("acme")
    decoder.feed(body)
    with pytest.raises(ProviderError) as error:
        decoder.end()

    assert error.value.kind is ErrorKind.PROVIDER_INVALID_RESPONSE


def test_web_searches_are_paid_for() -> None:
    used = {"input_tokens": 1_000_000, "output_tokens": 0, "total_tokens": 1_000_000}
    answer = decoded(usage=used, tool_usage={"web_search": {"num_requests": 2}})

    assert answer.usage
    assert answer.usage.extra["web_search_requests"] == 2
    price = Price(prompt=Decimal(1), completion=Decimal(1), web_search=Decimal("0.01"))
    assert priced(answer.usage, price).cost == Decimal("1.02")
