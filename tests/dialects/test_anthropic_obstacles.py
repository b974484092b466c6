"""What an endpoint with Messages cannot give is told before anything is sent."""

from typing import Any

import pytest

from tests.asking import chat
from tests.dialects.anthropic_asking import ANTHROPIC, NEW, NEWEST, endpoint

PNG = "data:image/png;base64,iVBORw0KGgo="
HI = {"role": "user", "content": "Hi"}
TOOL = {"type": "function", "function": {"name": "f"}}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
UNFORCED = "claude-opus-5-5"


def part(kind: str, **held: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": kind, kind: held}]}]}


def saying(role: str, *parts: Any) -> dict[str, Any]:
    return {"messages": [HI, {"role": role, "content": list(parts)}, HI]}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"modalities": ["text", "image"]}, "modalities"),
        ({"modalities": ["audio"]}, "modalities"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        (part("input_audio", data="AA==", format="wav"), "messages[0].content[0]"),
        (part("video_url", url="https://a.test/v.mp4"), "messages[0].content[0]"),
        (part("image_url", url="data:image/bmp;base64,AA=="), "messages[0].content[0]"),
        (part("file", file_data="data:audio/mp3;base64,AA=="), "messages[0].content[0]"),
        (saying("assistant", {"type": "image_url", "image_url": {"url": PNG}}), "messages[1].content[0]"),
        (saying("system", {"type": "image_url", "image_url": {"url": PNG}}), "messages[1].content[0]"),
        (part("file", file_data=f"data:{DOCX};base64,AA=="), "messages[0].content[0]"),
        (
            part("file", file_data="data:application/octet-stream;base64,AA==", filename="a.docx"),
            "messages[0].content[0]",
        ),
        (part("file", file_data="data:application/octet-stream;base64,AA=="), "messages[0].content[0]"),
        (part("file", file_data="https://a.test/b.docx?c=d"), "messages[0].content[0]"),
        (part("image_url", url="data:text/plain;base64,AA=="), "messages[0].content[0]"),
        (part("file", file_data="S3://bucket/key.pdf"), "messages[0].content[0]"),
        (part("image_url", url="gs://bucket/key.png"), "messages[0].content[0]"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "array"}}}]},
            "tools[0].function.parameters",
        ),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "schema": {"type": "array", "not": {}}},
                }
            },
            "response_format",
        ),
        (
            {"messages": [HI, {"role": "assistant", "tool_calls": [{"id": "a", "type": "custom"}]}, HI]},
            "messages[1].tool_calls[0]",
        ),
        ({"tools": [TOOL, {"type": "file_search"}]}, "tools[1]"),
        ({"tools": [{"type": "custom", "custom": {"name": "f"}}]}, "tools[0]"),
    ],
)
def test_an_obstacle_names_its_field(given: dict[str, Any], field: str) -> None:
    [obstacle] = ANTHROPIC.obstacles(chat(**given), endpoint())

    assert obstacle.field == field
    assert obstacle.description.endswith(f"is not supported by 'anthropic/{NEW}'")


@pytest.mark.parametrize(
    "given",
    [
        {"n": 1, "seed": 1, "top_k": 5, "logit_bias": {"1": 1}, "user": "u"},
        {"response_format": {"type": "json_object"}, "tools": [TOOL], "modalities": ["text"]},
        {"tools": [SEARCH]},
        {"tools": [SEARCH], "tool_choice": {"type": "tool", "name": "web_search"}},
        {"tools": [{"type": "web_search"}], "tool_choice": {"type": "tool", "name": "web_search"}},
        {"web_search_options": {}, "tool_choice": {"type": "tool", "name": "web_search"}},
        {"prediction": {"type": "content", "content": "x"}},
        part("file", file_data="data:application/octet-stream;base64,AA==", filename="A.PDF"),
        part("file", file_data="https://a.test/paper/2301.00001"),
        {"tools": [{"type": "custom", "name": "f", "input_schema": {"type": "object"}}]},
        part("image_url", url=PNG),
        part("file", file_data="data:application/pdf;base64,AA=="),
        {"messages": [HI, {"role": "assistant", "content": "So"}]},
    ],
)
def test_what_it_can_give_or_leave_out_is_none(given: dict[str, Any]) -> None:
    assert not ANTHROPIC.obstacles(chat(**given), endpoint())


def test_calls_that_nobody_answered_are_no_prefill() -> None:
    calls = [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]
    request = chat(messages=[HI, {"role": "assistant", "tool_calls": calls}])

    assert not ANTHROPIC.obstacles(request, endpoint(NEWEST))


@pytest.mark.parametrize(
    ("model", "facts", "given", "field"),
    [
        (NEWEST, {}, {"messages": [HI, {"role": "assistant", "content": "So"}]}, "messages[1]"),
        (UNFORCED, {}, {"tools": [TOOL], "tool_choice": "required"}, "tool_choice"),
        (UNFORCED, {}, {"response_format": {"type": "json_object"}}, "response_format"),
    ],
)
def test_obstacles_of_one_model(model: str, facts: Any, given: Any, field: str) -> None:
    [obstacle] = ANTHROPIC.obstacles(chat(**given), endpoint(model, **facts))

    assert obstacle.field == field


@pytest.mark.parametrize(
    "choice",
    [
        "sometimes",
        {"type": "function", "function": {"name": "g"}},
        {"type": "tool", "name": "g"},
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"name": "g"}]}},
    ],
)
def test_a_wrong_tool_choice_is_told_with_the_rest(choice: Any) -> None:
    found = ANTHROPIC.obstacles(chat(n=2, tools=[TOOL], tool_choice=choice), endpoint())

    assert [each.field for each in found] == ["n", "tool_choice"]
