"""What is read from models.dev and from genai-prices, and what is not believed."""

from datetime import UTC, date, time
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import types

from service.catalog.build import genai, models_dev
from service.catalog.build.models_dev import answers_chat, facts_of, price_of
from service.types.facts import Facts
from service.types.price import Price, PriceTier


def row(**members: Any) -> dict[str, Any]:
    return {"modalities": {"input": ["text"], "output": ["text"]}, "limit": {}, **members}


def test_a_row_is_read() -> None:
    facts = facts_of(
        "vendor/Model-FP8",
        {
            "modalities": {"input": ["pdf", "image", "text"], "output": ["text"]},
            "limit": {"context": 1000, "input": 0, "output": 100},
            "tool_call": True,
            "structured_output": False,
            "reasoning": True,
            "reasoning_options": [
                {"type": "effort", "values": ["high", "none", "default", "low"]},
                {"type": "budget_tokens", "min": 128, "max": 2048},
            ],
            "cost": {"input": 0.049999999999999996, "output": 2, "cache_read": 0},
        },
        local=False,
    )

    assert facts == Facts(
        input_modalities=("text", "image", "file"),
        output_modalities=("text",),
        tools=True,
        structured_outputs=False,
        reasoning=True,
        efforts=("none", "low", "high"),
        budget=(128, 2048),
        thinking_off=True,
        context_length=1000,
        max_completion_tokens=100,
        price=Price(prompt=Decimal("0.05"), completion=Decimal(2)),
        quantization="fp8",
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], (None, None, None)),
        ([{"type": "toggle"}], (None, None, True)),
        ([{"type": "effort", "values": ["low", "high"]}], (("low", "high"), None, None)),
        ([{"type": "budget_tokens", "min": 0, "max": 9}], (None, (0, 9), True)),
        ([{"type": "budget_tokens", "min": -1, "max": 9}], (None, (None, 9), None)),
        ([{"type": "budget_tokens"}], (None, (None, None), None)),
    ],
)
def test_ways_to_reason(options: list[Any], expected: tuple[Any, ...]) -> None:
    facts = facts_of("m", row(reasoning=True, reasoning_options=options), local=False)

    assert (facts.efforts, facts.budget, facts.thinking_off) == expected


def test_zero_is_unknown_unless_free() -> None:
    assert price_of({"input": 0, "output": 0}, free=False) is None
    assert price_of({"input": 0, "output": 0}, free=True) == Price(prompt=Decimal(0), completion=Decimal(0))
    assert facts_of("m", row(cost={"input": 0}), local=True).price == Price(prompt=Decimal(0))
    assert facts_of("m:free", row(cost={"input": 0}), local=False).price == Price(prompt=Decimal(0))
    assert facts_of("m", row(cost={"input": 0, "output": 1}), local=False).price == Price(
        completion=Decimal(1)
    )


def test_tiers_of_the_prompts_size() -> None:
    tier = {"input": 4, "output": 18, "cache_read": 0.4, "tier": {"type": "context", "size": 200_000}}

    assert price_of({"input": 2, "output": 12, "reasoning": 12, "tiers": [tier]}, free=False) == Price(
        prompt=Decimal(2),
        completion=Decimal(12),
        tiers=(
            PriceTier(
                min_prompt_tokens=200_000,
                prompt=Decimal(4),
                completion=Decimal(18),
                input_cache_read=Decimal("0.4"),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.049999999999999996, "0.05"), (2.0, "2"), (10, "10"), (100, "100"), (0.083333, "0.083333")],
)
def test_money_without_noise(number: float, text: str) -> None:
    assert str(models_dev.amount(number)) == text


CHAT = ("gpt-5", "gemini-2.5-flash-image", "openai/gpt-oss-120b", "gpt-4o-audio-preview", "mercury-2")
NOT_CHAT = (
    *(
        "text-embedding-3-small",
        "whisper-large-v3",
        "gemini-2.5-pro-preview-tts",
        "gpt-realtime",
        "gpt-image-1",
    ),
    *("nvidia/llama-nemotron-rerank-vl-1b-v2", "meta-llama/llama-guard-4-12b", "qwen3-asr-flash", "tts-1"),
)


