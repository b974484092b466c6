"""Answers that come back to Bedrock: thoughts put back in place, the rest as the model wrote it."""

import json
from typing import Any

import pytest

from service.errors import InvalidRequest
from tests.dialects.converse import (
    CLAUDE,
    DATA,
    LLAMA,
    NOVA_2,
    answer,
    assistant,
    encoded,
    folded,
    result,
    sent,
    turn,
    use,
    user,
)
from tests.upstreams.fake_bedrock import EVENT_STREAM, events, text, thought, tool_use, whole

CLAUDE_TEXT = {"type": "reasoning.text", "format": "anthropic-claude-v1"}
# Name, model, messages, what is sent of them.
TURNS: list[tuple[str, str, list[dict[str, Any]], list[dict[str, Any]]]] = [
    (
        "thoughts of Claude, in their places",
        CLAUDE,
        [
            user("a"),
            assistant(
                "Text",
                "t1",
                "t2",
                reasoning_details=[
                    {**CLAUDE_TEXT, "text": "One", "signature": "c2ln", "index": 0},
                    {
                        "type": "reasoning.encrypted",
                        "data": DATA,
                        "format": "anthropic-claude-v1",
                        "index": 2,
                        "position": {"content": 4},
                    },
                    {
                        **CLAUDE_TEXT,
                        "text": "Two",
                        "signature": "c2ln",
                        "index": 4,
                        "position": {"content": 4, "tool_calls": 1},
                    },
                ],
            ),
            result("t1"),
        ],
        [
            turn("user", "a"),
            turn(
                "assistant",
                thought("One", "c2ln"),
                "Text",
                {"reasoningContent": {"redactedContent": DATA}},
                use("t1"),
                thought("Two", "c2ln"),
                use("t2"),
            ),
            turn("user", answer("t1", "18")),
        ],
    ),
    (
        "thoughts as clients keep them that join pieces poorly",
        CLAUDE,
        [
            user("a"),
            assistant(
                "Text",
                reasoning_details=[
                    {**CLAUDE_TEXT, "text": "O", "index": 0},
                    {"type": "reasoning.text", "text": "ne", "signature": "c2ln", "index": 0},
                    {
                        "type": "reasoning.text",
                        "signature": "c2lo",
                        "format": "anthropic-claude-v1" * 2,
                        "index": 1,
                    },
                ],
            ),
        ],
        [turn("user", "a"), turn("assistant", thought("One", "c2ln"), thought("", "c2lo"), "Text")],
    ),
    (
        "thoughts of others, in an unknown format, are none of Nova's",
        NOVA_2,
        [
            user("a"),
            assistant("b", reasoning_details=[{"type": "reasoning.text", "text": "x", "format": "unknown"}]),
        ],
        [turn("user", "a"), turn("assistant", "b")],
    ),
    (
        "thoughts that Claude would refuse",
        CLAUDE,
        [
            user("a"),
            assistant(
                "Text",
                reasoning="Plain",
                reasoning_details=[
                    {**CLAUDE_TEXT, "text": "unsigned", "index": 0},
                    {"type": "reasoning.text", "text": "x", "signature": "s", "format": "google-gemini-v1"},
                    {
                        "type": "reasoning.encrypted",
                        "data": DATA,
                        "format": "openai-responses-v1",
                        "index": 1,
                    },
                    {"type": "reasoning.summary", "summary": "x", "format": "anthropic-claude-v1"},
                ],
            ),
        ],
        [turn("user", "a"), turn("assistant", "Text")],
    ),
    (
        "thoughts of a family that does not want them",
        LLAMA,
        [
            user("a"),
            assistant(
                "b",
                reasoning_details=[{"type": "reasoning.text", "text": "x", "format": "bedrock-converse-v1"}],
            ),
        ],
        [turn("user", "a"), turn("assistant", "b")],
    ),
]


@pytest.mark.parametrize(("model", "messages", "turns"), [r[1:] for r in TURNS], ids=[r[0] for r in TURNS])
def test_turns(model: str, messages: list[dict[str, Any]], turns: list[dict[str, Any]]) -> None:
    assert sent(model, messages=messages)["messages"] == turns


