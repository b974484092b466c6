"""Messages of chat requests and the input items they become: parts, turns, calls and refusals."""

from typing import Any

import pytest

from service.errors import InvalidRequest
from tests.dialects.responses_asking import USER, items, user

PNG = "data:image/png;base64,aGk="
PDF = "data:application/pdf;base64,aGk="
PARTS = [
    ({"type": "text", "text": "Look"}, {"type": "input_text", "text": "Look"}),
    (
        {"type": "image_url", "image_url": {"url": "https://x.test/a.png", "detail": "low"}},
        {"type": "input_image", "image_url": "https://x.test/a.png", "detail": "low"},
    ),
    (
        {"type": "image_url", "image_url": {"url": PNG}},
        {"type": "input_image", "image_url": PNG, "detail": "auto"},
    ),
    (
        {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}},
        {"type": "input_file", "filename": "a.pdf", "file_data": PDF},
    ),
    ({"type": "file", "file": {"file_id": "file-1"}}, {"type": "input_file", "file_id": "file-1"}),
    (
        {"type": "file", "file": {"file_id": "file-1", "filename": "a.pdf"}},
        {"type": "input_file", "file_id": "file-1"},
    ),
    (
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "https://x.test/a.pdf"}},
        {"type": "input_file", "file_url": "https://x.test/a.pdf"},
    ),
    (
        {"type": "text", "text": "Long", "prompt_cache_breakpoint": {"mode": "explicit"}},
        {"type": "input_text", "text": "Long", "prompt_cache_breakpoint": {"mode": "explicit"}},
    ),
]


@pytest.mark.parametrize(("part", "expected"), PARTS)
def test_parts(part: dict[str, Any], expected: dict[str, Any]) -> None:
    assert items(user(part)) == [USER | {"content": [expected]}]
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "c1", "content": [part]}
    answered = items(user(), {"role": "assistant", "tool_calls": [call]}, result)
    assert answered[-1] == {"type": "function_call_output", "call_id": "c1", "output": [expected]}


def test_a_part_of_an_unknown_kind_is_named() -> None:
    with pytest.raises(InvalidRequest) as error:
        items(user({"type": "text", "text": "Hi"}, {"type": "hologram"}))

    assert [each.field for each in error.value.violations] == ["messages[0].content[1].type"]


def test_instructions_stay_where_they_are() -> None:
    conversation: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi", "name": "Ann"},
        {"role": "assistant", "content": [{"type": "text", "text": "He"}, {"type": "text", "text": "llo"}]},
        {"role": "developer", "content": [{"type": "text", "text": "In French."}]},
        {"role": "user", "content": [{"type": "text", "text": "Again"}], "name": "Bob"},
    ]
    assert items(*conversation) == [
        {"type": "message", "role": "system", "content": "Be brief."},
        {"type": "message", "role": "user", "content": "Ann: Hi"},
        {"type": "message", "role": "assistant", "content": "Hello"},
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "In French."}]},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Bob:"}, {"type": "input_text", "text": "Again"}],
        },
    ]


def test_parallel_calls_and_their_results() -> None:
    calls = [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"b": 1, "a": 1.0}'}},
        {"id": "c2", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}},
        {
            "id": "c3",
            "type": "function",
            "function": {"name": "g", "arguments": "", "namespace": "tools", "caller": {"type": "direct"}},
        },
    ]
    results = [{"role": "tool", "tool_call_id": f"c{n}", "content": f"r{n}"} for n in (1, 2, 3)]
    assert items({"role": "assistant", "content": "Wait.", "tool_calls": calls}, *results) == [
        {"type": "message", "role": "assistant", "content": "Wait."},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"b": 1, "a": 1.0}'},
        {"type": "custom_tool_call", "call_id": "c2", "name": "sql", "input": "SELECT 1"},
        {
            "type": "function_call",
            "call_id": "c3",
            "name": "g",
            "arguments": "",
            "namespace": "tools",
            "caller": {"type": "direct"},
        },
        {"type": "function_call_output", "call_id": "c1", "output": "r1"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "r2"},
        {"type": "function_call_output", "call_id": "c3", "output": "r3"},
    ]


@pytest.mark.parametrize(
    "said",
    [
        {"content": "Well", "refusal": "No."},
        {"content": [{"type": "text", "text": "Well"}, {"type": "refusal", "refusal": "No."}]},
    ],
)
def test_a_refusal_stays_one(said: dict[str, Any]) -> None:
    [_, message] = items({"role": "user", "content": "Hi"}, {"role": "assistant", **said})

    assert message == {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [
            {"type": "output_text", "text": "Well", "annotations": []},
            {"type": "refusal", "refusal": "No."},
        ],
    }
