"""What Converse cannot be asked: told by its field, before anything is sent."""

from typing import Any

import pytest

from service.errors import InvalidRequest
from tests.asking import chat
from tests.dialects.converse import (
    BEDROCK,
    CLAUDE,
    CLAUDE_46,
    FORM,
    LLAMA,
    NOVA,
    R1,
    TOOL,
    USED,
    allowed,
    encoded,
    endpoint_of,
)


def image(kind: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,AAAA"}}


OBSTACLES: list[tuple[str, str, dict[str, Any], dict[str, Any], str]] = [
    ("several answers", CLAUDE, {}, {"n": 2}, "n"),
    ("logprobs", CLAUDE, {}, {"logprobs": True}, "logprobs"),
    ("image output", CLAUDE, {}, {"modalities": ["text", "image"]}, "modalities"),
    (
        "audio output",
        CLAUDE,
        {"output_modalities": ("text", "image")},
        {"modalities": ["audio"]},
        "modalities",
    ),
    ("tools of another kind", CLAUDE, {}, {"tools": [TOOL, {"type": "web_search"}]}, "tools[1]"),
    ("tools of Nova's at others", CLAUDE, {}, {"tools": [{"type": "nova_grounding"}]}, "tools[0]"),
    ("searching the web", CLAUDE, {}, {"web_search_options": {}}, "web_search_options"),
    (
        "calls of another kind",
        CLAUDE,
        {},
        {
            "messages": [
                USED[0],
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "t1", "type": "custom", "custom": {"name": "c", "input": "x"}}],
                },
                USED[2],
            ]
        },
        "messages[1].tool_calls[0]",
    ),
    *(
        (
            f"{name} in a message of role {role}",
            CLAUDE,
            {},
            {"messages": [{"role": role, "content": [part], "tool_call_id": "t"}, *USED]},
            "messages[0].content[0]",
        )
        for name, role, part in (
            ("an image", "system", image("png")),
            ("an image", "assistant", image("png")),
            ("SVG", "user", image("svg+xml")),
            ("BMP", "tool", image("bmp")),
            (
                "BMP as a file",
                "user",
                {"type": "file", "file": {"file_data": image("bmp")["image_url"]["url"]}},
            ),
            ("a file by its id", "user", {"type": "file", "file": {"file_id": "file-1"}}),
            ("AIFF", "user", {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "aiff"}}),
            ("audio", "tool", {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
        )
    ),
    (
        "prefill before instructions",
        CLAUDE_46,
        {},
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "{"},
                {"role": "system", "content": "Be brief."},
            ]
        },
        "messages[1]",
    ),
    ("forced tools", LLAMA, {}, {"tools": [TOOL], "tool_choice": "required"}, "tool_choice"),
    (
        "no calls after calls",
        NOVA,
        {},
        {"tools": [TOOL], "tool_choice": "none", "messages": USED},
        "tool_choice",
    ),
    ("a schema", R1, {}, {"response_format": FORM}, "response_format"),
    ("a grammar", CLAUDE, {}, {"response_format": {"type": "grammar"}}, "response_format"),
    (
        "prefill that newer Claudes refuse",
        CLAUDE_46,
        {},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "{"}]},
        "messages[1]",
    ),
]


@pytest.mark.parametrize(
    ("model", "facts", "members", "field"), [row[1:] for row in OBSTACLES], ids=[row[0] for row in OBSTACLES]
)
def test_obstacles(model: str, facts: dict[str, Any], members: dict[str, Any], field: str) -> None:
    found = BEDROCK.obstacles(chat(**members), endpoint_of(model, **facts))

    assert [each.field for each in found] == [field]
    assert endpoint_of(model).id in found[0].description


@pytest.mark.parametrize("choice", ["odd", {"type": "odd"}, allowed("auto", "x")])
def test_a_choice_of_nothing_known_is_told_and_not_raised(choice: Any) -> None:
    request = chat(tools=[TOOL], tool_choice=choice)

    assert [each.field for each in BEDROCK.obstacles(request, endpoint_of())] == ["tool_choice"]
    with pytest.raises(InvalidRequest):
        BEDROCK.encode(request, endpoint_of(), {})


def test_image_output_of_a_model_that_has_it() -> None:
    endpoint = endpoint_of("us.amazon.nova-2-omni-v1:0", output_modalities=("text", "image"))

    assert not BEDROCK.obstacles(chat(modalities=["text", "image"]), endpoint)


def test_arguments_that_are_no_object_are_told_by_their_path() -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "[1"}}

    with pytest.raises(InvalidRequest) as caught:
        encoded(messages=[USED[0], {"role": "assistant", "tool_calls": [call]}, USED[2]])

    assert caught.value.param == "messages[1].tool_calls[0].function.arguments"


def test_documents_are_read_by_bedrock_for_models_that_cannot() -> None:
    part = {"type": "file", "file": {"file_data": "data:text/plain;base64,aGk="}}
    request = chat(messages=[{"role": "user", "content": [part]}])

    assert not BEDROCK.obstacles(request, endpoint_of(input_modalities=("text",)))
