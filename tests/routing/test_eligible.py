"""Who can serve a request: by what a wire format can say, and by what is known of a model."""

from typing import Any

import pytest

from service.errors import InvalidRequest
from service.routing.eligible import first_eligible
from service.routing.names import Candidates
from service.types.facts import Facts
from service.types.quirks import Quirks
from service.types.upstream import Endpoint
from tests.asking import chat

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
PICTURE = [{"role": "user", "content": [{"type": "text", "text": "?"}, IMAGE]}]


def endpoint(model: str, dialect: str = "openai", quirks: Quirks | None = None, **facts: Any) -> Endpoint:
    return Endpoint(
        provider="acme",
        model=model,
        base_url="https://acme.test",
        dialect=dialect,
        quirks=quirks or Quirks(),
        facts=Facts(**facts),
    )


ABLE = endpoint(
    "able",
    tools=True,
    structured_outputs=True,
    input_modalities=("text", "image"),
    output_modalities=("text",),
)
UNKNOWN = endpoint("unknown")
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


@pytest.mark.parametrize(("members", "facts", "words"), LACKING, ids=[next(iter(row[0])) for row in LACKING])
def test_a_model_that_lacks_it_is_passed_over(members: Any, facts: Any, words: str) -> None:
    lacking, request = endpoint("lacking", **facts), chat(**members)

    assert first_eligible(request, Candidates([lacking, UNKNOWN])) is UNKNOWN
    with pytest.raises(InvalidRequest) as caught:
        first_eligible(request, Candidates([lacking]))
    assert caught.value.message == words
    assert first_eligible(request, Candidates([lacking], pinned=True)) is lacking


def test_the_first_that_can_answers() -> None:
    assert first_eligible(chat(tools=[TOOL]), Candidates([ABLE, UNKNOWN])) is ABLE


def test_what_a_wire_format_cannot_say_is_refused_even_if_named() -> None:
    claude = endpoint("claude-x", "anthropic")

    with pytest.raises(InvalidRequest, match="n is not supported by 'acme/claude-x'"):
        first_eligible(chat(n=2), Candidates([claude], pinned=True))
    with pytest.raises(InvalidRequest, match="logprobs is not supported"):
        first_eligible(chat(logprobs=True), Candidates([claude], pinned=True))


def test_what_a_vendor_s_row_refuses_is_refused_even_if_named() -> None:
    one = endpoint("one", quirks=Quirks(refused=("n",)))

    with pytest.raises(InvalidRequest, match="n is not supported by 'acme/one'"):
        first_eligible(chat(n=2), Candidates([one], pinned=True))
    assert first_eligible(chat(n=1), Candidates([one])) is one


def test_a_tool_that_is_forced_gives_schemas_too() -> None:
    old = endpoint("claude-old", "anthropic", structured_outputs=False)

    assert first_eligible(chat(response_format=SCHEMA), Candidates([old])) is old


def test_the_obstacles_of_all_are_told_once() -> None:
    twice = [endpoint("a", tools=False), endpoint("b", tools=False), endpoint("a", tools=False)]

    with pytest.raises(InvalidRequest) as caught:
        first_eligible(chat(tools=[TOOL]), Candidates(twice))
    assert len(caught.value.violations) == 2
