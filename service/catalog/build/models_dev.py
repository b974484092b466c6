"""Reads models.dev: what endpoints can do, their limits and prices."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, cast, get_args

from service.types.facts import Facts, Modality
from service.types.price import Price, PriceTier
from service.types.thinking import LEVELS

Json = Mapping[str, Any]

_NOT_CHAT = re.compile(
    r"embed|rerank|retriever|bge-|whisper|-asr|transcri|tts|orpheus|realtime|livetranslate|-live|voice"
    r"|gpt-image|chatgpt-image|grok-imagine|turbo-instruct|mercury-edit|davinci|babbage|moderation|guard"
    r"|content-safety|gliner|esm2|esmfold|studiovoice|usdvalidate|paligemma|computer-use|-ocr-\d"
)
"""Ids of models that another API serves, or that classify instead of answering."""

_PRICES = {
    "prompt": ("input",),
    "completion": ("output",),
    "input_cache_read": ("cache_read", "cached_input", "cache_input"),
    "input_cache_write": ("cache_write", "cached_write"),
    "audio": ("input_audio",),
    "audio_output": ("output_audio",),
    "internal_reasoning": ("reasoning",),
}
"""Our names of prices and those of models.dev; the second and third are slips of single rows."""


def answers_chat(model_id: str, row: Json | None = None) -> bool:
    """Whether an endpoint answers a conversation: it reads text, writes text, and is of no other kind."""
    if _NOT_CHAT.search(model_id.lower()):
        return False
    return row is None or all("text" in row["modalities"][way] for way in ("input", "output"))


def facts_of(model_id: str, row: Json, *, local: bool) -> Facts:
    """What a row says. Limits of 0 are unknown; so are prices of 0, unless free or `local`."""
    reasoning = row.get("reasoning")
    efforts, budget, off = _options(row.get("reasoning_options") or ()) if reasoning else (None, None, None)
    price = price_of(row.get("cost") or {}, free=local or model_id.endswith(":free"))
    quantization = re.search(r"[-_](fp8|bf16|int8|int4|fp4)(-|$)", model_id.lower())
    return Facts(
        input_modalities=_modalities(row, "input"),
        output_modalities=_modalities(row, "output"),
        tools=row.get("tool_call"),
        structured_outputs=row.get("structured_output"),
        temperature=row.get("temperature"),
        reasoning=reasoning,
        efforts=efforts,
        budget=budget,
        thinking_off=off,
        context_length=row["limit"].get("context") or None,
        max_prompt_tokens=row["limit"].get("input") or None,
        max_completion_tokens=row["limit"].get("output") or None,
        price=price,
        quantization=quantization[1] if quantization else None,
    )


def _modalities(row: Json, way: Literal["input", "output"]) -> tuple[Modality, ...]:
    said = {"file" if kind == "pdf" else kind for kind in row["modalities"][way]}
    return tuple(kind for kind in get_args(Modality) if kind in said)


def _options(
    options: Any,
) -> tuple[tuple[str, ...] | None, tuple[int | None, int | None] | None, bool | None]:
    """Efforts in ascending order, the bounds of a budget, and True where thinking can be turned off.

    That it cannot is nowhere said: some rows that name no way (Claude's) can do without.
    """
    efforts: tuple[str, ...] | None = None
    budget: tuple[int | None, int | None] | None = None
    off: bool | None = None
    for option in options:
        if option["type"] == "toggle":
            off = True
        elif option["type"] == "effort":
            efforts = tuple(level for level in LEVELS if level in option["values"]) or None
            off = True if "none" in option["values"] else off
        elif option["type"] == "budget_tokens":
            low, high = option.get("min"), option.get("max")
            # -1 is a vendor's word for "as many as it likes".
            budget = (low if low is not None and low >= 0 else None, high)
            off = True if low == 0 else off
    return efforts, budget, off


def price_of(cost: Json, *, free: bool) -> Price | None:
    """A row's price in our names; None where it has none."""
    amounts = _amounts(cost, free=free)
    if amounts.get("internal_reasoning") == amounts.get("completion"):
        amounts.pop("internal_reasoning", None)
    tiers = []
    for tier in cost.get("tiers") or ():
        if tier.get("tier", {}).get("type") == "context":
            told = _amounts(tier, free=free)
            told.pop("internal_reasoning", None)
            tiers.append(PriceTier(min_prompt_tokens=tier["tier"]["size"], **told))
    tiers.sort(key=lambda tier: tier.min_prompt_tokens)
    return Price(**amounts, tiers=tuple(tiers)) if amounts else None


def _amounts(cost: Json, *, free: bool) -> dict[str, Decimal]:
    found = {}
    for ours, theirs in _PRICES.items():
        said = next((cost[name] for name in theirs if cost.get(name) is not None), None)
        if said is not None and (said > 0 or free):
            found[ours] = amount(said)
    return found


def amount(number: float | Decimal) -> Decimal:
    """Money without the noise of binary fractions (0.049999999999999996), and without trailing zeros."""
    rounded = round(Decimal(str(number)), 8).normalize()
    return rounded if cast("int", rounded.as_tuple().exponent) <= 0 else rounded.quantize(Decimal(1))
