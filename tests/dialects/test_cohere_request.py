"""ChatRequest to what Cohere receives, with the `cohere` SDK's own types as judge."""

import inspect
import json
from typing import Any, get_args

import cohere
import msgspec
import pydantic
import pytest
from cohere.types import ChatMessageV2, CitationOptions, Document, ResponseFormatV2, Thinking, ToolV2

from service.dialects.cohere import Cohere
from service.errors import InvalidRequest
from service.types.facts import Facts
from service.types.routing_options import Reasoning
from service.types.upstream import Endpoint, UpstreamRequest
from tests.asking import chat

COHERE = Cohere()
ENDPOINT = Endpoint(provider="cohere", model="m", base_url="https://api.cohere.com", dialect="cohere")
PARAMETERS = set(inspect.signature(cohere.ClientV2.chat).parameters) | {"stream"}


def encoded(endpoint: Endpoint = ENDPOINT, **members: Any) -> UpstreamRequest:
    return COHERE.encode(chat(**members), endpoint, {})


def sent(**members: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encoded(**members).body)
    assert set(body) <= PARAMETERS
    for message in body["messages"]:
        judge(ChatMessageV2, message)
    for tool in body.get("tools", ()):
        judge(ToolV2, tool)
    for name, kind in (
        ("thinking", Thinking),
        ("response_format", ResponseFormatV2),
        ("citation_options", CitationOptions),
    ):
        if name in body:
            judge(kind, body[name])
    for document in body.get("documents", ()):
        if not isinstance(document, str):
            judge(Document, document)
    return body


def judge(kind: Any, value: Any) -> None:
    """The SDK's type takes the value and knows every member of it."""
    union = next(iter(get_args(kind)), kind)
    told = json.loads(
        pydantic.TypeAdapter(union).dump_json(pydantic.TypeAdapter(union).validate_python(value))
    )
    parsed = pydantic.TypeAdapter(union).validate_python(value)
    assert _strangers(parsed) == [], value
    assert_same(value, told)


def assert_same(given: Any, told: Any) -> None:
    if isinstance(given, dict):
        for name, value in given.items():
            assert_same(value, told[name])
    else:
        assert isinstance(given, list) or given == told


def _strangers(parsed: Any) -> list[str]:
    if isinstance(parsed, list):
        return [name for each in parsed for name in _strangers(each)]
    if not isinstance(parsed, pydantic.BaseModel):
        return []
    inner = [name for field in type(parsed).model_fields for name in _strangers(getattr(parsed, field))]
    return [*(parsed.model_extra or ()), *inner]


