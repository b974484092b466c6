"""What an endpoint costs. Names are OpenRouter's (A11); money is decimal."""

from decimal import Decimal

import msgspec


class PriceTier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Other prices for a prompt of more than `min_prompt_tokens` tokens; fields as in `Price`."""

    min_prompt_tokens: int
    prompt: Decimal | None = None
    completion: Decimal | None = None
    input_cache_read: Decimal | None = None
    input_cache_write: Decimal | None = None
    audio: Decimal | None = None
    audio_output: Decimal | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """USD per million tokens; `request`, `image` and `web_search` per one. None is unknown, never 0.

    `tiers` are in ascending order of their thresholds; of those that the prompt exceeds the last one counts.
    """

    prompt: Decimal | None = None
    completion: Decimal | None = None
    input_cache_read: Decimal | None = None
    input_cache_write: Decimal | None = None
    input_cache_write_1h: Decimal | None = None
    internal_reasoning: Decimal | None = None
    audio: Decimal | None = None
    audio_output: Decimal | None = None
    input_audio_cache: Decimal | None = None
    image: Decimal | None = None
    image_output: Decimal | None = None
    request: Decimal | None = None
    web_search: Decimal | None = None
    tiers: tuple[PriceTier, ...] = ()
