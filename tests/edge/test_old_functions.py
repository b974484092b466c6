"""Functions by OpenAI's earlier names, to tools and back."""

import json
from typing import Any

import pytest

from service.edge.chat_request import parse
from service.edge.old_functions import FunctionCalls
from service.errors import InvalidRequest
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta

HI = {"role": "user", "content": "Hi"}
FUNCTION = {"name": "f", "description": "d", "parameters": {"z": {"maxItems": 3}, "a": {"minimum": 1.5}}}
TOOL = {"type": "function", "function": FUNCTION}


def _parse(**members: Any) -> ChatRequest:
    return parse(json.dumps({"model": "m", "messages": [HI], **members}).encode())


def _call(function: str, **more: Any) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": None,
        "function_call": {"name": function, "arguments": "{}"},
        **more,
    }


def _result(name: str, text: str) -> dict[str, Any]:
    return {"role": "function", "name": name, "content": text}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"functions": [FUNCTION]}, {"tools": [TOOL]}),
        ({"functions": [FUNCTION, {"name": "g"}]}, {"tools": [TOOL, TOOL | {"function": {"name": "g"}}]}),
        ({"functions": []}, {}),
        ({"functions": [FUNCTION], "function_call": "none"}, {"tools": [TOOL], "tool_choice": "none"}),
        ({"function_call": "auto", "functions": [FUNCTION]}, {"tool_choice": "auto", "tools": [TOOL]}),
        (
            {"functions": [FUNCTION], "function_call": {"name": "f"}},
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
        ),
    ],
)
def test_functions_become_tools(old: dict[str, Any], new: dict[str, Any]) -> None:
    request, expected = _parse(temperature=1, **old, seed=2), _parse(temperature=1, **new, seed=2)

    assert _plain(request) == _plain(expected)
    assert list(request.members) == list(expected.members)
    assert request.body == expected.body
    assert (request.old_functions, expected.old_functions) == (True, False)


def test_turns_become_those_of_tools() -> None:
    old = [HI, _call("f", name="n"), _result("f", "1"), _call("g"), _call("f"), _result("f", "2"), HI]

    def called(place: int, function: str, **more: Any) -> dict[str, Any]:
        told = {"name": function, "arguments": "{}"}
        call = {"id": f"call_function_{place}", "type": "function", "function": told}
        return {"role": "assistant", "content": None, "tool_calls": [call], **more}

    new = [
        HI,
        called(1, "f", name="n"),
        {"role": "tool", "content": "1", "tool_call_id": "call_function_1"},
        called(3, "g"),
        called(4, "f"),
        {"role": "tool", "content": "2", "tool_call_id": "call_function_4"},
        HI,
    ]

    request = _parse(messages=old)

    assert json.loads(bytes(request.members["messages"])) == new
    assert request.body == _parse(messages=new).body
    assert not request.old_functions


def test_schemas_keep_their_bytes() -> None:
    schema = b'{"type":  "object", "z": {"maxItems": 3}, "a": 1.50, "n": 12345678901234567890}'
    body = json.dumps({"model": "m", "messages": [HI]})[:-1].encode()
    body += b', "functions": [{"name": "f", "parameters": ' + schema + b"}]}"

    request = parse(body)

    assert schema in bytes(request.members["tools"])
    assert request.body.tools
    assert request.body.tools[0].function
    assert list(request.body.tools[0].function.parameters or ()) == ["type", "z", "a", "n"]