USER = {"role": "user", "content": "Hi"}
SCHEMA = {"type": "object", "z": 1, "a": 2}
FUNCTION = {"name": "f", "description": "d", "parameters": SCHEMA}
TOOL, OTHER = ({"type": "function", "function": {**FUNCTION, "name": name}} for name in "fg")
EMPTY = {"type": "object", "properties": {}}
NAMED = {"type": "function", "function": {"name": "f"}}
MEMBERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"top_p": 0.5}, {"p": 0.5}),
    ({"top_k": 5}, {"k": 5}),
    ({"top_p": 0.5, "p": 0.4}, {"p": 0.4}),
    ({"stop": "a"}, {"stop_sequences": ["a"]}),
    ({"stop": ["a", "b"]}, {"stop_sequences": ["a", "b"]}),
    ({"max_completion_tokens": 5}, {"max_tokens": 5}),
    ({"max_tokens": 5}, {"max_tokens": 5}),
    ({"tools": [TOOL, OTHER]}, {"tools": [TOOL, OTHER]}),
    ({"tools": [TOOL], "tool_choice": "auto"}, {"tools": [TOOL]}),
    ({"tools": [TOOL], "tool_choice": "required"}, {"tools": [TOOL], "tool_choice": "REQUIRED"}),
    ({"tools": [TOOL], "tool_choice": "none"}, {"tools": [TOOL], "tool_choice": "NONE"}),
    ({"tools": [TOOL], "tool_choice": "NONE"}, {"tools": [TOOL], "tool_choice": "NONE"}),
    ({"tools": [OTHER, TOOL], "tool_choice": NAMED}, {"tools": [TOOL], "tool_choice": "REQUIRED"}),
    (
        {
            "tools": [OTHER, TOOL],
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [NAMED]},
            },
        },
        {"tools": [TOOL], "tool_choice": "REQUIRED"},
    ),
    (
        {"tools": [{"type": "function", "function": {**FUNCTION, "strict": True}}]},
        {"tools": [TOOL], "strict_tools": True},
    ),
    (
        {"tools": [{"type": "function", "function": {**FUNCTION, "strict": True}}], "strict_tools": False},
        {"tools": [TOOL], "strict_tools": False},
    ),
    ({"tools": [NAMED]}, {"tools": [{"type": "function", "function": {"name": "f", "parameters": EMPTY}}]}),
    ({"response_format": {"type": "json_object"}}, {"response_format": {"type": "json_object"}}),
    ({"response_format": {"type": "text"}}, {}),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}},
        {"response_format": {"type": "json_object", "json_schema": SCHEMA}},
    ),
    ({"reasoning_effort": "high"}, {"thinking": {"type": "enabled"}}),
    (
        {"reasoning_effort": "medium", "max_tokens": 10},
        {"max_tokens": 10, "thinking": {"type": "enabled", "token_budget": 5}},
    ),
    ({"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
    ({"reasoning_effort": "high", "thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled"}}),
    ({"user": "u", "store": True, "metadata": {}, "stream_options": {}}, {}),
    *(
        ({name: value}, {name: value})
        for name, value in {
            "temperature": 0.5,
            "seed": 5,
            "presence_penalty": 0.5,
            "frequency_penalty": 0.5,
            "logprobs": True,
            "stream": True,
            "p": 0.5,
            "k": 3,
            "stop_sequences": ["a"],
            "strict_tools": False,
            "priority": 1,
            "safety_mode": "STRICT",
            "documents": ["d", {"data": {"a": "b"}}],
            "citation_options": {"mode": "FAST"},
        }.items()
    ),
]


@pytest.mark.parametrize(("given", "expected"), MEMBERS, ids=str)
def test_members(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent(**given) == {"model": "m", "messages": [USER]} | expected
    assert encoded(**given).dropped == ()


def test_schemas_keep_their_order() -> None:
    assert b'"parameters":{"type":"object","z":1,"a":2}' in encoded(tools=[TOOL]).body


@pytest.mark.parametrize(
    "given",
    [
        {"logit_bias": {"5": 1}},
        {"min_p": 0.1},
        {"x": 1},
        {"parallel_tool_calls": False},
        {"service_tier": "flex"},
        {"top_p": 1.0},
        {"presence_penalty": -1},
        {"frequency_penalty": 1.5},
        {"prediction": {"type": "content", "content": "x"}},
    ],
    ids=str,
)
def test_what_cohere_has_not_is_left_out_and_named(given: dict[str, Any]) -> None:
    assert sent(**given) == {"model": "m", "messages": [USER]}
    assert [each.param for each in encoded(**given).dropped] == list(given)


def test_reasoning() -> None:
    plain = msgspec.structs.replace(ENDPOINT, facts=Facts(reasoning=False))
    asked = msgspec.structs.replace(chat(), reasoning=Reasoning(max_tokens=9))

    assert json.loads(COHERE.encode(asked, ENDPOINT, {}).body)["thinking"] == {
        "type": "enabled",
        "token_budget": 9,
    }
    without = COHERE.encode(asked, plain, {})
    assert "thinking" not in json.loads(without.body)
    assert [each.param for each in without.dropped] == ["reasoning"]


CALL = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1.0}'}}
ASSISTANT = {"role": "assistant", "content": "x"}
TEXT = {"type": "text", "text": "x"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://i.test", "detail": "low"}}


def think(text: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": text}


def own(text: str, **members: Any) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, "format": "unknown", **members}


TURNS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("system", {"role": "system", "content": [TEXT]}, {"role": "system", "content": [TEXT]}),
    ("developer", {"role": "developer", "content": "b"}, {"role": "system", "content": "b"}),
    ("plain", {**USER, "cache_control": {}}, USER),
    ("name", {**USER, "name": "Ann"}, {**USER, "content": "Ann: Hi"}),
    (
        "name before parts",
        {"role": "user", "content": [TEXT], "name": "Ann"},
        {"role": "user", "content": [{"type": "text", "text": "Ann:"}, TEXT]},
    ),
    (
        "image",
        {"role": "user", "content": [{**TEXT, "cache_control": {}}, IMAGE]},
        {"role": "user", "content": [TEXT, IMAGE]},
    ),
    ("thoughts", {**ASSISTANT, "reasoning": "hm"}, {**ASSISTANT, "content": [think("hm"), TEXT]}),
    (
        "thinking parts",
        {**ASSISTANT, "content": [think("hm"), TEXT]},
        {**ASSISTANT, "content": [think("hm"), TEXT]},
    ),
    (
        "own thoughts",
        {**ASSISTANT, "reasoning": "ab", "reasoning_details": [own("a", index=0), own("b", index=1)]},
        {**ASSISTANT, "content": [think("a"), think("b"), TEXT]},
    ),
    (
        "thoughts of another vendor",
        {**ASSISTANT, "reasoning": "a", "reasoning_details": [own("a", format="google-gemini-v1")]},
        ASSISTANT,
    ),
    ("calls", {"role": "assistant", "tool_calls": [CALL]}, {"role": "assistant", "tool_calls": [CALL]}),
    (
        "calls with a plan",
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [CALL],
            "reasoning_details": [own("a"), own("b", id="tool_plan")],
        },
        {"role": "assistant", "content": [think("a")], "tool_calls": [CALL], "tool_plan": "b"},
    ),
    (
        "a plan without calls",
        {**ASSISTANT, "reasoning_details": [own("b", id="tool_plan")]},
        ASSISTANT,
    ),
    (
        "calls with plain thoughts",
        {"role": "assistant", "content": "x", "tool_calls": [CALL], "reasoning": "b"},
        {"role": "assistant", "content": "x", "tool_calls": [CALL], "tool_plan": "b"},
    ),
    (
        "result",
        {"role": "tool", "tool_call_id": "f_1", "content": "4", "name": "f"},
        {"role": "tool", "tool_call_id": "f_1", "content": "4"},
    ),
    (
        "result in parts",
        {
            "role": "tool",
            "tool_call_id": "f_1",
            "content": [TEXT, {"type": "document", "document": {"data": {"a": "b"}}}],
        },
        {
            "role": "tool",
            "tool_call_id": "f_1",
            "content": [TEXT, {"type": "document", "document": {"data": {"a": "b"}}}],
        },
    ),
]


