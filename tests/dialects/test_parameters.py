"""The table of parameters says what the dialects do."""

from typing import Any

import pytest

from service.dialects import DIALECTS
from service.dialects.parameters import LACKS
from service.types.upstream import Endpoint, Site
from tests.asking import chat

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
VALUES: dict[str, dict[str, Any]] = {
    **{name: {name: 0.5} for name in ("temperature", "top_p", "min_p", "top_a", "frequency_penalty")},
    **{name: {name: 0.5} for name in ("presence_penalty", "repetition_penalty")},
    **{name: {name: 50} for name in ("max_tokens", "max_completion_tokens", "top_k", "seed")},
    "logit_bias": {"logit_bias": {"5": 1}},
    "logprobs": {"logprobs": True},
    "top_logprobs": {"logprobs": True, "top_logprobs": 2},
    "prediction": {"prediction": {"type": "content", "content": "x"}},
    "response_format": {"response_format": {"type": "json_object"}},
    "stop": {"stop": ["a"]},
    "tools": {"tools": [TOOL]},
    "tool_choice": {"tools": [TOOL], "tool_choice": "auto"},
    "parallel_tool_calls": {"tools": [TOOL], "parallel_tool_calls": True},
    "web_search_options": {"web_search_options": {}},
    "verbosity": {"verbosity": "low"},
}
MODELS = {
    "anthropic": "claude-sonnet-4-5",
    "google": "gemini-2.5-flash",
    "vertex": "gemini-2.5-flash",
    "bedrock": "us.anthropic.claude-sonnet-4-5-v1:0",
}


def test_every_dialect_is_in_the_table() -> None:
    assert LACKS.keys() == DIALECTS.keys()


@pytest.mark.parametrize("name", DIALECTS)
def test_the_table_is_what_a_dialect_does(name: str) -> None:
    endpoint = Endpoint(
        provider="p",
        model=MODELS.get(name, "m"),
        base_url="https://x.test/v1",
        dialect=name,
        site=Site(project="p", location="l", region="r"),
    )
    lacking = set()
    for parameter, members in VALUES.items():
        request, dialect = chat(**members), DIALECTS[name]
        found = [each.field for each in dialect.obstacles(request, endpoint)]
        found += [each.param for each in dialect.encode(request, endpoint, {}).dropped]
        if parameter in found:
            lacking.add(parameter)

    assert lacking == LACKS[name]
