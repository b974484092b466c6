"""Messages to our answers: whole and streamed they are the same, and nothing of them is lost."""

import json
from typing import Any

import pytest

from service.dialects.anthropic.decoder import BodyDecoder
from service.errors import ErrorKind, ProviderError
from service.types.fold import fold
from tests.asking import chat
from tests.dialects.anthropic_answering import FORMAT, USAGE, USE, answer, read
from tests.dialects.anthropic_asking import ANTHROPIC, endpoint, text

WEB = {
    "type": "web_search_result_location",
    "url": "https://a.test",
    "title": "A",
    "cited_text": "as said",
    "encrypted_index": "e",
}
CHARS = {
    "type": "char_location",
    "document_index": 0,
    "start_char_index": 2,
    "end_char_index": 4,
    "cited_text": "x",
}
FOUND = {"type": "search_result_location", "source": "https://s.test", "title": "S", "search_result_index": 1}
FILED = {"type": "search_result_location", "source": "shelf 3", "search_result_index": 0}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}}
HITS = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [{"type": "web_search_result", "url": "https://a.test", "encrypted_content": "c"}],
}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
IDLE = {"type": "tool_use", "id": "toolu_2", "name": "g", "input": {}}


def test_text_thoughts_and_calls() -> None:
    hidden = {"type": "redacted_thinking", "data": "ZGF0YQ"}
    choice = read(
        answer(THOUGHT, hidden, text("Hello "), text("there"), USE, IDLE, reason="tool_use")
    ).choices[0]

    delta = choice.delta
    assert (delta.content, delta.reasoning) == ("Hello there", "Hm.")
    assert delta.reasoning_details == [
        {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "format": FORMAT, "index": 0},
        {"type": "reasoning.encrypted", "data": "ZGF0YQ", "format": FORMAT, "index": 1},
    ]
    calls = [(call.index, call.id, call.type, call.name, call.arguments) for call in delta.tool_calls or ()]
    assert calls == [
        (0, "toolu_1", "function", "f", '{"b":1.0,"a":[2]}'),
        (1, "toolu_2", "function", "g", "{}"),
    ]
    assert (choice.finish_reason, choice.native_finish_reason) == ("tool_calls", "tool_use")


def test_a_call_not_by_the_model_says_so() -> None:
    caller = {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}
    whole = read(answer({**USE, "caller": caller}, {**IDLE, "caller": {"type": "direct"}}))
    calls = whole.choices[0].delta.tool_calls or []

    assert [call.extra for call in calls] == [{"caller": caller}, {}]


def test_a_hidden_thought_has_its_signature() -> None:
    details = read(answer({**THOUGHT, "thinking": ""}, text("Hi"))).choices[0].delta.reasoning_details

    assert details == [
        {"type": "reasoning.text", "signature": "c2ln", "format": FORMAT, "index": 0, "text": ""}
    ]


def test_citations_say_what_they_are_for() -> None:
    cited = text("cited", citations=[WEB, CHARS, FOUND, FILED])
    delta = read(answer(text("ünd "), cited, text("."))).choices[0].delta

    span = {"start_index": 4, "end_index": 9}
    assert delta.annotations == [
        {
            "type": "url_citation",
            "url_citation": {
                "url": "https://a.test",
                "title": "A",
                "content": "as said",
                **span,
                "encrypted_index": "e",
            },
        },
        {"type": "file_citation", "file_citation": {**CHARS, **span}},
        {
            "type": "url_citation",
            "url_citation": {"url": "https://s.test", "title": "S", "search_result_index": 1, **span},
        },
        {"type": "file_citation", "file_citation": {**FILED, **span}},
    ]


