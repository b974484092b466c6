"""How much Gemini is asked to think: levels, budgets, and what of a wish is lost."""

from typing import Any

import pytest

from service.dialects.google.thinking import thinking_config
from service.types.facts import Facts
from service.types.upstream import Endpoint
from tests.asking import chat

SHOWN = {"includeThoughts": True}


def level(name: str) -> dict[str, Any]:
    return {"thinkingLevel": name, **SHOWN}


def budget(tokens: int) -> dict[str, Any]:
    return {"thinkingBudget": tokens, **SHOWN}


def effort(name: str) -> dict[str, Any]:
    return {"reasoning_effort": name}


def tokens(count: int) -> dict[str, Any]:
    return {"reasoning": {"max_tokens": count}}


# The model, what is asked, what is sent, whether something was lost.
ASKED: list[tuple[str, dict[str, Any], dict[str, Any] | None, bool]] = [
    ("gemini-3-flash-preview", {}, None, False),
    ("gemini-3-flash-preview", effort("minimal"), level("MINIMAL"), False),
    ("gemini-3-flash-preview", effort("medium"), level("MEDIUM"), False),
    ("gemini-3-flash-preview", effort("xhigh"), level("HIGH"), True),
    ("gemini-3-flash-preview", effort("max"), level("HIGH"), True),
    ("gemini-3-flash-preview", effort("none"), {"thinkingLevel": "MINIMAL"}, True),
    ("gemini-3-flash-preview", {"reasoning": {"enabled": True}}, level("MEDIUM"), False),
    (
        "gemini-3-flash-preview",
        {"reasoning": {"effort": "low", "exclude": True}},
        {"thinkingLevel": "LOW"},
        False,
    ),
    ("gemini-3-flash-preview", {**tokens(800), "max_tokens": 1000}, level("HIGH"), False),
    ("gemini-3-pro-preview", effort("minimal"), level("LOW"), True),
    ("gemini-3-pro-preview", effort("medium"), level("LOW"), True),
    ("gemini-3-pro-preview", effort("none"), {"thinkingLevel": "LOW"}, True),
    ("gemini-3-pro-preview", {"reasoning": {"enabled": True}}, level("LOW"), False),
    ("gemini-3.1-pro-preview", effort("medium"), level("MEDIUM"), False),
    ("gemini-4-flash", effort("high"), level("HIGH"), False),
    ("gemini-flash-latest", effort("low"), level("LOW"), False),
    ("gemini-2.5-flash", {**effort("low"), "max_tokens": 1000}, budget(200), False),
    ("gemini-2.5-flash", effort("medium"), budget(16_384), False),
    ("gemini-2.5-flash", effort("xhigh"), budget(24_576), False),
    ("gemini-2.5-flash", effort("none"), {"thinkingBudget": 0}, False),
    ("gemini-2.5-flash", tokens(2000), budget(2000), False),
    ("gemini-2.5-flash", tokens(50_000), budget(24_576), True),
    ("gemini-2.5-flash-lite", tokens(100), budget(512), True),
    ("gemini-2.5-flash-lite-preview-09-2025", effort("none"), {"thinkingBudget": 0}, False),
    ("gemini-2.5-pro", effort("none"), {"thinkingBudget": 128}, True),
    ("gemini-2.5-pro", {**effort("minimal"), "max_tokens": 100}, budget(128), False),
    ("gemini-2.5-pro", tokens(32_768), budget(32_768), False),
    ("gemini-2.5-flash", {**tokens(1000), "max_tokens": 1000}, budget(950), True),
    ("gemini-2.5-flash", {**tokens(900), "max_tokens": 1000}, budget(900), False),
    ("gemini-2.5-pro", {**tokens(500), "max_tokens": 100}, budget(128), True),
    ("gemini-2.5-flash-image", effort("high"), None, True),
    ("gemini-2.5-flash-preview-tts", effort("high"), None, True),
    ("models/gemini-2.5-flash", tokens(2000), budget(2000), False),
    ("gemini-2.0-flash", effort("high"), None, True),
    ("gemini-2.0-flash", effort("none"), None, False),
    ("tunedModels/mine", effort("high"), None, True),
]


@pytest.mark.parametrize(("model", "members", "expected", "lost"), ASKED)
def test_how_much_to_think(
    model: str, members: dict[str, Any], expected: dict[str, Any] | None, *, lost: bool
) -> None:
    endpoint = Endpoint(provider="google", model=model, base_url="", dialect="google")

    config, dropped = thinking_config(chat(**members), endpoint)

    assert config == expected
    assert [each.param for each in dropped] == [*members][:1] * lost


FACTS: list[tuple[str, Facts, str, dict[str, Any]]] = [
    ("gemini-3.1-flash-image", Facts(efforts=("minimal", "high")), "low", level("MINIMAL")),
    ("gemini-4-pro", Facts(efforts=("low", "high", "xhigh")), "max", level("XHIGH")),
    ("robotics", Facts(efforts=("low",)), "high", level("LOW")),
    ("robotics", Facts(budget=(64, 2000)), "high", budget(2000)),
    ("gemini-2.5-pro", Facts(budget=(256, None)), "xhigh", budget(31_129)),
    ("gemini-2.5-pro", Facts(thinking_off=True), "none", {"thinkingBudget": 0}),
]


@pytest.mark.parametrize(("model", "facts", "asked", "expected"), FACTS)
def test_what_the_catalog_knows_counts(
    model: str, facts: Facts, asked: str, expected: dict[str, Any]
) -> None:
    endpoint = Endpoint(provider="google", model=model, base_url="", dialect="google", facts=facts)

    assert thinking_config(chat(reasoning_effort=asked), endpoint)[0] == expected