@pytest.mark.parametrize(
    ("members", "field", "words"),
    [
        ({"functions": [FUNCTION], "tools": [TOOL]}, "functions", "cannot be combined with tools"),
        (
            {"functions": [FUNCTION], "function_call": "auto", "tool_choice": "auto"},
            "function_call",
            "cannot be combined with tool_choice",
        ),
        ({"function_call": "auto"}, "function_call", "is only allowed with functions"),
        ({"functions": [FUNCTION], "function_call": "any"}, "function_call", "must be one of none, auto"),
        ({"functions": [{"parameters": {}}]}, "functions[0].name", "name field is required"),
        ({"messages": [HI, _result("f", "1")]}, "messages[1]", "answers no call of the function 'f'"),
        (
            {"messages": [_call("f"), _result("f", "1"), _result("f", "2")]},
            "messages[2]",
            "answers no call of the function 'f'",
        ),
        ({"messages": [_call("f"), _result("g", "1")]}, "messages[1]", "answers no call of the function"),
        (
            {"messages": [_call("f"), {"role": "function", "content": "1"}]},
            "messages[1].name",
            "name field is required for role 'function'",
        ),
        ({"messages": [_call("f", function_call={"name": "f"})]}, "messages[0].function_call.arguments", ""),
        (
            {"messages": [_call("f", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": ""}}])]},
            "messages[0].function_call",
            "cannot be combined with tool_calls",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused(members: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        _parse(**members)

    [violation] = caught.value.violations
    assert violation.field == field
    assert violation.description.startswith(words)


def test_requests_without_them_stay_as_they_are() -> None:
    members = {"tools": [TOOL], "tool_choice": "auto", "messages": [_call("f") | {"function_call": None}]}

    request = _parse(**members)

    assert _plain(request) == {"model": "m", **members}


def _piece(index: int = 0, name: str | None = None, arguments: str | None = None) -> ToolCallDelta:
    return ToolCallDelta(
        index=index, id=name and "c", type=name and "function", name=name, arguments=arguments
    )


def _chunk(*calls: ToolCallDelta, choice: int = 0, finish: str | None = None) -> Chunk:
    delta = Delta(tool_calls=list(calls) or None)
    return Chunk(choices=[ChunkChoice(index=choice, delta=delta, finish_reason=finish)])


@pytest.mark.parametrize(
    ("chunks", "told"),
    [
        (
            [_chunk(_piece(0, "f", "{}"), finish="tool_calls")],
            [({"name": "f", "arguments": "{}"}, "function_call")],
        ),
        (
            [_chunk(_piece(0, "f")), _chunk(_piece(0, None, "{")), _chunk(_piece(0, None, "}")), _chunk()],
            [({"name": "f"}, None), ({"arguments": "{"}, None), ({"arguments": "}"}, None), (None, None)],
        ),
        (
            [_chunk(_piece(0, "f", "1"), _piece(1, "g", "2")), _chunk(_piece(1, None, "3"))],
            [({"name": "f", "arguments": "1"}, None), (None, None)],
        ),
        (
            [_chunk(_piece(2, "f", "1")), _chunk(_piece(2, None, "2"), _piece(0, "g", "3"))],
            [({"name": "f", "arguments": "1"}, None), ({"arguments": "2"}, None)],
        ),
        (
            [_chunk(_piece(0, "f", "1")), _chunk(_piece(1, "g", "2"), choice=1)],
            [({"name": "f", "arguments": "1"}, None), ({"name": "g", "arguments": "2"}, None)],
        ),
        ([_chunk(_piece(0, "f", "1"), _piece(0, None, "2"))], [({"name": "f", "arguments": "12"}, None)]),
        ([_chunk(finish="stop")], [(None, "stop")]),
    ],
    ids=["whole", "pieces", "second call", "any index", "choices", "pieces at once", "no call"],
)
def test_calls_are_told_by_the_earlier_names(chunks: list[Chunk], told: list[Any]) -> None:
    calls = FunctionCalls()
    for chunk in chunks:
        calls.tell(chunk)

    choices = [chunk.choices[0] for chunk in chunks]
    assert [(each.delta.extra.get("function_call"), each.finish_reason) for each in choices] == told
    assert all(each.delta.tool_calls is None for each in choices)


def _plain(request: ChatRequest) -> dict[str, Any]:
    return {name: json.loads(bytes(value)) for name, value in request.members.items()}
