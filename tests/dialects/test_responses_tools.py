"""Tools and choices of chat requests, and what the Responses dialect makes of them."""

from typing import Any

import msgspec
import pytest

from service.edge.chat_request import parse
from service.errors import InvalidRequest
from tests.dialects.responses_asking import DIALECT, ENDPOINT, TOOLS, body, sent


@pytest.mark.parametrize(("tool", "expected"), TOOLS)
def test_tools(tool: dict[str, Any], expected: dict[str, Any]) -> None:
    assert body(tools=[tool])["tools"] == [expected]


def test_a_schema_keeps_its_bytes() -> None:
    raw = '{"type":"object","properties":{"z":{"const":1.0},"a":{"maximum":12345678901234567890}}}'
    function = {"name": "f", "parameters": msgspec.Raw(raw.encode())}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": msgspec.Raw(raw.encode())}}
    tools = [{"type": "function", "function": function}]
    data = msgspec.json.encode(
        {"model": "m", "messages": [{"role": "user", "content": ""}], "tools": tools, "response_format": form}
    )
    assert DIALECT.encode(parse(data), ENDPOINT, {}).body.decode().count(raw) == 2


CHOICES = [
    ("auto", "auto"),
    ("none", "none"),
    ("required", "required"),
    ("any", "required"),
    ({"type": "required"}, "required"),
    ({"type": "function", "function": {"name": "f"}}, {"type": "function", "name": "f"}),
    ({"type": "function", "name": "f"}, {"type": "function", "name": "f"}),
    ({"type": "custom", "custom": {"name": "sql"}}, {"type": "custom", "name": "sql"}),
    (
        {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "f"}}]},
        },
        {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
    ),
    ({"type": "web_search_preview"}, {"type": "web_search_preview"}),
    (
        {"type": "mcp", "server_label": "wiki", "name": "ask"},
        {"type": "mcp", "server_label": "wiki", "name": "ask"},
    ),
]


@pytest.mark.parametrize(("choice", "expected"), CHOICES)
def test_tool_choice(choice: Any, expected: Any) -> None:
    assert body(tool_choice=choice, tools=[TOOLS[0][0]])["tool_choice"] == expected


def test_a_tool_choice_that_means_nothing_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        sent(tool_choice="sometimes")