def test_tools_of_the_server_are_details_that_go_back() -> None:
    asked = {
        "type": "mcp_tool_use",
        "id": "mcptoolu_1",
        "name": "ask",
        "server_name": "s",
        "input": {"q": "?"},
    }
    told = {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": False, "content": "42"}
    orphan = {
        "type": "web_fetch_tool_result",
        "tool_use_id": "srvtoolu_0",
        "content": {"url": "https://f.test"},
    }
    left = {**SEARCH, "id": "srvtoolu_9"}
    file = {"type": "container_upload", "file_id": "file_1"}
    compact = {"type": "compaction", "content": "So far."}
    blocks: list[dict[str, Any]] = [
        compact,
        orphan,
        THOUGHT,
        text("One. "),
        SEARCH,
        asked,
        HITS,
        text("Two."),
        told,
        file,
        left,
    ]
    choice = read(answer(*blocks, reason="pause_turn")).choices[0]

    details = choice.delta.reasoning_details or []
    assert {d["tool_name"]: d for d in details if "tool_name" in d}["ask"] == {
        "type": "reasoning.server_tool_call",
        "tool_name": "ask",
        "arguments": '{"q":"?"}',
        "result": '"42"',
        "tool_call_id": "mcptoolu_1",
        "format": FORMAT,
        "index": 5,
        "position": {"content": 5},
        "block": {"type": "mcp_tool_use", "server_name": "s"},
        "result_block": {
            "type": "mcp_tool_result",
            "is_error": False,
            "index": 8,
            "position": {"content": 9},
        },
    }
    assert choice.finish_reason == "stop"
    turn = {"role": "assistant", "content": choice.delta.content, "reasoning_details": details}
    assert gone_back(turn) == blocks


def gone_back(turn: dict[str, Any]) -> Any:
    """The blocks that an echoed turn becomes."""
    request = chat(messages=[{"role": "user", "content": "Hi"}, turn, {"role": "user", "content": "Go on"}])
    return json.loads(ANTHROPIC.encode(request, endpoint(), {}).body)["messages"][1]["content"]


def test_usage_counts_the_cached_prompt() -> None:
    whole = read(answer(text("Hi")))

    usage = whole.usage
    assert usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (113, 7, 120)
    assert usage.prompt_tokens_details == {"cached_tokens": 100, "cache_write_tokens": 3}
    assert usage.completion_tokens_details == {"reasoning_tokens": 4}
    kept = ("cache_creation", "server_tool_use", "iterations", "inference_geo")
    assert usage.extra == {name: USAGE[name] for name in kept}
    assert whole.service_tier == "priority"


def test_counts_that_are_not_stated_are_not_known() -> None:
    usage = read(answer(text("Hi"), usage={"output_tokens": 3})).usage

    assert usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (None, 3, None)
    assert usage.prompt_tokens_details is None


REFUSED = {"type": "refusal", "category": "cyber", "explanation": "Not this."}


@pytest.mark.parametrize(
    ("reason", "members", "finish", "refusal", "told"),
    [
        ("end_turn", {}, "stop", None, None),
        ("stop_sequence", {"stop_sequence": "END"}, "stop", None, {"stop_sequence": "END"}),
        ("max_tokens", {}, "length", None, None),
        ("model_context_window_exceeded", {}, "length", None, None),
        ("pause_turn", {}, "stop", None, None),
        ("refusal", {"stop_details": REFUSED}, "content_filter", "Not this.", {"stop_details": REFUSED}),
        ("refusal", {}, "content_filter", None, None),
        ("some_day", {}, "stop", None, None),
    ],
)
def test_every_end(reason: str, members: Any, finish: str, refusal: str | None, told: Any) -> None:
    choice = read(answer(text("Hi"), reason=reason, **members)).choices[0]

    assert (choice.finish_reason, choice.native_finish_reason) == (finish, reason)
    assert choice.delta.refusal == refusal
    assert choice.extra.get("provider_metadata") == told


def test_a_call_cut_short_is_no_call_to_run() -> None:
    assert read(answer(USE, reason="max_tokens")).choices[0].finish_reason == "length"


def test_what_belongs_to_the_whole_is_kept() -> None:
    container = {"id": "container_1", "expires_at": "2026-01-01T00:00:00Z"}
    managed = {"applied_edits": [{"type": "compact_20260112"}]}

    assert read(answer(text("Hi"), container=container, context_management=managed)).extra == {
        "provider_metadata": {"container": container, "context_management": managed}
    }


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "x"}},
            ErrorKind.PROVIDER_OVERLOADED,
        ),
        ({"type": "message"}, ErrorKind.PROVIDER_INVALID_RESPONSE),
    ],
)
def test_a_body_that_is_no_message(body: Any, kind: ErrorKind) -> None:
    decoder = BodyDecoder("acme")
    decoder.feed(json.dumps(body).encode())

    with pytest.raises(ProviderError) as failure:
        decoder.end()
    assert failure.value.kind is kind


