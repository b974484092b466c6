"""Which parameters an endpoint is known to take."""

from typing import Any

import pytest

from service.dialects.parameters import LACKS
from service.dialects.supported import NAMES, efforts, supported_parameters
from service.types.facts import Facts
from service.types.quirks import Quirks
from service.types.upstream import Endpoint

ALWAYS = {"max_tokens", "max_completion_tokens", "stop"}
SAMPLING = {"seed", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"}


def endpoint(dialect: str = "openai", quirks: Quirks | None = None, **facts: Any) -> Endpoint:
    return Endpoint(
        provider="acme",
        model="m",
        base_url="https://acme.test",
        dialect=dialect,
        quirks=quirks or Quirks(),
        facts=Facts(**facts),
    )


ROWS: list[tuple[str, Endpoint, set[str]]] = [
    ("nothing known", endpoint(), ALWAYS | SAMPLING),
    ("a temperature", endpoint(temperature=True), ALWAYS | SAMPLING | {"temperature", "top_p"}),
    ("no temperature, no sampling", endpoint(temperature=False), ALWAYS),
    (
        "tools",
        endpoint(temperature=False, tools=True),
        ALWAYS | {"tools", "tool_choice", "parallel_tool_calls"},
    ),
    (
        "schemas",
        endpoint(temperature=False, structured_outputs=True),
        ALWAYS | {"response_format", "structured_outputs"},
    ),
    (
        "thinking in levels",
        endpoint(temperature=False, reasoning=True, efforts=("low", "high")),
        ALWAYS | {"reasoning", "include_reasoning", "reasoning_effort"},
    ),
    ("searching", endpoint(temperature=False, web_search=True), ALWAYS | {"web_search_options"}),
    (
        "what the row drops or refuses",
        endpoint(quirks=Quirks(dropped=("seed",), refused=("logprobs", "top_logprobs", "n"))),
        ALWAYS | SAMPLING - {"seed", "logprobs", "top_logprobs"},
    ),
    (
        "what a dialect translates and what it lacks",
        endpoint("anthropic"),
        (ALWAYS | SAMPLING | {"top_k"}) - LACKS["anthropic"],
    ),
]


@pytest.mark.parametrize(("those", "names"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_known_to_be_taken(those: Endpoint, names: set[str]) -> None:
    found = supported_parameters(those)

    assert set(found) == names
    assert list(found) == [name for name in NAMES if name in names]


@pytest.mark.parametrize(
    ("facts", "levels"),
    [
        ({}, []),
        ({"efforts": ("low", "high")}, ["low", "high"]),
        ({"efforts": ("low", "high"), "thinking_off": True}, ["none", "low", "high"]),
        ({"efforts": ("none", "low"), "thinking_off": True}, ["none", "low"]),
        ({"thinking_off": True}, ["none"]),
    ],
)
def test_levels_of_thinking(facts: dict[str, Any], levels: list[str]) -> None:
    assert efforts(endpoint(**facts)) == levels
