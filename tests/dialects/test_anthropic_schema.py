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
ONLY_PERSON = {"type": "tool", "name": "person", "disable_parallel_tool_use": True}


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
        (object_of(a={"format": []}), {**object_of(a={"description": "{format: []}"}), **CLOSED}, "format"),
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
        (NEW, object_of(a={"anyOf": [{"type": "string"}], "oneOf": [{"type": "string"}]})),
        (NEW, {"type": "object", "properties": "?"}),
        (NEW, object_of(a={"anyOf": {}})),
        (NEW, {**object_of(a={"type": "string"}), "$defs": 5}),
    ],
)
def test_any_other_schema_is_a_tool_that_has_to_be_called(model: str, schema: Any) -> None:
    built = body(model, response_format=form(schema))

    [tool] = built["tools"]
    assert (tool["name"], tool["input_schema"]) == ("person", schema)
    assert built["tool_choice"] == ONLY_PERSON
    assert "output_config" not in built


@pytest.mark.parametrize(
    ("members", "names", "choice"),
    [
        ({}, ["weather", "person"], {"type": "any"}),
        ({"tool_choice": "auto"}, ["weather", "person"], {"type": "any"}),
        ({"tool_choice": "none"}, ["weather", "person"], ONLY_PERSON),
        ({"tool_choice": "required"}, ["weather"], {"type": "any"}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "weather"}}},
            ["weather"],
            {"type": "tool", "name": "weather"},
        ),
        (
            {"response_format": form(PERSON, "weather")},
            ["weather", "weather_1"],
            {"type": "any"},
        ),
        ({"response_format": {"type": "json_object"}}, ["weather", "answer"], {"type": "any"}),
        (
            {"tools": [], "web_search_options": {}},
            ["web_search", "person"],
            {"type": "any"},
        ),
    ],
)
def test_beside_the_callers_own_tools(members: Any, names: list[str], choice: Any) -> None:
    built = body(OLD, **{"tools": [WEATHER], "response_format": form(PERSON), **members})

    assert [tool["name"] for tool in built["tools"]] == names
    assert built["tool_choice"] == choice


def test_any_json_object() -> None:
    built = body(response_format={"type": "json_object"})

    assert built["tools"][0]["input_schema"] == {"type": "object", "additionalProperties": True}
    assert built["tool_choice"] == {**ONLY_PERSON, "name": "answer"}


def use(name: str, given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": given}


def whole(blocks: list[Any], reason: str = "tool_use") -> bytes:
    return json.dumps({"type": "message", "content": blocks, "stop_reason": reason}).encode()


def streamed(blocks: list[Any], reason: str = "tool_use") -> bytes:
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {"usage": {}}}]
    for index, block in enumerate(blocks):
        if block["type"] == "text":
            begin, deltas = {**block, "text": ""}, [{"type": "text_delta", "text": block["text"]}]
        else:
            given = json.dumps(block["input"]) if block["input"] else ""
            pieces = (given[:4], given[4:])
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
            begin = {**block, "input": {}}
        events += [
            {"type": "content_block_start", "index": index, "content_block": begin},
            *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": index},
        ]
    events += [{"type": "message_delta", "delta": {"stop_reason": reason}}, {"type": "message_stop"}]
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)


PREFACE = {"type": "text", "text": "Here it is:"}
ADA, BOB = use("person", {"name": "Ada"}), use("person", {"name": "Bob"})


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("tools", "blocks", "content", "calls"),
    [
        ([WEATHER], [ADA], {"name": "Ada"}, []),
        ([WEATHER], [use("person", {})], {}, []),
        ([WEATHER], [use("weather", {})], None, ["weather"]),
        ([WEATHER], [use("weather", {}), ADA], {"name": "Ada"}, ["weather"]),
        ([WEATHER], [ADA, BOB], {"name": "Bob"}, []),
        ([WEATHER], [PREFACE, ADA, PREFACE], {"name": "Ada"}, []),
        ([], [PREFACE, ADA], {"name": "Ada"}, []),
        ([], [ADA, BOB], {"name": "Ada"}, []),
    ],
)
def test_the_arguments_are_the_content(
    stream: bool, tools: list[Any], blocks: list[Any], content: Any, calls: list[str]
) -> None:
    request = chat(tools=tools, response_format=form(PERSON), stream=stream)
    decoder = Anthropic().decoder(request, endpoint(OLD), "")
    data = streamed(blocks) if stream else whole(blocks)

    answer = fold([*decoder.feed(data), *decoder.end()])

    choice = answer.choices[0]
    delta: Delta = choice.delta
    assert (json.loads(delta.content) if delta.content else None) == content
    assert [call.name for call in delta.tool_calls or ()] == calls
    assert all(call.arguments == "{}" for call in delta.tool_calls or ())
    finish = "tool_calls" if calls else "stop"
    assert (choice.finish_reason, choice.native_finish_reason) == (finish, "tool_use")
    assert json.dumps(answer.extra).count("Here it is:") == blocks.count(PREFACE)


@pytest.mark.parametrize("stream", [False, True])
def test_text_is_the_content_if_the_tool_is_not_called(stream: bool) -> None:
    cited = {**PREFACE, "citations": [{"type": "page_location"}]}
    decoder = Anthropic().decoder(chat(response_format=form(PERSON), stream=stream), endpoint(OLD), "")
    blocks = [PREFACE, cited]
    answer = fold([*decoder.feed(streamed(blocks) if stream else whole(blocks)), *decoder.end()])

    delta = answer.choices[0].delta
    assert delta.content == "Here it is:" * 2
    [told] = delta.annotations or []
    assert (told["file_citation"]["start_index"], told["file_citation"]["end_index"]) == (11, 22)


def test_the_only_tool_is_told_as_it_comes() -> None:
    decoder = Anthropic().decoder(chat(response_format=form(PERSON), stream=True), endpoint(OLD), "")
    chunks = decoder.feed(streamed([ADA]))

    assert [chunk.choices[0].delta.content for chunk in chunks] == ['{"na', 'me": "Ada"}', None]