@pytest.mark.parametrize("model_id", CHAT)
def test_answers_chat(model_id: str) -> None:
    assert answers_chat(model_id, row())
    assert not answers_chat(model_id, row(modalities={"input": ["text"], "output": ["audio"]}))
    assert not answers_chat(model_id, row(modalities={"input": ["audio"], "output": ["text"]}))


@pytest.mark.parametrize("model_id", NOT_CHAT)
def test_answers_no_chat(model_id: str) -> None:
    assert not answers_chat(model_id, row())


def model(clause: Any, prices: Any = None) -> types.ModelInfo:
    price = types.ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2))
    return types.ModelInfo(id="claude-x-4", match=clause, prices=prices or price)


@pytest.mark.parametrize(
    ("clause", "model_id", "known"),
    [
        (types.ClauseStartsWith("claude-x-4"), "claude-x-4", True),
        (types.ClauseStartsWith("claude-x-4"), "claude-x-4-20250929", True),
        (types.ClauseStartsWith("claude-x-4"), "claude-x-4-fast", False),
        (types.ClauseStartsWith("claude-x-4"), "claude-x-4-20250929-fast", False),
        (types.ClauseStartsWith("claude-x-4"), "claude-x-4-5", False),
        (types.ClauseStartsWith("claude-x-4"), "claude-x-45", False),
        (types.ClauseStartsWith("claude-x-4-2025"), "claude-x-4-20250929", True),
        (types.ClauseContains("claude-x-4"), "claude-x-4@20250929", True),
        (types.ClauseContains("claude-x-4"), "claude-x-4@default", True),
        (types.ClauseContains("claude-x-4"), "eu.claude-x-4-20250929-v1:0", True),
        (types.ClauseContains("claude-x-4"), "my-claude-x-4", False),
        (types.ClauseEquals("Claude-X"), "claude-x", True),
        (types.ClauseRegex("claude"), "claude-z", False),
        (types.ClauseOr([types.ClauseEquals("a"), types.ClauseEquals("b")]), "b", True),
        (types.ClauseAnd([types.ClauseContains("claude"), types.ClauseContains("4")]), "claude-y-4", False),
    ],
)
def test_only_a_spelt_out_endpoint_is_known(clause: Any, model_id: str, *, known: bool) -> None:
    prices = genai.Prices()
    prices._providers = {"p": types.Provider(id="p", name="p", api_pattern="p", models=[model(clause)])}

    assert (prices.of("p", model_id, free=False) is not None) is known


def test_another_providers_price_is_none() -> None:
    prices = genai.Prices()

    assert prices._providers["azure"].find_model("gpt-5", all_providers=list(prices._providers.values()))
    assert prices.of("azure", "gpt-5", free=False) is None


def test_prices_of_the_day_and_of_most_of_it() -> None:
    def at(amount: int, constraint: Any = None) -> types.ConditionalPrice:
        price = types.ModelPrice(input_mtok=Decimal(amount), output_mtok=Decimal(amount))
        return types.ConditionalPrice(constraint=constraint, prices=price)

    night = types.TimeOfDateConstraint(time(0, tzinfo=UTC), time(8, tzinfo=UTC))
    prices = [
        at(1),
        at(2, types.StartDateConstraint(date(2026, 1, 1))),
        at(3, types.StartDateConstraint(date(2999, 1, 1))),
        at(4, night),
    ]

    assert genai._price(model(types.ClauseEquals("x"), prices), free=False) == Price(
        prompt=Decimal(2), completion=Decimal(2)
    )


def test_fees_are_per_one_and_tiers_are_kept() -> None:
    price = types.ModelPrice(
        input_mtok=types.TieredPrices(base=Decimal(1), tiers=[types.Tier(start=200, price=Decimal(2))]),
        output_mtok=Decimal(3),
        requests_kcount=Decimal(5),
        web_searches_kcount=Decimal(10),
    )

    assert genai._price(model(types.ClauseEquals("x"), price), free=False) == Price(
        prompt=Decimal(1),
        completion=Decimal(3),
        request=Decimal("0.005"),
        web_search=Decimal("0.01"),
        tiers=(PriceTier(min_prompt_tokens=200, prompt=Decimal(2)),),
    )
