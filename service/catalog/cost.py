"""What an answer costs, from its token counts and its endpoint's price. Decimal throughout."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from service.types.chunk import Usage
from service.types.price import Price, PriceTier

_MILLION = Decimal(1_000_000)


# Billed beside the prompt's and the completion's by Perplexity's deep research, and in no price book.
_UNPRICED = ("citation_tokens", "reasoning_tokens")
STANDARD_TIERS = frozenset({"default", "auto", "standard", "on_demand"})
"""Service tiers that the price book is about, as vendors call them."""


def priced(usage: Usage, price: Price | None, tier: str | None = None) -> Usage:
    """The usage with `cost` in USD and `cost_details`.

    Every token is billed once: cached, cache-write and audio tokens of the prompt, and reasoning, audio and
    image tokens of the completion, by their own price where it is known, else as the rest. The fee of a
    request and those of the web searches that it made count to the prompt. A cost for which a price or a
    count is missing is None, never 0; so is that of a service `tier` other than the standard one, of which
    the price book does not tell, and that of sounds and pictures without a price of their own.

    `cost_details` has the names of OpenRouter: the costs of the prompt and of the completion, whose sum
    is `cost`, and `upstream_inference_cost`, which is what the vendor itself states, and else that sum. What
    a vendor states (`cost` of OpenRouter, a number, and of Perplexity, an object) is also the cost
    where ours is unknown; its own breakdowns stay in `extra` as `provider_cost` and `provider_cost_details`.
    """
    if tier and tier.lower() not in STANDARD_TIERS:
        price = None
    if any(_count(usage.extra, name) for name in _UNPRICED):
        price = None
    prompt = _prompt_cost(usage, price) if price else None
    completion = _completion_cost(usage, price) if price else None
    ours = None if prompt is None or completion is None else prompt + completion
    stated = _stated(usage.extra.get("cost"))
    upstream = ours if stated is None else stated
    details = {
        "upstream_inference_cost": upstream,
        "upstream_inference_prompt_cost": prompt,
        "upstream_inference_completions_cost": completion,
    }
    return msgspec.structs.replace(
        usage, cost=stated if ours is None else ours, cost_details=details, extra=_without_cost(usage.extra)
    )


class _Part(NamedTuple):
    """Tokens of one kind and the price of a million of them.

    Without a price they cost as the rest does, but for those that have their `own` price everywhere.
    """

    tokens: int
    price: Decimal | None
    own: bool = False


def _prompt_cost(usage: Usage, price: Price) -> Decimal | None:
    if usage.prompt_tokens is None:
        return None
    tier = _tier(price, usage.prompt_tokens)
    details = usage.prompt_tokens_details or {}
    cached = _count(details, "cached_tokens")
    cached_audio = min(cached, _cached_audio(usage))
    for_an_hour = _written_for_an_hour(usage)
    writes = max(_count(details, "cache_write_tokens"), for_an_hour)
    audio_read = _or_else(price.input_audio_cache, tier.input_cache_read)
    hour = _or_else(price.input_cache_write_1h, tier.input_cache_write)
    tokens = _cost(
        usage.prompt_tokens,
        tier.prompt,
        (
            _Part(cached_audio, audio_read),
            _Part(cached - cached_audio, tier.input_cache_read),
            _Part(for_an_hour, hour),
            _Part(writes - for_an_hour, tier.input_cache_write),
            _Part(_count(details, "audio_tokens") - cached_audio, tier.audio, own=True),
        ),
    )
    fees = _fees(usage, price)
    return None if tokens is None or fees is None else tokens + fees


def _completion_cost(usage: Usage, price: Price) -> Decimal | None:
    if usage.completion_tokens is None:
        return None
    # Its size is chosen by the prompt's; without one, there is no sum anyway.
    tier = _tier(price, usage.prompt_tokens or 0)
    details = usage.completion_tokens_details or {}
    return _cost(
        usage.completion_tokens,
        tier.completion,
        (
            _Part(_count(details, "reasoning_tokens"), price.internal_reasoning),
            _Part(_count(details, "audio_tokens"), tier.audio_output, own=True),
            _Part(_count(details, "image_tokens"), price.image_output, own=True),
        ),
    )


def _cost(total: int, price: Decimal | None, parts: tuple[_Part, ...]) -> Decimal | None:
    """Of all tokens, the parts' taken out of the rest in turn; None without a price that is needed."""
    rest, cost = max(total, 0), Decimal(0)
    for part in parts:
        if part.own and part.price is None and part.tokens > 0:
            return None
        if part.price is not None:
            tokens = min(max(part.tokens, 0), rest)
            rest -= tokens
            cost += tokens * part.price
    if rest and price is None:
        return None
    return (cost + rest * (price or 0)) / _MILLION


def _fees(usage: Usage, price: Price) -> Decimal | None:
    searches = _count(_inner(usage.extra, "server_tool_use"), "web_search_requests")
    searches = (
        searches or _count(usage.extra, "num_search_queries") or _count(usage.extra, "web_search_requests")
    )
    if searches and price.web_search is None:
        # A fee for the request is all that a vendor takes who has no fee for the search.
        return price.request
    return (price.request or Decimal(0)) + searches * (price.web_search or 0)


def _tier(price: Price, prompt_tokens: int) -> PriceTier:
    """The prices for a prompt of that size; what a tier leaves out is as without it."""
    exceeded = [tier for tier in price.tiers if prompt_tokens > tier.min_prompt_tokens]
    chosen = exceeded[-1] if exceeded else PriceTier(min_prompt_tokens=0)
    names = [name for name in PriceTier.__struct_fields__ if name != "min_prompt_tokens"]
    told = {name: _or_else(getattr(chosen, name), getattr(price, name)) for name in names}
    return PriceTier(min_prompt_tokens=chosen.min_prompt_tokens, **told)


def _without_cost(extra: dict[str, Any]) -> dict[str, Any]:
    """What a vendor says of cost beyond a number, under a name that is not ours."""
    kept = {name: value for name, value in extra.items() if name not in ("cost", "cost_details")}
    for name in ("cost", "cost_details"):
        if isinstance(extra.get(name), dict):
            kept[f"provider_{name}"] = extra[name]
    return kept


def _stated(cost: object) -> Decimal | None:
    """What a vendor says that it takes, in USD: a number, or an object with its total."""
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    if isinstance(cost, bool) or not isinstance(cost, (int, float, Decimal)):
        return None
    amount = Decimal(str(cost))
    return amount if amount.is_finite() and amount >= 0 else None


def _cached_audio(usage: Usage) -> int:
    """As OpenAI says it, in the details, and Google, in a list beside them."""
    inner = _inner(usage.prompt_tokens_details or {}, "cached_tokens_details")
    return _count(inner, "audio_tokens") or sum(
        _count(each, "tokenCount")
        for each in _list(usage.extra, "cacheTokensDetails")
        if each.get("modality") == "AUDIO"
    )


def _written_for_an_hour(usage: Usage) -> int:
    """As Anthropic says it, and Bedrock."""
    return _count(_inner(usage.extra, "cache_creation"), "ephemeral_1h_input_tokens") or sum(
        _count(each, "inputTokens") for each in _list(usage.extra, "cacheDetails") if each.get("ttl") == "1h"
    )


def _or_else(amount: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if amount is None else amount


def _count(details: Mapping[str, Any], name: str) -> int:
    value = details.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _inner(details: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = details.get(name)
    return value if isinstance(value, dict) else {}


def _list(details: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = details.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
