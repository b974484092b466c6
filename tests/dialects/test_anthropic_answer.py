"""Messages to our answers: whole and streamed they are the same, and nothing of them is lost."""

import json
from typing import Any

import pytest

from service.dialects.anthropic.decoder import BodyDecoder, StreamDecoder
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Chunk
from service.types.fold import fold
from tests.asking import chat
from tests.dialects.anthropic_asking import ANTHROPIC, endpoint

FORMAT = "anthropic-claude-v1"
USAGE = {
    "input_tokens": 10,
    "cache_creation_input_tokens": 3,
    "cache_read_input_tokens": 100,
    "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
    "output_tokens": 7,
    "output_tokens_details": {"thinking_tokens": 4},
    "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
    "iterations": [{"type": "message", "input_tokens": 10, "output_tokens": 7}],
    "service_tier": "priority",
    "inference_geo": "us",
    "speed": None,
}

# How a block of each type comes in a stream: what is in its beginning, and the deltas that follow.
_EMPTY: dict[str, dict[str, Any]] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
    "server_tool_use": {"input": {}},
    "mcp_tool_use": {"input": {}},
    "compaction": {"content": None},
}


def _deltas(block: dict[str, Any]) -> list[dict[str, Any]]:
    match block["type"]:
        case "text":
            cited = [{"type": "citations_delta", "citation": each} for each in block.get("citations") or ()]
            half = len(block["text"]) // 2
            texts = [
                {"type": "text_delta", "text": each} for each in (block["text"][:half], block["text"][half:])
            ]
            return [*cited, *texts]
        case "thinking":
            return [
                *({"type": "thinking_delta", "thinking": each} for each in block["thinking"]),
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            given = json.dumps(block["input"], separators=(",", ":")) if block["input"] else ""
            return [{"type": "input_json_delta", "partial_json": each} for each in ("", given[:3], given[3:])]
        case "compaction":
            return [{"type": "compaction_delta", "content": block["content"]}]
    return []


def streamed(message: dict[str, Any]) -> bytes:
    """The events of a message."""
    usage = message["usage"]
    early = {**usage, "output_tokens": 1, "server_tool_use": None}
    late = {
        name: usage[name] for name in ("input_tokens", "output_tokens", "server_tool_use") if name in usage
    }
    begun = {
        **message,
        "content": [],
        "stop_reason": None,
        "stop_details": None,
        "container": None,
        "usage": early,
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": begun}, {"type": "ping"}]
    for index, block in enumerate(message["content"]):
        start = {**block, **_EMPTY.get(block["type"], {})}
        if block["type"] == "text" and "citations" in block:
            start["citations"] = []
        events.append({"type": "content_block_start", "index": index, "content_block": start})
        events += [
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in _deltas(block)
        ]
        events.append({"type": "content_block_stop", "index": index})
    ends = ("stop_reason", "stop_sequence", "stop_details", "container")
    end = {name: message[name] for name in ends if name in message}
    events += [{"type": "message_delta", "delta": end, "usage": late}, {"type": "message_stop"}]
    return b"".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events)


def answer(*blocks: dict[str, Any], reason: str = "end_turn", **members: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": list(blocks),
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": USAGE,
        **members,
    }


def read(message: dict[str, Any]) -> Chunk:
    """The answer; streamed and whole are equal."""
    stream, whole = StreamDecoder("acme"), BodyDecoder("acme")
    pieces = [*stream.feed(streamed(message)), *stream.end()]
    assert whole.feed(json.dumps(message).encode()) == []
    folded = fold(whole.end())
    assert fold(pieces) == folded
    assert stream.complete
    return folded


def text(said: str, **members: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **members}


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
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"b": 1.0, "a": [2]}}
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


def frames(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


BEGIN: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hel"}},
]
END: list[dict[str, Any]] = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}]