@pytest.mark.parametrize(
    ("status", "type_", "message", "kind"),
    [
        (400, "invalid_request_error", "max_tokens: wrong", ErrorKind.PROVIDER_BAD_REQUEST),
        (
            400,
            "invalid_request_error",
            "prompt is too long: 210000 tokens > 200000 maximum",
            ErrorKind.PROVIDER_CONTEXT_LENGTH,
        ),
        (400, "invalid_request_error", "Could not process image", ErrorKind.PROVIDER_INVALID_IMAGE),
        (401, "authentication_error", "invalid x-api-key", ErrorKind.PROVIDER_AUTH),
        (402, "billing_error", "x", ErrorKind.PROVIDER_AUTH),
        (403, "permission_error", "x", ErrorKind.PROVIDER_AUTH),
        (404, "not_found_error", "model: x", ErrorKind.PROVIDER_MODEL_NOT_FOUND),
        (413, "request_too_large", "x", ErrorKind.PROVIDER_TOO_LARGE),
        (429, "rate_limit_error", "x", ErrorKind.PROVIDER_RATE_LIMIT),
        (500, "api_error", "x", ErrorKind.PROVIDER_FAILURE),
        (504, "timeout_error", "x", ErrorKind.PROVIDER_TIMEOUT),
        (529, "overloaded_error", "Overloaded", ErrorKind.PROVIDER_OVERLOADED),
    ],
)
def test_http_errors(status: int, type_: str, message: str, kind: ErrorKind) -> None:
    told = {"type": "error", "error": {"type": type_, "message": message}, "request_id": "req_1"}
    error = ANTHROPIC.error(endpoint(), status, {"retry-after": "7"}, json.dumps(told).encode())

    assert (error.kind, error.status, error.provider_type, error.retry_after) == (kind, status, type_, 7)
    assert message in error.message


def test_members_of_other_types_count_as_absent() -> None:
    usage = {"input_tokens": "10", "output_tokens": True, "service_tier": 3}
    blocks: list[dict[str, Any]] = [{"type": "text", "text": 5}, {**USE, "id": 7, "caller": None}]
    decoder = BodyDecoder("acme")
    told = answer(*blocks, usage=usage, reason="refusal", stop_details={"explanation": 1})
    decoder.feed(json.dumps(told).encode())
    whole = fold(decoder.end())

    choice = whole.choices[0]
    [call] = choice.delta.tool_calls or []
    assert (choice.delta.content, choice.delta.refusal, call.id) == (None, None, "call_0")
    assert whole.usage
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens, whole.service_tier) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize("reason", [5, {}, [], ""])
def test_a_reason_of_another_type_is_none(reason: Any) -> None:
    decoder = BodyDecoder("acme")
    decoder.feed(json.dumps({**answer(text("Hi")), "stop_reason": reason}).encode())
    choice = fold(decoder.end()).choices[0]

    assert (choice.finish_reason, choice.native_finish_reason) == ("stop", None)


@pytest.mark.parametrize(
    "content", [[{"type": "tool_use", "id": "a", "name": 5, "input": {}}], ["text"], {"a": 1}, 5]
)
def test_a_call_without_a_name_and_no_blocks_are_the_providers_fault(content: Any) -> None:
    decoder = BodyDecoder("acme")
    decoder.feed(json.dumps({**answer(), "content": content}).encode())

    with pytest.raises(ProviderError, match="unknown shape"):
        decoder.end()
