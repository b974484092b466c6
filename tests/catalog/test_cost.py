"""Money: every token billed once, by the right price; what is unknown is None and never 0."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import genai_prices
import msgspec
import pytest
from genai_prices import types
from hypothesis import example, given
from hypothesis import strategies as st

from service.catalog.build.genai import AS_OF
from service.catalog.catalog import Catalog
from service.catalog.cost import priced
from service.types.chunk import Usage
from service.types.price import Price, PriceTier

CATALOG = Catalog.load()
PLAIN = Price(prompt=Decimal(2), completion=Decimal(10))
FULL = Price(
    prompt=Decimal(2),
    completion=Decimal(10),
    input_cache_read=Decimal("0.2"),
    input_cache_write=Decimal("2.5"),
    input_cache_write_1h=Decimal(4),
    internal_reasoning=Decimal(12),
    audio=Decimal(40),
    audio_output=Decimal(80),
    input_audio_cache=Decimal("2.5"),
    image_output=Decimal(30),
    request=Decimal("0.005"),
    web_search=Decimal("0.01"),
)
TIERED = Price(
    prompt=Decimal(2),
    completion=Decimal(10),
    input_cache_read=Decimal("0.2"),
    tiers=(
        PriceTier(min_prompt_tokens=200_000, prompt=Decimal(4), completion=Decimal(15)),
        PriceTier(min_prompt_tokens=500_000, prompt=Decimal(8), input_cache_read=Decimal("0.8")),
    ),
)


def usage(prompt: int | None, completion: int | None, **more: Any) -> Usage:
    names = {"read": "prompt_tokens_details", "wrote": "completion_tokens_details"}
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        **{names.get(name, name): value for name, value in more.items()},
    )


M = 1_000_000
CASES: tuple[tuple[str, Usage, Price | None, str | None], ...] = (
    ("plain", usage(M, M), PLAIN, "12"),
    ("small sums are exact", usage(1, 1), PLAIN, "0.000012"),
    ("nothing used", usage(0, 0), PLAIN, "0"),
    ("cached are part of the prompt", usage(M, 0, read={"cached_tokens": M // 2}), FULL, "1.105"),
    ("without a price of their own as the rest", usage(M, 0, read={"cached_tokens": M // 2}), PLAIN, "2"),
    ("written", usage(M, 0, read={"cache_write_tokens": M}), FULL, "2.505"),
    (
        "written for an hour",
        usage(
            M,
            0,
            read={"cache_write_tokens": M},
            extra={
                "cache_creation": {"ephemeral_5m_input_tokens": M // 2, "ephemeral_1h_input_tokens": M // 2}
            },
        ),
        FULL,
        "3.255",
    ),
    (
        "written for an hour at Bedrock",
        usage(
            M,
            0,
            read={"cache_write_tokens": M},
            extra={
                "cacheDetails": [{"inputTokens": M // 2, "ttl": "5m"}, {"inputTokens": M // 2, "ttl": "1h"}]
            },
        ),
        FULL,
        "3.255",
    ),
    (
        "heard and cached at Google",
        usage(
            M,
            0,
            read={"cached_tokens": M // 2, "audio_tokens": M // 2},
            extra={"cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": M // 2}]},
        ),
        FULL,
        "2.255",
    ),
    ("heard", usage(M, 0, read={"audio_tokens": M // 4}), FULL, "11.505"),
    (
        "heard and cached",
        usage(
            M,
            0,
            read={
                "cached_tokens": M // 2,
                "audio_tokens": M // 2,
                "cached_tokens_details": {"audio_tokens": M // 2},
            },
        ),
        FULL,
        "2.255",
    ),
    (
        "more cached than there are",
        usage(M, 0, read={"cached_tokens": 9 * M, "audio_tokens": M}),
        FULL,
        "0.205",
    ),
    ("thought", usage(0, M, wrote={"reasoning_tokens": M // 2}), FULL, "11.005"),
    ("thought at no price of its own", usage(0, M, wrote={"reasoning_tokens": M // 2}), PLAIN, "10"),
    ("spoken", usage(0, M, wrote={"audio_tokens": M}), FULL, "80.005"),
    ("drawn", usage(0, M, wrote={"image_tokens": M}), FULL, "30.005"),
    ("searched", usage(0, 0, extra={"server_tool_use": {"web_search_requests": 3}}), FULL, "0.035"),
    (
        "searched at an unknown fee",
        usage(0, 0, extra={"server_tool_use": {"web_search_requests": 3}}),
        PLAIN,
        None,
    ),
    ("just below a tier", usage(200_000, 0), TIERED, "0.4"),
    ("above a tier", usage(200_001, M), TIERED, "15.800004"),
    ("above the last tier", usage(M, M), TIERED, "18"),
    ("cached in a tier", usage(M, 0, read={"cached_tokens": M}), TIERED, "0.8"),
    (
        "cached in a tier that leaves it out",
        usage(400_000, 0, read={"cached_tokens": 400_000}),
        TIERED,
        "0.08",
    ),
    ("no price", usage(M, M), None, None),
    ("no price of the prompt", usage(M, M), Price(completion=Decimal(1)), None),
    ("no price of the completion", usage(M, M), Price(prompt=Decimal(1)), None),
    ("a price that is not needed", usage(M, 0), Price(prompt=Decimal(1)), "1"),
    ("no count", usage(M, None), PLAIN, None),
    ("a vendor's number", usage(M, M, extra={"cost": 4e-05}), None, "0.00004"),
    (
        "a vendor's object",
        usage(M, M, extra={"cost": {"total_cost": 0.006, "request_cost": 0.005}}),
        None,
        "0.006",
    ),
    ("ours before the vendor's", usage(M, M, extra={"cost": 0.5}), PLAIN, "12"),
    ("a vendor's nonsense", usage(M, M, extra={"cost": "much"}), None, None),
)


@pytest.mark.parametrize(
    ("said", "price", "cost"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_cost(said: Usage, price: Price | None, cost: str | None) -> None:
    assert priced(said, price).cost == (None if cost is None else Decimal(cost))


def test_details_are_openrouters_and_the_vendors_own_sum_is_kept() -> None:
    ours = priced(usage(M, M), PLAIN)
    stated = priced(usage(M, M, extra={"cost": 11.5}), PLAIN)
    parts = {
        "upstream_inference_prompt_cost": Decimal(2),
        "upstream_inference_completions_cost": Decimal(10),
    }

    assert ours.cost_details == {"upstream_inference_cost": Decimal(12), **parts}
    assert stated.cost_details == {"upstream_inference_cost": Decimal("11.5"), **parts}


def test_nothing_else_of_the_usage_changes() -> None:
    said = usage(M, M, read={"cached_tokens": 1}, extra={"kept": True})

    after = priced(said, PLAIN)

    assert said.cost is None
    assert (after.prompt_tokens_details, after.extra) == ({"cached_tokens": 1}, {"kept": True})


COUNTS = st.integers(0, 2_000_000)
DETAILS = st.fixed_dictionaries(
    {
        "read": st.dictionaries(
            st.sampled_from(["cached_tokens", "cache_write_tokens", "audio_tokens"]), COUNTS
        ),
        "wrote": st.dictionaries(
            st.sampled_from(["reasoning_tokens", "audio_tokens", "image_tokens"]), COUNTS
        ),
    }
)
MEDIA = {"audio": Decimal(3), "audio_output": Decimal(12), "image_output": Decimal(30)}
WITH_MEDIA = msgspec.structs.replace(PLAIN, **MEDIA)
# What a tier leaves out is as without it: tiers that never get cheaper say it again.
RISING = msgspec.structs.replace(
    TIERED,
    tiers=(TIERED.tiers[0], msgspec.structs.replace(TIERED.tiers[1], completion=Decimal(15))),
    **MEDIA,
)
PRICES = st.sampled_from([WITH_MEDIA, FULL, RISING])


@pytest.mark.parametrize("side", ["read", "wrote"])
def test_sounds_without_a_price_of_their_own_have_none(side: str) -> None:
    details: Any = {"read": {}, "wrote": {}, side: {"audio_tokens": 5}}

    assert priced(usage(10, 10, **details), PLAIN).cost is None
    assert priced(usage(10, 10, **details), WITH_MEDIA).cost is not None


@pytest.mark.parametrize(
    ("tier", "known"),
    [
        (None, True),
        ("default", True),
        ("standard", True),
        ("ON_DEMAND", True),
        ("flex", False),
        ("priority", False),
    ],
)
def test_the_price_book_is_about_the_standard_tier(tier: str | None, known: bool) -> None:
    assert (priced(usage(10, 10), PLAIN, tier).cost is not None) is known


@given(st.tuples(COUNTS, COUNTS), st.tuples(COUNTS, COUNTS), DETAILS, PRICES)
@example((472_156, 260_533), (27_845, 0), {"read": {"cached_tokens": 237_859}, "wrote": {}}, RISING)
def test_more_tokens_never_cost_less(
    tokens: tuple[int, int], added: tuple[int, int], details: dict[str, Any], price: Price
) -> None:
    (prompt, completion), (more, longer) = tokens, added
    less = priced(usage(prompt, completion, **details), price).cost
    cost = priced(usage(prompt + more, completion + longer, **details), price).cost

    assert less is not None
    assert cost is not None
    assert cost >= less


@given(COUNTS, COUNTS, DETAILS, PRICES)
def test_the_parts_are_the_sum_and_within_its_bounds(
    prompt: int, completion: int, details: dict[str, Any], price: Price
) -> None:
    after = priced(usage(prompt, completion, **details), price)

    assert after.cost_details is not None
    parts = [after.cost_details[f"upstream_inference_{name}_cost"] for name in ("prompt", "completions")]
    assert after.cost == sum(part for part in parts if part is not None)
    assert after.cost <= (prompt + completion) * Decimal(80) / M + (price.request or 0)


PLAIN_ENDPOINTS = (
    ("openai", "gpt-4.1", "openai"),
    ("openai", "gpt-5.4", "openai"),
    ("anthropic", "claude-opus-4-8", "anthropic"),
    ("google-ai-studio", "gemini-2.5-pro", "google"),
    ("xai", "grok-4.3", "x-ai"),
    ("amazon-bedrock", "amazon.nova-pro-v1:0", "aws"),
    ("cohere", "command-a-03-2025", "cohere"),
)


@pytest.mark.parametrize("endpoint", PLAIN_ENDPOINTS)
@given(st.integers(0, M), st.integers(0, M), st.integers(0, M))
def test_genai_prices_agrees(
    endpoint: tuple[str, str, str], prompt: int, completion: int, cached: int
) -> None:
    provider, model, theirs = endpoint
    price = CATALOG.facts(provider, model).price
    assert price is not None
    cached = min(cached, prompt) if price.input_cache_read is not None else 0

    said = genai_prices.calc_price(
        types.Usage(input_tokens=prompt, output_tokens=completion, cache_read_tokens=cached),
        model_ref=model,
        provider_id=theirs,
        genai_request_timestamp=datetime(AS_OF.year, AS_OF.month, AS_OF.day, 12, tzinfo=UTC),
    )

    ours = priced(usage(prompt, completion, read={"cached_tokens": cached}), price).cost
    assert ours == said.total_price


@pytest.mark.parametrize("name", ["citation_tokens", "reasoning_tokens"])
def test_tokens_that_no_price_book_knows_leave_the_cost_to_the_vendor(name: str) -> None:
    told = usage(10, 10, extra={name: 8028, "cost": {"total_cost": 0.78}})

    assert priced(told, PLAIN).cost == Decimal("0.78")
    assert priced(usage(10, 10, extra={name: 8028}), PLAIN).cost is None
