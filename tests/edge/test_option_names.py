"""Routing options that are misspelt or stand in the wrong place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge.chat_request import parse
from service.edge.option_names import within_one_edit
from service.errors import InvalidRequest
from service.types.flavour import OPENAI, OPENROUTER
from service.types.routing_options import ProviderPreferences

BASE: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
OF_PROVIDER = [name for name in ProviderPreferences.__struct_fields__ if name not in ("ignore", "sort")]


@pytest.mark.parametrize("flavour", [OPENAI, OPENROUTER], ids=lambda flavour: flavour.name)
@pytest.mark.parametrize(
    ("members", "field", "words"),
    [
        *(({name: 1}, name, f"belongs into provider: provider.{name}") for name in OF_PROVIDER),
        *(
            (
                {"extra_body": {name: 1}},
                f"extra_body.{name}",
                f"belongs into provider: extra_body.provider.{name}",
            )
            for name in OF_PROVIDER
        ),
        ({"ttft_timeout": "1s"}, "ttft_timeout", "belongs into fallback: fallback.ttft_timeout"),
        (
            {"extra_body": {"ttft_timeout": "1s"}},
            "extra_body.ttft_timeout",
            "belongs into fallback: extra_body.fallback.ttft_timeout",
        ),
        ({"partition": "none"}, "partition", "belongs into provider.sort: provider.sort.partition"),
        (
            {"provider": {"partition": "none"}},
            "provider.partition",
            "belongs into provider.sort: provider.sort.partition",
        ),
        ({"provider": {"models": ["a"]}}, "provider.models", "belongs further up: models"),
        (
            {"extra_body": {"provider": {"fallback": {}}}},
            "extra_body.provider.fallback",
            "belongs further up: extra_body.fallback",
        ),
        ({"fallback": {"sort": ["price"]}}, "fallback.sort", "belongs further up: sort"),
        ({"fallback": {"order": ["a"]}}, "fallback.order", "belongs into provider: provider.order"),
        (
            {"provider": {"sort": {"order": "x"}}},
            "provider.sort.order",
            "belongs into provider: provider.order",
        ),
        ({"provider": {"orders": []}}, "provider.orders", "unknown option; allowed: order, "),
        ({"reasoning": {"order": []}}, "reasoning.order", "unknown option; allowed: effort, "),
        ({"srot": []}, "srot", "unknown option; did you mean 'sort'?"),
        ({"sessionId": "x"}, "sessionId", "unknown option; did you mean 'session_id'?"),
        ({"extraBody": {}}, "extraBody", "unknown option; did you mean 'extra_body'?"),
        ({"allowFallbacks": 1}, "allowFallbacks", "belongs into provider: provider.allow_fallbacks"),
        ({"sesion_id": "x"}, "sesion_id", "unknown option; did you mean 'session_id'?"),
    ],
)
def test_a_misplaced_option_is_told_its_place(
    flavour: Any, members: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(json.dumps(BASE | members).encode(), flavour)

    [violation] = caught.value.violations
    assert violation.field == field
    assert violation.description.startswith(words)


names = st.text("abc_", min_size=1, max_size=6)


@given(names, names)
def test_one_edit(one: str, other: str) -> None:
    assert within_one_edit(one, other) == (_edits(one, other) <= 1)


def _edits(one: str, other: str) -> int:
    """The textbook way: optimal string alignment."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        rows.append([i])
        for j, b in enumerate(other, 1):
            best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            rows[i].append(best)
    return rows[-1][-1]
