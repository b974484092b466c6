"""What the request says wins, member by member; what it does not speak of stays as the variant has it."""

from typing import Any

import pytest

from service.types.routing_options import ProviderPreferences
from tests.routing.saved.routers import route, variant
from tests.routing.saved.test_evaluation import chat, decided

KEPT = {"only": ["dear"], "data_collection": "deny", "zdr": True}
PROVIDERS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # the variant's, the request's, what holds
    (KEPT, {"sort": "price"}, KEPT | {"sort": "price"}),
    (KEPT, {"only": ["cheap"]}, KEPT | {"only": ["cheap"]}),
    ({"order": ["a"], "allow_fallbacks": False}, {"only": ["b"]}, {"only": ["b"]}),
    ({"order": ["a"], "zdr": True}, {"order": ["b"]}, {"order": ["b"], "zdr": True}),
    (
        {"order": ["a"], "allow_fallbacks": False},
        {"zdr": True},
        {"order": ["a"], "allow_fallbacks": False, "zdr": True},
    ),
]


@pytest.mark.parametrize(("own", "said", "expected"), PROVIDERS)
def test_providers(own: dict[str, Any], said: dict[str, Any], expected: dict[str, Any]) -> None:
    decision = decided(
        chat(provider=said), default_route=route("d", variant("v", model_selection={"provider": own}))
    )

    assert decision.request.routing.provider == ProviderPreferences(**expected)


def test_a_sort_of_providers_is_not_beaten_by_the_variants_sort() -> None:
    own = {"sort": [{"metric": "SORT_METRIC_LATENCY"}]}

    decision = decided(
        chat(provider={"sort": "price"}), default_route=route("d", variant("v", model_selection=own))
    )

    assert decision.request.routing.sort is None


THOUGHTS: list[tuple[dict[str, Any], str | None, int | None, bool]] = [
    # the request, effort, tokens, whether thoughts are hidden, where the variant has 2,000 tokens and hides
    ({}, None, 2000, True),
    ({"reasoning_effort": "low"}, "low", None, True),
    ({"reasoning": {"effort": "low"}}, "low", None, True),
    ({"reasoning": {"exclude": False}}, None, 2000, False),
    ({"include_reasoning": True}, None, 2000, False),
    ({"include_reasoning": False}, None, 2000, True),
]


@pytest.mark.parametrize(("said", "effort", "tokens", "hidden"), THOUGHTS)
def test_thinking(said: dict[str, Any], effort: str | None, tokens: int | None, hidden: bool) -> None:
    config = {"reasoning": {"max_tokens": 2000, "exclude": True}}

    asked = decided(
        chat(**said), default_route=route("d", variant("v", text_generation_config=config))
    ).request

    assert asked.thinking
    assert (asked.thinking.effort, asked.thinking.max_tokens) == (effort, tokens)
    assert asked.hides_thoughts is hidden
