"""Encodes chat requests as the Responses dialect does, and holds each against the SDK's types."""

import json
from typing import Any

import msgspec

from service.dialects.responses import OpenAIResponses
from service.types.facts import Facts
from service.types.routing_options import Reasoning
from service.types.upstream import Endpoint, UpstreamRequest
from tests.asking import chat
from tests.dialects.test_responses_types import validated

DIALECT = OpenAIResponses()
ENDPOINT = Endpoint(
    provider="acme", model="m-1", base_url="https://api.acme.test/v1", dialect="openai-responses"
)
USER = {"type": "message", "role": "user", "content": "Hi"}
BASE = {"model": "m-1", "input": [USER], "include": ["reasoning.encrypted_content"], "store": False}
SCHEMA = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "number"}}}
FUNCTION = {"name": "f", "description": "Does it", "parameters": SCHEMA}
TOOLS = [
    (
        {"type": "function", "function": FUNCTION},
        {"type": "function", **FUNCTION, "strict": False},
    ),
    (
        {"type": "function", "function": FUNCTION | {"strict": True}, "defer_loading": True},
        {"type": "function", **FUNCTION, "strict": True, "defer_loading": True},
    ),
    (
        {"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral"}},
        {
            "type": "function",
            "name": "f",
            "parameters": {"type": "object", "properties": {}},
            "strict": False,
        },
    ),
    (
        {
            "type": "custom",
            "custom": {
                "name": "sql",
                "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: X"}},
            },
        },
        {
            "type": "custom",
            "name": "sql",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: X"},
        },
    ),
    *(
        (tool, tool)
        for tool in (
            {"type": "web_search", "search_context_size": "low"},
            {"type": "web_search_preview"},
            {"type": "file_search", "vector_store_ids": ["vs_1"]},
            {"type": "code_interpreter", "container": {"type": "auto"}},
            {"type": "image_generation", "quality": "low"},
            {
                "type": "mcp",
                "server_label": "wiki",
                "server_url": "https://x.test",
                "require_approval": "never",
            },
            {
                "type": "computer_use_preview",
                "display_width": 1,
                "display_height": 1,
                "environment": "browser",
            },
            {"type": "custom", "name": "flat"},
            {"type": "tool_search"},
            {
                "type": "namespace",
                "name": "crm",
                "description": "CRM",
                "tools": [{"type": "function", "name": "f"}],
            },
        )
    ),
]


def sent(facts: Facts | None = None, reasoning: Reasoning | None = None, **members: Any) -> UpstreamRequest:
    request = msgspec.structs.replace(chat(**members), reasoning=reasoning)
    endpoint = msgspec.structs.replace(ENDPOINT, facts=facts or Facts())
    return DIALECT.encode(request, endpoint, {})


def body(facts: Facts | None = None, reasoning: Reasoning | None = None, **members: Any) -> dict[str, Any]:
    built: dict[str, Any] = json.loads(sent(facts, reasoning, **members).body)
    return validated(built)


def items(*messages: dict[str, Any]) -> list[Any]:
    given: list[Any] = body(messages=messages)["input"]
    return given


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}