IN_S3 = {"document": {"format": "pdf", "name": "d", "source": {"s3Location": {"uri": "s3://b/d.pdf"}}}}


def test_objects_in_s3_do_not_come_in_by_an_echo() -> None:
    detail = {
        "type": "reasoning.server_tool_call",
        "format": "bedrock-converse-v1",
        "block": [{"toolResult": {"toolUseId": "t", "content": [IN_S3]}}],
    }

    with pytest.raises(InvalidRequest) as caught:
        encoded(NOVA_2, messages=[user("a"), assistant("b", reasoning_details=[detail]), user("c")])
    assert caught.value.param == "messages[1].reasoning_details[0].block"


BLOCKS: list[tuple[str, str, list[dict[str, Any]]]] = [
    (
        "thoughts, text and calls",
        CLAUDE,
        [thought("a", "c2ln"), text("b"), tool_use(0, "f", {"x": 1}), tool_use(1, "g", {})],
    ),
    ("thoughts after the text", CLAUDE, [text("b"), thought("a", "c2ln")]),
    ("thoughts that are not shown", CLAUDE, [thought("", "c2ln"), text("b")]),
    (
        "thoughts between texts and calls",
        CLAUDE,
        [
            *(thought("a", "c2ln"), text("One"), thought("", "c2lo"), text("Two")),
            *({"reasoningContent": {"redactedContent": DATA}}, tool_use(0, "f", {})),
            *(thought("b", "c2lp"), text("Three"), tool_use(1, "f", {})),
        ],
    ),
    ("hidden thoughts", CLAUDE, [{"reasoningContent": {"redactedContent": DATA}}, text("b")]),
    (
        "thoughts between calls",
        CLAUDE,
        [thought("a", "c2ln"), tool_use(0, "f", {}), thought("b", "c2lo"), tool_use(1, "f", {})],
    ),
    (
        "the vendor's own tool",
        NOVA_2,
        [
            {
                "toolUse": {
                    "toolUseId": "s1",
                    "name": "nova_code_interpreter",
                    "input": {"snippet": "1"},
                    "type": "server_tool_use",
                }
            },
            {
                "toolResult": {
                    "toolUseId": "s1",
                    "type": "nova_code_interpreter_result",
                    "status": "success",
                    "content": [{"json": {"out": 1}}],
                }
            },
            text("b"),
        ],
    ),
    (
        "the vendor's own tool, with words before its result",
        NOVA_2,
        [
            text("a"),
            {
                "toolUse": {
                    "toolUseId": "s1",
                    "name": "nova_grounding",
                    "input": {},
                    "type": "server_tool_use",
                }
            },
            text("b"),
            {"toolResult": {"toolUseId": "s1", "status": "success", "content": [{"text": "x"}]}},
            text("c"),
        ],
    ),
    (
        "unsigned thoughts",
        NOVA_2,
        [{"reasoningContent": {"reasoningText": {"text": "[REDACTED]"}}}, text("b")],
    ),
]


@pytest.mark.parametrize(("model", "blocks"), [row[1:] for row in BLOCKS], ids=[row[0] for row in BLOCKS])
def test_an_answer_that_comes_back_is_what_the_model_wrote(model: str, blocks: list[dict[str, Any]]) -> None:
    delta = folded(json.dumps(whole(blocks, "end_turn")).encode(), "application/json", model).choices[0].delta
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in delta.tool_calls or ()
    ]
    back = {
        "role": "assistant",
        "content": delta.content,
        "reasoning": delta.reasoning,
        "reasoning_details": delta.reasoning_details,
        **({"tool_calls": calls} if calls else {}),
    }

    assert sent(model, messages=[user("a"), back, user("c")])["messages"][1]["content"] == blocks


@pytest.mark.parametrize("words", ["a thought", ""])
def test_streamed_thoughts_come_back_as_well(words: str) -> None:
    blocks = [text("a"), thought(words, "c2ln"), text("b")]
    delta = folded(b"".join(events(blocks, "end_turn")), EVENT_STREAM).choices[0].delta
    back = assistant(delta.content, reasoning_details=delta.reasoning_details)

    assert sent(messages=[user("a"), back])["messages"][1]["content"] == blocks
