"""The demo provider, called like any other."""

import json
import time
from typing import Any

import pytest

from service.errors import ProviderError
from service.types.chunk import Chunk
from service.types.fold import fold
from service.upstream import demo
from service.upstream.client import UpstreamClient
from service.upstream.demo.samples import sample
from tests.asking import chat
from tests.upstream.calling import call, endpoint, run


def answer(model: str = "fast", **members: Any) -> list[Chunk]:
    async def scene() -> list[Chunk]:
        client = UpstreamClient()
        try:
            return (await call(client, chat(**members), endpoint(demo.BASE_URL, model)))[2]
        finally:
            await client.aclose()

    return run(scene())


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


each_way = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        },
    },
}


@each_way
def test_it_answers_in_words(stream: bool) -> None:
    whole = fold(answer(messages=said("Hello there"), stream=stream))

    [choice] = whole.choices
    assert choice.delta.content == "This is demo/fast, a model inside Pointsman. You said: Hello there"
    assert (choice.finish_reason, choice.delta.role) == ("stop", "assistant")
    assert whole.usage
    assert whole.usage.completion_tokens == 11
    assert whole.usage.total_tokens == 11 + (whole.usage.prompt_tokens or 0)


def test_it_streams_word_by_word() -> None:
    texts = [
        choice.delta.content
        for chunk in answer(stream=True)
        for choice in chunk.choices
        if choice.delta.content
    ]

    assert texts[:3] == ["This ", "is ", "demo/fast, "]


@each_way
def test_the_clever_one_thinks_and_is_slower(stream: bool) -> None:
    started = time.monotonic()
    [choice] = fold(answer("clever", messages=said("x"), stream=stream)).choices

    assert choice.delta.reasoning == "The question is: x "
    assert time.monotonic() - started > 0.5


@each_way
def test_it_calls_a_tool_that_is_given(stream: bool) -> None:
    [choice] = fold(answer(messages=said("Paris"), tools=[TOOL], stream=stream)).choices

    [tool_call] = choice.delta.tool_calls or []
    assert (tool_call.index, tool_call.type, tool_call.name) == (0, "function", "weather")
    assert json.loads(tool_call.arguments or "") == {"city": "Paris", "days": 1}
    assert (choice.finish_reason, choice.delta.content) == ("tool_calls", None if not stream else "")
    assert (tool_call.id or "").startswith("call_")


@pytest.mark.parametrize(
    ("members", "finish"),
    [
        ({"tools": [TOOL], "tool_choice": "none"}, "stop"),
        ({"tools": [TOOL], "tool_choice": "auto"}, "tool_calls"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "weather"}}},
            "tool_calls",
        ),
        ({"tools": [{"type": "web_search"}]}, "stop"),
        ({"tools": []}, "stop"),
        ({"max_tokens": 3}, "length"),
        ({"max_completion_tokens": 3, "max_tokens": 50}, "length"),
    ],
    ids=str,
)
def test_finish_reasons(members: dict[str, Any], finish: str) -> None:
    assert fold(answer(**members)).choices[0].finish_reason == finish


def test_it_answers_a_tools_answer() -> None:
    turns = [
        *said("Paris"),
        {
            "role": "assistant",
            "tool_calls": [{"id": "c", "function": {"name": "weather", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "sunny"},
    ]

    assert fold(answer(messages=turns, tools=[TOOL])).choices[0].delta.content == "The tool answered: sunny"


@each_way
def test_it_answers_in_json(stream: bool) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}

    [choice] = fold(answer(messages=said("Ann"), response_format=form, stream=stream)).choices

    assert json.loads(choice.delta.content or "") == {"name": "Ann"}
    assert json.loads(fold(answer(response_format={"type": "json_object"})).choices[0].delta.content or "")


def test_it_gives_as_many_choices_as_asked_for() -> None:
    assert [choice.index for choice in fold(answer(n=3, stream=True)).choices] == [0, 1, 2]


def test_parts_are_understood() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:x"}}]

    assert "You said: a [image_url]" in (
        fold(answer(messages=[{"role": "user", "content": parts}])).choices[0].delta.content or ""
    )


@each_way
@pytest.mark.parametrize(
    ("asked", "kind", "retry_after"),
    [
        ("please 429", "provider_rate_limit", 1),
        ("please 500", "provider_failure", None),
        ("whatever", "provider_failure", None),
        ("break off mid-stream", "provider_unreachable", None),
    ],
)
def test_the_failing_one_fails_as_asked(asked: str, kind: str, retry_after: int | None, stream: bool) -> None:
    with pytest.raises(ProviderError) as caught:
        answer("failing", messages=said(asked), stream=stream)

    assert (caught.value.kind, caught.value.retry_after) == (kind, retry_after)


@pytest.mark.parametrize(
    "members",
    [
        {"n": 10**9},
        {"tools": [{**TOOL, "function": {"name": "f", "parameters": {"type": []}}}]},
        {"tools": [{**TOOL, "function": {"name": "f", "parameters": {"anyOf": {"a": 1}}}}]},
        {"tools": [{**TOOL, "function": {"name": "f", "parameters": {"type": "array", "minItems": "x"}}}]},
    ],
)
def test_what_it_cannot_do_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ProviderError) as caught:
        answer(**members)

    assert caught.value.kind == "provider_bad_request"


SCHEMAS = [
    ({}, "text"),
    (True, "text"),
    ({"type": "string"}, "text"),
    ({"type": "integer"}, 1),
    ({"type": "number"}, 1.5),
    ({"type": "boolean"}, True),
    ({"type": "null"}, None),
    ({"type": ["integer", "null"]}, 1),
    ({"const": 7}, 7),
    ({"enum": ["a", "b"]}, "a"),
    ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, 1),
    ({"type": "array", "items": {"type": "integer"}}, [1]),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
    ({"type": "array", "minItems": 10**9}, ["text"] * 16),
    ({"properties": {"a": {}, "b": {}}, "required": ["b"]}, {"b": "text"}),
    ({"$ref": "#/$defs/x", "$defs": {"x": {"type": "integer"}}}, 1),
    ({"$ref": "#/nowhere"}, "text"),
    ({"const": "x" * 10**6}, "text"),
]


@pytest.mark.parametrize(("schema", "value"), SCHEMAS, ids=[json.dumps(row[0]) for row in SCHEMAS])
def test_samples(schema: Any, value: Any) -> None:
    assert sample(schema, "text") == value


def test_a_schema_that_refers_to_itself_ends() -> None:
    wide = {"type": "object", "properties": {name: {"$ref": "#"} for name in "abcdefghij"}}

    assert len(json.dumps(sample(wide))) < 100_000


def _nested(schema: dict[str, Any], levels: int) -> dict[str, Any]:
    for _ in range(levels):
        schema = {"type": "array", "minItems": 16, "items": schema}
    return schema


WIDE = {
    "arrays in arrays": _nested({"type": "string"}, 6),
    "many members": {"properties": {f"p{place}": {} for place in range(900)}},
    "too many members": {"properties": {f"p{place}": {} for place in range(10**5)}},
    "a large constant, many times": _nested({"const": "x" * 10**5}, 2),
    "a long name, many times": _nested({"properties": {"x" * 10**5: {}}}, 2),
}


@pytest.mark.parametrize("schema", WIDE.values(), ids=WIDE)
def test_samples_are_small(schema: dict[str, Any]) -> None:
    assert len(json.dumps(sample(schema, "x" * 100_000))) < 300_000