@pytest.mark.parametrize(("given", "expected"), [row[1:] for row in TURNS], ids=[row[0] for row in TURNS])
def test_turns(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent(messages=[given, USER])["messages"] == [expected, USER]


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"n": 2}, ["n"]),
        ({"modalities": ["audio"]}, ["modalities"]),
        ({"top_logprobs": 2}, ["top_logprobs"]),
        ({"logprobs": True}, []),
        ({"tools": [{"type": "web_search"}]}, ["tools[0].type"]),
        ({"tools": [TOOL], "response_format": {"type": "json_object"}}, ["response_format"]),
        ({"response_format": {"type": "grammar"}}, ["response_format"]),
        ({"tools": [OTHER], "tool_choice": NAMED}, ["tool_choice"]),
        ({"tools": [OTHER], "tool_choice": "odd"}, ["tool_choice"]),
        (
            {"messages": [{"role": "user", "content": [TEXT, {"type": "file", "file": {}}]}]},
            ["messages[0].content[1]"],
        ),
        (
            {"messages": [{"role": "tool", "tool_call_id": "a", "content": [IMAGE]}]},
            ["messages[0].content[0]"],
        ),
        ({"messages": [{"role": "user", "content": [IMAGE]}]}, []),
    ],
    ids=str,
)
def test_obstacles(members: dict[str, Any], fields: list[str]) -> None:
    assert [each.field for each in COHERE.obstacles(chat(**members), ENDPOINT)] == fields


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"role": "user", "content": [{"type": "hologram"}]}, "messages[0].content[0].type"),
        (
            {"role": "assistant", "tool_calls": [{"id": "a", "type": "custom"}]},
            "messages[0].tool_calls[0].type",
        ),
    ],
    ids=str,
)
def test_what_has_no_form_is_refused(message: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        encoded(messages=[message])

    assert caught.value.param == field


def test_the_address() -> None:
    assert encoded().url == "https://api.cohere.com/v2/chat"
