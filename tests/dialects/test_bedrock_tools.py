"""Tools, the choice among them and forms of answers, as Converse takes them."""

import json
from typing import Any

import pytest

from service.edge.chat_request import parse
from tests.asking import chat
from tests.dialects.converse import (
    BEDROCK,
    CLAUDE,
    FORM,
    NOVA,
    NOVA_2,
    OLD_CLAUDE,
    OSS,
    SCHEMA,
    SPEC,
    TOOL,
    USED,
    allowed,
    endpoint_of,
    members_sent,
    native_form,
    sent,
)

CLOSED = {**SCHEMA, "additionalProperties": False}


def schema_form(schema: dict[str, Any], **members: str) -> dict[str, Any]:
    told = {"name": "person", "description": "Who.", "schema": schema, **members}
    return {"type": "json_schema", "json_schema": told}


def form_tool(schema: dict[str, Any], name: str = "person") -> dict[str, Any]:
    return {"toolSpec": {"name": name, "description": "Who.", "inputSchema": {"json": schema}}}


FORM_TOOL = form_tool(SCHEMA)
BOUNDED = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}
TOLD = {
    "type": "object",
    "properties": {"a": {"type": "integer", "description": "{minimum: 1}"}},
    "additionalProperties": False,
}
UNHELD = {"type": "object", "properties": {"a": {"not": {}}}}
OTHER_TOOL = {"type": "function", "function": {"name": "g"}}
USED_SPEC = {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object", "properties": {}}}}}
NONE = {"tool_choice": {"type": "none"}}
# Name, model, members of the request, members of the body besides its messages, parameters left out.
PAIRS: list[tuple[str, str, dict[str, Any], dict[str, Any], set[str]]] = [
    (
        "a tool whose schema says no type",
        CLAUDE,
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"properties": {"a": {}}}}}]},
        {
            "toolConfig": {
                "tools": [
                    {
                        "toolSpec": {
                            "name": "f",
                            "inputSchema": {"json": {"type": "object", "properties": {"a": {}}}},
                        }
                    }
                ]
            }
        },
        set(),
    ),
    ("tools", CLAUDE, {"tools": [TOOL]}, {"toolConfig": {"tools": [SPEC]}}, set()),
    (
        "a tool without parameters",
        CLAUDE,
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"toolConfig": {"tools": [USED_SPEC]}},
        set(),
    ),
    (
        "strict tools",
        CLAUDE,
        {"tools": [{"type": "function", "function": {**TOOL["function"], "strict": True}}]},  # type: ignore[dict-item]
        {
            "toolConfig": {
                "tools": [{"toolSpec": {**SPEC["toolSpec"], "inputSchema": {"json": CLOSED}, "strict": True}}]
            }
        },
        set(),
    ),
    (
        "strict tools of others",
        OSS,
        {"tools": [{"type": "function", "function": {**TOOL["function"], "strict": True}}]},  # type: ignore[dict-item]
        {"toolConfig": {"tools": [{"toolSpec": {**SPEC["toolSpec"], "strict": True}}]}},
        set(),
    ),
    (
        "strict tools with keywords that can only be told",
        CLAUDE,
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "strict": True, "parameters": BOUNDED}},
                {"type": "function", "function": {"name": "g", "strict": True, "parameters": UNHELD}},
            ]
        },
        {
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": "f", "inputSchema": {"json": TOLD}, "strict": True}},
                    {"toolSpec": {"name": "g", "inputSchema": {"json": UNHELD}}},
                ]
            }
        },
        {"tools[0].function.parameters", "tools[1].function.strict"},
    ),
    (
        "strict tools where the model has none",
        OLD_CLAUDE,
        {"tools": [{"type": "function", "function": {**TOOL["function"], "strict": True}}]},  # type: ignore[dict-item]
        {"toolConfig": {"tools": [SPEC]}},
        {"tools[0].function.strict"},
    ),
    (
        "Nova's own tools",
        NOVA_2,
        {"tools": [TOOL, {"type": "nova_code_interpreter"}]},
        {"toolConfig": {"tools": [SPEC, {"systemTool": {"name": "nova_code_interpreter"}}]}},
        set(),
    ),
    *(
        (
            f"tool choice {choice}",
            CLAUDE,
            {"tools": [TOOL], "tool_choice": choice},
            {"toolConfig": {"tools": [SPEC], "toolChoice": native}},
            set(),
        )
        for choice, native in (
            ("auto", {"auto": {}}),
            ("required", {"any": {}}),
            ("any", {"any": {}}),
            ({"type": "function", "function": {"name": "f"}}, {"tool": {"name": "f"}}),
        )
    ),
    (
        "some of the tools",
        CLAUDE,
        {"tools": [TOOL, OTHER_TOOL], "tool_choice": allowed("required", "f")},
        {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
        set(),
    ),
    ("tool choice none", CLAUDE, {"tools": [TOOL], "tool_choice": "none"}, {}, set()),
    (
        "tool choice none after calls",
        CLAUDE,
        {"tools": [TOOL], "tool_choice": "none", "messages": USED},
        {"toolConfig": {"tools": [SPEC]}, "additionalModelRequestFields": NONE},
        set(),
    ),
    (
        "calls in the history of a request without tools",
        CLAUDE,
        {"messages": USED},
        {"toolConfig": {"tools": [USED_SPEC]}, "additionalModelRequestFields": NONE},
        set(),
    ),
    (
        "the same at another model",
        NOVA,
        {"messages": USED},
        {"toolConfig": {"tools": [USED_SPEC]}},
        set(),
    ),
    (
        "one call at a time",
        CLAUDE,
        {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
        {
            "toolConfig": {"tools": [SPEC]},
            "additionalModelRequestFields": {
                "tool_choice": {"type": "any", "disable_parallel_tool_use": True}
            },
        },
        set(),
    ),
    (
        "one call at a time at others",
        NOVA,
        {"tools": [TOOL], "parallel_tool_calls": False},
        {"toolConfig": {"tools": [SPEC]}},
        {"parallel_tool_calls"},
    ),
    ("text", CLAUDE, {"response_format": {"type": "text"}}, {}, set()),
    ("native schema", CLAUDE, {"response_format": FORM}, {"outputConfig": native_form(CLOSED)}, set()),
    (
        "native schema of others",
        OSS,
        {"response_format": schema_form(BOUNDED)},
        {"outputConfig": native_form(BOUNDED)},
        set(),
    ),
    (
        "native schema with a keyword that can only be told, under a name that Bedrock refuses",
        CLAUDE,
        {"response_format": schema_form(BOUNDED, name="my form")},
        {"outputConfig": native_form(TOLD, name="answer")},
        {"response_format.json_schema.schema"},
    ),
    (
        "a schema that the grammar cannot hold",
        CLAUDE,
        {"response_format": schema_form(UNHELD)},
        {"toolConfig": {"tools": [form_tool(UNHELD)], "toolChoice": {"any": {}}}},
        set(),
    ),
    (
        "a schema without a type",
        OLD_CLAUDE,
        {"response_format": schema_form({"properties": {}}, name="my.form")},
        {
            "toolConfig": {
                "tools": [form_tool({"type": "object", "properties": {}}, "answer")],
                "toolChoice": {"any": {}},
            }
        },
        set(),
    ),
    (
        "a schema after calls, when no more are wanted",
        NOVA,
        {"response_format": FORM, "tools": [TOOL], "tool_choice": "none", "messages": USED},
        {"toolConfig": {"tools": [FORM_TOOL], "toolChoice": {"any": {}}}},
        set(),
    ),
    (
        "a call first, the schema later",
        NOVA,
        {"response_format": FORM, "tools": [TOOL], "tool_choice": "required"},
        {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
        {"response_format"},
    ),
    (
        "schema by a forced tool",
        OLD_CLAUDE,
        {"response_format": FORM},
        {"toolConfig": {"tools": [FORM_TOOL], "toolChoice": {"any": {}}}},
        set(),
    ),
    (
        "schema by a forced tool among others",
        NOVA,
        {"response_format": FORM, "tools": [TOOL], "tool_choice": "auto"},
        {"toolConfig": {"tools": [SPEC, FORM_TOOL], "toolChoice": {"any": {}}}},
        set(),
    ),
    (
        "JSON of any shape",
        CLAUDE,
        {"response_format": {"type": "json_object"}},
        {
            "toolConfig": {
                "tools": [
                    {
                        "toolSpec": {
                            "name": "json_object",
                            "description": "Gives the answer. Call it once, with the whole answer.",
                            "inputSchema": {"json": {"type": "object"}},
                        }
                    }
                ],
                "toolChoice": {"any": {}},
            }
        },
        set(),
    ),
    (
        "searching the web",
        NOVA_2,
        {"web_search_options": {"search_context_size": "low"}},
        {"toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]}},
        {"web_search_options.search_context_size"},
    ),
]


@pytest.mark.parametrize(
    ("model", "members", "body", "dropped"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS]
)
def test_members(model: str, members: dict[str, Any], body: dict[str, Any], dropped: set[str]) -> None:
    actual, lost = members_sent(model, members)

    assert actual == body
    assert lost == dropped


@pytest.mark.parametrize(("model", "members"), [row[1:3] for row in PAIRS], ids=[row[0] for row in PAIRS])
def test_what_can_be_sent_meets_no_obstacle(model: str, members: dict[str, Any]) -> None:
    assert not BEDROCK.obstacles(chat(**members), endpoint_of(model))


def test_schemas_and_arguments_are_sent_byte_for_byte() -> None:
    schema = '{"type":"object","properties":{"z":{"maximum":1.0},"a":{"const":12345678901234567890123}}}'
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"b": 1.0, "a": 1e2}'}}
    messages = json.dumps([USED[0], {"role": "assistant", "tool_calls": [call]}, USED[2]])
    tools = f'[{{"type":"function","function":{{"name":"f","parameters":{schema}}}}}]'
    form = f'{{"type":"json_schema","json_schema":{{"name":"n","schema":{schema}}}}}'
    raw = f'{{"model":"m","messages":{messages},"tools":{tools},"response_format":{form}}}'

    text = BEDROCK.encode(parse(raw.encode()), endpoint_of(OSS), {}).body.decode()

    assert f'"inputSchema":{{"json":{schema}}}' in text
    assert f'"schema":{json.dumps(schema)}' in text
    assert '"input":{"b": 1.0, "a": 1e2}' in text


def test_an_unused_name_is_found_for_the_answer_tool() -> None:
    names = ["n" * 60, "n" * 60 + "_2"]
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    body = sent(OLD_CLAUDE, tools=tools, response_format=schema_form(SCHEMA, name=names[0]))

    assert body["toolConfig"]["tools"][-1]["toolSpec"]["name"] == "n" * 60 + "_3"
