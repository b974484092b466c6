"""Answers in a form that Bedrock gives by a tool: told as content, whole and streamed."""

import json
from typing import Any

import pytest

from tests.dialects.converse import JSON, call, decoded, delta_of, folded
from tests.upstreams.fake_bedrock import EVENT_STREAM, events, text, tool_use, whole

NOVA = "us.amazon.nova-2-lite-v1:0"
FORM = {"type": "json_schema", "json_schema": {"name": "person", "schema": {"type": "object"}}}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_forced_tools_arguments_are_the_answer(*, streamed: bool) -> None:
    blocks = [tool_use(0, "person", {"name": "Ada"})]
    data = (
        b"".join(events(blocks, "tool_use")) if streamed else json.dumps(whole(blocks, "tool_use")).encode()
    )
    answer = folded(data, EVENT_STREAM if streamed else JSON, NOVA, response_format=FORM)

    assert json.loads(delta_of(answer).content or "") == {"name": "Ada"}
    assert delta_of(answer).tool_calls is None
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].native_finish_reason == "tool_use"


def test_a_call_of_the_callers_beside_a_form_stays_a_call() -> None:
    tool = {"type": "function", "function": {"name": "person"}}
    data = json.dumps(whole([tool_use(0, "person", {})], "tool_use")).encode()
    answer = folded(data, JSON, NOVA, response_format=FORM, tools=[tool])

    assert delta_of(answer).tool_calls == [call(0, "tooluse_0", "person", "{}")]


TOOL = {"type": "function", "function": {"name": "f"}}
ADA, BOB = tool_use(0, "person", {"name": "Ada"}), tool_use(1, "person", {"name": "Bob"})
# Name, members of the request, blocks, content, calls, what is kept of the rest.
FORMS: list[tuple[str, dict[str, Any], list[dict[str, Any]], Any, list[str], list[dict[str, Any]]]] = [
    ("words before the answer", {}, [text("Well."), ADA], {"name": "Ada"}, [], [{"text": "Well."}]),
    (
        "an answer too many, where no other tool is to be called",
        {},
        [ADA, BOB],
        {"name": "Ada"},
        [],
        [{"toolUse": {"name": "person", "input": BOB["toolUse"]["input"]}}],
    ),
    ("the last answer, where others are", {"tools": [TOOL]}, [ADA, BOB], {"name": "Bob"}, [], []),
    (
        "an answer beside a call",
        {"tools": [TOOL]},
        [text("Hm."), ADA, tool_use(1, "f", {})],
        {"name": "Ada"},
        ["f"],
        [{"text": "Hm."}],
    ),
    ("a call instead", {"tools": [TOOL]}, [text("Hm."), tool_use(1, "f", {})], "Hm.", ["f"], []),
    ("words instead", {}, [text("Text "), text("more")], "Text more", [], []),
]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("members", "blocks", "content", "calls", "rest"), [row[1:] for row in FORMS], ids=[r[0] for r in FORMS]
)
def test_answers_by_a_tool(
    members: dict[str, Any],
    blocks: list[dict[str, Any]],
    content: Any,
    calls: list[str],
    rest: list[dict[str, Any]],
    *,
    streamed: bool,
) -> None:
    data = (
        b"".join(events(blocks, "tool_use")) if streamed else json.dumps(whole(blocks, "tool_use")).encode()
    )
    answer = folded(data, EVENT_STREAM if streamed else JSON, NOVA, response_format=FORM, **members)
    said = delta_of(answer)
    kept = answer.extra["provider_metadata"].get("content", [])

    assert said.content == content or json.loads(said.content or "") == content
    assert [each.name for each in said.tool_calls or ()] == calls
    assert "".join(each.get("text", "") for each in kept) == "".join(each.get("text", "") for each in rest)
    inputs = [json.loads(each["toolUse"]["input"]) for each in kept if "toolUse" in each]
    assert inputs == [each["toolUse"]["input"] for each in rest if "toolUse" in each]


def test_an_answer_by_the_only_tool_is_told_as_it_comes() -> None:
    chunks = decoded(b"".join(events([ADA], "tool_use")), EVENT_STREAM, NOVA, response_format=FORM)

    assert [delta_of(chunk).content for chunk in chunks if chunk.choices and delta_of(chunk).content] == [
        '{"name"',
        ': "Ada"}',
    ]
