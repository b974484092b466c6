"""Members of requests in OpenAI's form and what Anthropic gets for them: one pair a feature."""

import json
from typing import Any

import pytest

from tests.asking import chat
from tests.dialects.anthropic_asking import (
    ASKED,
    BASE,
    HI,
    MARK,
    NEW,
    NEWEST,
    WEATHER,
    body,
    encoded,
    text,
    unfit,
    user,
)

NATIVE_WEATHER = {
    "name": "weather",
    "description": "Tells it.",
    "input_schema": {
        "type": "object",
        "properties": {"zeta": {"type": "string"}, "alpha": {"type": "number"}},
    },
}


def worded(choice: dict[str, Any], parallel: bool) -> dict[str, Any]:
    return choice if parallel else {**choice, "disable_parallel_tool_use": True}


CHOICES: list[tuple[Any, dict[str, Any]]] = [
    ("auto", {"type": "auto"}),
    ("required", {"type": "any"}),
    ({"type": "function", "function": {"name": "weather"}}, {"type": "tool", "name": "weather"}),
    ({"type": "tool", "name": "weather"}, {"type": "tool", "name": "weather"}),
    ({"type": "any"}, {"type": "any"}),
]

# A name; a model; members of the request; members of the body.
PAIRS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("tools", NEW, {"tools": [WEATHER]}, {"tools": [NATIVE_WEATHER]}),
    (
        "tools without parameters, with a marker",
        NEW,
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "now"},
                    "cache_control": MARK,
                    "defer_loading": True,
                }
            ]
        },
        {
            "tools": [
                {
                    "name": "now",
                    "input_schema": {"type": "object", "properties": {}},
                    "defer_loading": True,
                    "cache_control": MARK,
                }
            ]
        },
    ),
    (
        "strict tools",
        NEW,
        {"tools": [{"type": "function", "function": {**WEATHER["function"], "strict": True}}]},  # type: ignore[dict-item]
        {
            "tools": [
                {
                    **NATIVE_WEATHER,
                    "input_schema": {**NATIVE_WEATHER["input_schema"], "additionalProperties": False},  # type: ignore[dict-item]
                    "strict": True,
                }
            ]
        },
    ),
    *(
        (
            f"tool choice {json.dumps(choice)}, parallel {parallel}",
            NEW,
            {"tools": [WEATHER], "tool_choice": choice, "parallel_tool_calls": parallel},
            {"tools": [NATIVE_WEATHER], "tool_choice": worded(word, parallel)},
        )
        for parallel in (True, False)
        for choice, word in CHOICES
    ),
    (
        "no tool may be called",
        NEW,
        {"tools": [WEATHER], "tool_choice": "none", "parallel_tool_calls": False},
        {"tools": [NATIVE_WEATHER], "tool_choice": {"type": "none"}},
    ),
    (
        "one call at a time",
        NEW,
        {"tools": [WEATHER], "parallel_tool_calls": False},
        {"tools": [NATIVE_WEATHER], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    ),
    (
        "web search",
        NEW,
        {"web_search_options": {"user_location": {"type": "approximate", "approximate": {"city": "Rome"}}}},
        {
            "tools": [
                {
                    "type": "web_search_20250305",
                    "name": "web_search",
                    "user_location": {"type": "approximate", "city": "Rome"},
                }
            ]
        },
    ),
    (
        "native tools",
        NEW,
        {"tools": [WEATHER, {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]},
        {"tools": [NATIVE_WEATHER, {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]},
    ),
    (
        "another vendor's web search",
        NEW,
        {
            "tools": [
                {
                    "type": "web_search",
                    "user_location": {"type": "approximate", "country": "IT"},
                    "filters": {"allowed_domains": ["a.test"]},
                }
            ],
            "web_search_options": {},
        },
        {
            "tools": [
                {
                    "type": "web_search_20250305",
                    "name": "web_search",
                    "allowed_domains": ["a.test"],
                    "user_location": {"type": "approximate", "country": "IT"},
                }
            ]
        },
    ),
    (
        "some of the tools",
        NEW,
        {
            "tools": [WEATHER, {"type": "function", "function": {"name": "now"}}],
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"type": "function", "function": {"name": "weather"}}],
                },
            },
        },
        {"tools": [NATIVE_WEATHER], "tool_choice": {"type": "any"}},
    ),
    (
        "arguments that may be null",
        NEW,
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "parameters": {"type": ["object", "null"]}}}
            ]
        },
        {"tools": [{"name": "f", "input_schema": {"type": "object"}}]},
    ),
    ("stop", NEW, {"stop": ["a", "b"]}, {"stop_sequences": ["a", "b"]}),
    ("stop as text", NEW, {"stop": "a"}, {"stop_sequences": ["a"]}),
    ("sampling", NEW, {"temperature": 0.20, "top_k": 40}, {"temperature": 0.2, "top_k": 40}),
    ("no top_k", NEW, {"top_k": 0, "top_p": 0.5}, {"top_p": 0.5}),
    ("streaming", NEW, {"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
    ("user", NEW, {"user": "u-1", "store": True}, {"metadata": {"user_id": "u-1"}}),
    ("tier auto", NEW, {"service_tier": "auto"}, {"service_tier": "auto"}),
    ("tier default", NEW, {"service_tier": "default"}, {"service_tier": "standard_only"}),
    ("automatic caching", NEW, {"cache_control": MARK}, {"cache_control": MARK}),
    ("verbosity", NEWEST, {"verbosity": "low"}, {"output_config": {"effort": "low"}}),
    ("the newer name of the cap", NEW, {"max_tokens": 5, "max_completion_tokens": 7}, {"max_tokens": 7}),
    (
        "native members",
        NEW,
        {"inference_geo": "us", "container": "c1"},
        {"inference_geo": "us", "container": "c1"},
    ),
]


@pytest.mark.parametrize(
    ("model", "given", "wanted"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS]
)
def test_members(model: str, given: dict[str, Any], wanted: dict[str, Any]) -> None:
    basis = {"model": model, "max_tokens": 20_000, "messages": [user(*HI)]}

    assert body(model, **given) == {**basis, **wanted}


MCP_CALL = {
    "type": "reasoning.server_tool_call",
    "tool_name": "ask",
    "arguments": "{}",
    "tool_call_id": "mcptoolu_1",
    "format": "anthropic-claude-v1",
    "index": 0,
    "block": {"type": "mcp_tool_use", "server_name": "m"},
}


def test_url_headers_and_the_order_of_keys() -> None:
    upstream = encoded(chat(tools=[WEATHER], stream=True))

    assert upstream.url == f"{BASE}/v1/messages"
    assert upstream.headers == {"accept": "text/event-stream", "anthropic-version": "2023-06-01"}
    assert b'"properties":{"zeta":{"type": "string"},"alpha"' in upstream.body.replace(
        b'": {', b'":{'
    ).replace(b'}, "alpha"', b'},"alpha"')


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"mcp_servers": [{"type": "url", "name": "m", "url": "https://m.test"}]}, "mcp-client-2025-04-04"),
        (
            {
                "mcp_servers": [{"type": "url", "name": "m", "url": "https://m.test"}],
                "tools": [{"type": "mcp_toolset", "mcp_server_name": "m"}],
            },
            "mcp-client-2025-11-20",
        ),
        ({"context_management": {"edits": [{"type": "compact_20260112"}]}}, "compact-2026-01-12"),
        (
            {"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}},
            "context-management-2025-06-27",
        ),
        (
            {"container": {"skills": [{"type": "anthropic", "skill_id": "xlsx", "version": "latest"}]}},
            "skills-2025-10-02",
        ),
        ({"output_config": {"task_budget": {"type": "tokens", "total": 20000}}}, "task-budgets-2026-03-13"),
        ({"speed": "fast"}, "fast-mode-2026-02-01"),
        (
            {
                "tools": [
                    {
                        "type": "computer_20250124",
                        "name": "computer",
                        "display_width_px": 9,
                        "display_height_px": 9,
                    }
                ]
            },
            "computer-use-2025-01-24",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file_1"}}]}]},
            "files-api-2025-04-14",
        ),
        (
            {
                "mcp_servers": [{"type": "url", "name": "m", "url": "https://m.test"}],
                "messages": [ASKED, {"role": "assistant", "reasoning_details": [MCP_CALL]}, ASKED],
            },
            "mcp-client-2025-04-04",
        ),
        (
            {"messages": [ASKED, {"role": "assistant", "reasoning_details": [MCP_CALL]}, ASKED]},
            "mcp-client-2025-11-20",
        ),
        ({"betas": ["context-1m-2025-08-07", "bad, header"]}, "context-1m-2025-08-07"),
        ({"tools": [{"type": "code_execution_20250825", "name": "code_execution"}]}, None),
        ({"cache_control": MARK}, None),
    ],
)
def test_betas_are_named_where_they_are_used(given: dict[str, Any], wanted: str | None) -> None:
    assert encoded(chat(**given)).headers.get("anthropic-beta") == wanted


def test_the_check_against_the_sdk_can_fail() -> None:
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming as Params

    fit = {"model": "m", "max_tokens": 1, "messages": [user(*HI)]}
    assert not list(unfit(fit, Params, "body"))
    for unknown in (
        {"seed": 1},
        {"max_tokens": "1"},
        {"messages": [user(text("Hi", logprobs=1))]},
        {"tool_choice": {"type": "required"}},
    ):
        assert list(unfit({**fit, **unknown}, Params, "body"))