def test_what_nobody_knows_yet_is_kept() -> None:
    news = {"type": "news", "headline": "x"}
    future = {"type": "hologram", "text": "a"}
    decoder = StreamDecoder("acme")
    chunks = decoder.feed(
        frames(
            *BEGIN,
            news,
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1, "content_block": future},
            {"type": "content_block_delta", "index": 1, "delta": {"type": "hologram_delta", "text": "b"}},
            {"type": "content_block_stop", "index": 1},
            *END,
            {"type": "message_stop", "late": 1},
        )
    )

    whole = fold([*chunks, *decoder.end()])
    assert whole.extra == {"provider_metadata": {"events": [news], "late": 1}}
    details = whole.choices[0].delta.reasoning_details or []
    assert json.loads(details[0]["result"]) == {"type": "hologram", "text": "ab"}


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        (BEGIN, ErrorKind.PROVIDER_INVALID_RESPONSE),
        (BEGIN[:1], ErrorKind.PROVIDER_INVALID_RESPONSE),
        ([BEGIN[0], {"type": "message_stop"}], ErrorKind.PROVIDER_INVALID_RESPONSE),
        ([*BEGIN, {"type": "content_block_start"}], ErrorKind.PROVIDER_INVALID_RESPONSE),
        (
            [*BEGIN, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}],
            ErrorKind.PROVIDER_OVERLOADED,
        ),
        (
            [{"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down"}}],
            ErrorKind.PROVIDER_RATE_LIMIT,
        ),
        (
            [*BEGIN, {"type": "error", "error": {"type": "api_error", "message": "x"}}],
            ErrorKind.PROVIDER_FAILURE,
        ),
    ],
)
def test_a_stream_that_fails_says_what_came_before(events: list[Any], kind: ErrorKind) -> None:
    decoder = StreamDecoder("acme")
    chunks = decoder.feed(frames(*events))

    with pytest.raises(ProviderError) as failure:
        decoder.end()
    assert failure.value.kind is kind
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["Hel"] * (BEGIN[1] in events)


@pytest.mark.parametrize("last", [[], [{"type": "message_stop"}]])
def test_a_stream_with_its_reason_is_finished(last: list[Any]) -> None:
    decoder = StreamDecoder("acme")
    whole = fold([*decoder.feed(frames(*BEGIN, *END, *last)), *decoder.end()])

    assert (whole.choices[0].delta.content, whole.choices[0].finish_reason) == ("Hel", "stop")


def test_an_end_without_a_reason_is_the_one_its_content_implies() -> None:
    decoder = StreamDecoder("acme")
    whole = fold([*decoder.feed(frames(*BEGIN, {"type": "message_stop"})), *decoder.end()])

    assert whole.choices[0].finish_reason == "stop"


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


def said(*events: dict[str, Any]) -> Chunk:
    """The answer of a stream with these events between its beginning and its end."""
    decoder = StreamDecoder("acme")
    return fold([*decoder.feed(frames(BEGIN[0], *events, *END, {"type": "message_stop"})), *decoder.end()])


def begun(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


STOP = {"type": "content_block_stop", "index": 0}


@pytest.mark.parametrize("end", [[STOP], []])
def test_half_the_arguments_of_a_servers_tool_stay_as_text(end: list[Any]) -> None:
    call = begun(0, type="server_tool_use", id="s", name="web_search", input={})
    whole = said(call, piece(0, type="input_json_delta", partial_json='{"que'), *end)

    [detail] = whole.choices[0].delta.reasoning_details or []
    assert (detail["tool_name"], detail["arguments"], detail["result"]) == ("web_search", '{"que', None)


def test_what_the_pieces_of_a_thought_share_is_said_once() -> None:
    decoder = StreamDecoder("acme")
    thought = [
        begun(0, type="thinking", thinking="", signature=""),
        *(piece(0, type="thinking_delta", thinking=each) for each in "ab"),
        piece(0, type="signature_delta", signature="c2ln"),
    ]
    chunks = decoder.feed(frames(BEGIN[0], *thought))

    assert [chunk.choices[0].delta.reasoning_details for chunk in chunks] == [
        [{"type": "reasoning.text", "text": "a", "format": FORMAT, "index": 0}],
        [{"type": "reasoning.text", "text": "b", "index": 0}],
        [{"type": "reasoning.text", "signature": "c2ln", "index": 0}],
    ]


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([begun(0, type="text", text="Hi", mood="good")], {"type": "text", "mood": "good"}),
        ([begun(0, type="text", text="Hi"), piece(0, type="mood", mood=1)], {"type": "mood", "mood": 1}),
        (
            [begun(0, type="thinking", thinking="Hi", signature="s"), piece(0, type="mood", mood=1)],
            {"type": "mood", "mood": 1},
        ),
        ([begun(0, type="redacted_thinking", data="d", mood=1)], {"type": "redacted_thinking", "mood": 1}),
    ],
)
def test_what_nobody_knows_of_a_block_is_kept(events: list[Any], kept: Any) -> None:
    assert said(*events, STOP).extra == {"provider_metadata": {"blocks": [{"index": 0, **kept}]}}


def test_a_beginning_may_hold_content() -> None:
    message = {"usage": {"input_tokens": 1}, "content": [text("Hello "), USE]}
    decoder = StreamDecoder("acme")
    whole = fold([*decoder.feed(frames({"type": "message_start", "message": message}, *END)), *decoder.end()])

    [call] = whole.choices[0].delta.tool_calls or []
    assert (whole.choices[0].delta.content, call.arguments) == ("Hello ", '{"b":1.0,"a":[2]}')


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
