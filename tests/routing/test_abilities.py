"""Who can serve a request: by what a wire format can say, and by what is known of a model."""

from typing import Any

import pytest

from service.errors import InvalidRequest, NoEndpoint
from service.types.quirks import Quirks
from tests.routing.scene import order, plan, row, world

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
PICTURE = [{"role": "user", "content": [{"type": "text", "text": "?"}, IMAGE]}]
LACKING: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"tools": [TOOL]}, {"tools": False}, "tools: tools is not supported by 'acme/lacking'"),
    (
        {"response_format": SCHEMA},
        {"structured_outputs": False},
        "response_format: json_schema is not supported by 'acme/lacking'",
    ),
    (
        {"messages": PICTURE},
        {"input_modalities": ("text",)},
        "messages[0].content[1]: image input is not supported by 'acme/lacking'",
    ),
    (
        {"modalities": ["text", "image"]},
        {"output_modalities": ("text",)},
        "modalities: image output is not supported by 'acme/lacking'",
    ),
]


@pytest.mark.parametrize(("members", "facts", "words"), LACKING, ids=[next(iter(one[0])) for one in LACKING])
def test_a_model_that_lacks_it_is_passed_over(
    members: dict[str, Any], facts: dict[str, Any], words: str
) -> None:
    both = world(row("acme/lacking", "x/one", **facts), row("other/unknown", "x/one"))
    alone = world(row("acme/lacking", "x/one", **facts))

    assert order(plan(both, model="one", **members)) == ["other/unknown"]
    assert order(plan(alone, model="acme/lacking", **members)) == ["acme/lacking"]
    with pytest.raises(NoEndpoint) as caught:
        plan(alone, model="one", **members)
    assert caught.value.message == words


@pytest.mark.parametrize("members", [{"n": 2}, {"logprobs": True}], ids=str)
def test_what_a_wire_format_cannot_say_is_refused_even_if_named(members: dict[str, Any]) -> None:
    claude = world(row("acme/claude", "x/claude"), providers={"acme": {"dialect": "anthropic"}})

    with pytest.raises(InvalidRequest, match=f"{next(iter(members))} is not supported by 'acme/claude'"):
        plan(claude, model="acme/claude", **members)


def test_what_a_vendor_s_row_refuses_is_refused_even_if_named() -> None:
    one = world(row("acme/one", "x/one"), providers={"acme": {"quirks": Quirks(refused=("n",))}})

    with pytest.raises(InvalidRequest, match="n is not supported by 'acme/one'"):
        plan(one, model="acme/one", n=2)
    assert order(plan(one, model="acme/one", n=1)) == ["acme/one"]


def test_a_tool_that_is_forced_gives_schemas_too() -> None:
    old = world(
        row("acme/claude-old", "x/old", structured_outputs=False),
        providers={"acme": {"dialect": "anthropic"}},
    )

    assert order(plan(old, model="old", response_format=SCHEMA)) == ["acme/claude-old"]


def test_the_obstacles_of_all_are_told() -> None:
    twice = world(row("a/one", "x/one", tools=False), row("b/one", "x/one", tools=False))

    with pytest.raises(NoEndpoint) as caught:
        plan(twice, model="one", tools=[TOOL])
    assert len(caught.value.violations) == 2
