"""Answers in a form: structured outputs where the model has them, a tool that has to be called elsewhere."""

import json
from typing import Any

import pytest

from service.dialects.anthropic import Anthropic
from service.types.chunk import Delta
from service.types.fold import fold
from tests.asking import chat
from tests.dialects.anthropic_asking import NEW, OLD, body, endpoint, sent

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
WEATHER = {"type": "function", "function": {"name": "weather"}}


def form(schema: dict[str, Any], name: str = "person") -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": True}}


def test_a_schema_that_fits_goes_out_as_it_came() -> None:
    built = body(response_format=form(PERSON))

    assert built["output_config"] == {"format": {"type": "json_schema", "schema": PERSON}}
    assert list(built["output_config"]["format"]["schema"]) == list(PERSON)
    assert "tools" not in built


def object_of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


CLOSED = {"additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "fitted", "told"),
    [
        (object_of(a={"type": "string"}), {**object_of(a={"type": "string"}), **CLOSED}, ""),
        (
            object_of(a={"type": "integer", "minimum": 1, "description": "Age."}),
            {**object_of(a={"type": "integer", "description": "Age.\n\n{minimum: 1}"}), **CLOSED},
            "minimum",
        ),
        (
            object_of(minimum={"type": "array", "items": {"type": "string", "maxLength": 2}, "minItems": 2}),
            {
                **object_of(
                    minimum={
                        "type": "array",
                        "items": {"type": "string", "description": "{maxLength: 2}"},
                        "description": "{minItems: 2}",
                    }
                ),
                **CLOSED,
            },
            "maxLength, minItems",
        ),
        (
            {
                "$schema": "x",
                **object_of(a={"oneOf": [{"type": "string", "format": "byte"}, {"type": "null"}]}),
            },
            {
                **object_of(
                    a={"anyOf": [{"type": "string", "description": '{format: "byte"}'}, {"type": "null"}]}
                ),
                **CLOSED,
            },
            "format",
        ),
        (
            {**object_of(a={"$ref": "#/$defs/b"}), "$defs": {"b": object_of(c={"const": 1})}},
            {
                **object_of(a={"$ref": "#/$defs/b"}),
                "$defs": {"b": {**object_of(c={"const": 1}), **CLOSED}},
                **CLOSED,
            },
            "",
        ),
    ],
)
def test_what_the_grammar_cannot_hold_is_told_to_the_model(schema: Any, fitted: Any, told: str) -> None:
    built, dropped = sent(chat(response_format=form(schema)))

    assert built["output_config"]["format"]["schema"] == fitted
    named = dropped.get("response_format.json_schema.schema", "")
    assert named.partition("model: ")[2] == told


LIST: dict[str, Any] = {"type": "array", "items": {"$ref": "#/$defs/a"}}


@pytest.mark.parametrize(
    ("model", "schema"),
    [
        (OLD, PERSON),
        (NEW, object_of(a={"type": "object", "additionalProperties": {"type": "string"}})),
        (NEW, {"type": "object"}),
        (NEW, {**object_of(a={"$ref": "#/$defs/a"}), "$defs": {"a": {**object_of(b=LIST), **CLOSED}}}),
        (NEW, object_of(a={"$ref": "#"})),
        (NEW, object_of(a={"not": {"type": "string"}})),
    ],
)
def test_any_other_schema_is_a_tool_that_has_to_be_called(model: str, schema: Any) -> None:
    built = body(model, response_format=form(schema))

    [tool] = built["tools"]
    assert (tool["name"], tool["input_schema"]) == ("person", schema)
    assert built["tool_choice"] == {"type": "tool", "name": "person"}
    assert "output_config" not in built


@pytest.mark.parametrize(
    ("members", "names", "choice"),
    [
        ({}, ["weather", "person"], {"type": "any"}),
        ({"tool_choice": "auto"}, ["weather", "person"], {"type": "any"}),
        ({"tool_choice": "none"}, ["weather", "person"], {"type": "tool", "name": "person"}),
        ({"tool_choice": "required"}, ["weather"], {"type": "any"}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "weather"}}},
            ["weather"],
            {"type": "tool", "name": "weather"},
        ),
        (
            {"response_format": form(PERSON, "weather")},
            ["weather", "weather_"],
            {"type": "any"},
        ),
        ({"response_format": {"type": "json_object"}}, ["weather", "answer"], {"type": "any"}),
    ],
)
def test_beside_the_callers_own_tools(members: Any, names: list[str], choice: Any) -> None:
    built = body(OLD, **{"tools": [WEATHER], "response_format": form(PERSON), **members})

    assert [tool["name"] for tool in built["tools"]] == names
    assert built["tool_choice"] == choice


def test_any_json_object() -> None:
    built = body(response_format={"type": "json_object"})

    assert built["tools"][0]["input_schema"] == {"type": "object", "additionalProperties": True}
    assert built["tool_choice"] == {"type": "tool", "name": "answer"}


def use(name: str, given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": given}


def whole(blocks: list[Any], reason: str = "tool_use") -> bytes:
    return json.dumps({"type": "message", "content": blocks, "stop_reason": reason}).encode()


def streamed(blocks: list[Any], reason: str = "tool_use") -> bytes:
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {"usage": {}}}]
    for index, block in enumerate(blocks):
        given = json.dumps(block["input"]) if block["input"] else ""
        events += [
            {"type": "content_block_start", "index": index, "content_block": {**block, "input": {}}},
            *(
                {
                    "type": "content_block_delta",
                    "index": index,
                    "delta": {"type": "input_json_delta", "partial_json": piece},
                }
                for piece in (given[:4], given[4:])
            ),
            {"type": "content_block_stop", "index": index},
        ]
    events += [{"type": "message_delta", "delta": {"stop_reason": reason}}, {"type": "message_stop"}]
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("blocks", "content", "calls", "reason"),
    [
        ([use("person", {"name": "Ada"})], {"name": "Ada"}, [], "stop"),
        ([use("person", {})], {}, [], "stop"),
        ([use("weather", {})], None, ["weather"], "tool_calls"),
        ([use("weather", {}), use("person", {"name": "Ada"})], {"name": "Ada"}, ["weather"], "tool_calls"),
    ],
)
def test_the_arguments_are_the_content(
    stream: bool, blocks: list[Any], content: Any, calls: list[str], reason: str
) -> None:
    request = chat(tools=[WEATHER], response_format=form(PERSON), stream=stream)
    decoder = Anthropic().decoder(request, endpoint(OLD), "")
    data = streamed(blocks) if stream else whole(blocks)

    choice = fold([*decoder.feed(data), *decoder.end()]).choices[0]

    delta: Delta = choice.delta
    assert (json.loads(delta.content) if delta.content else None) == content
    assert [call.name for call in delta.tool_calls or ()] == calls
    assert all(call.arguments == "{}" for call in delta.tool_calls or ())
    assert (choice.finish_reason, choice.native_finish_reason) == (reason, "tool_use")
