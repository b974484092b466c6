"""The options by which a caller steers routing.

Unlike sampling parameters they are strict: an option that is misspelt would silently send the request
elsewhere.

Source: Inworld 2.3 to 2.10 (`extra_body`), OpenRouter A5 (`provider`).
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Sort = Literal["price", "latency", "throughput", "intelligence", "math", "coding"]


class Percentiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cutoffs by percentile; all that are given must be met."""

    p50: float | None = None
    p75: float | None = None
    p90: float | None = None
    p99: float | None = None


class MaxPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most to pay: USD per million tokens, per image, per request; numbers or decimal strings."""

    prompt: float | str | None = None
    completion: float | str | None = None
    image: float | str | None = None
    audio: float | str | None = None
    request: float | str | None = None


class ProviderSort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """OpenRouter's object form of `provider.sort`."""

    by: Literal["price", "throughput", "latency", "exacto"] | None = None
    partition: Literal["model", "none"] | None = None


class ProviderPreferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which providers may serve the request, and in which order."""

    order: list[str] | None = None
    allow_fallbacks: bool | None = None
    only: list[str] | None = None
    ignore: list[str] | None = None
    require_parameters: bool | None = None
    data_collection: Literal["allow", "deny"] | None = None
    zdr: bool | None = None
    enforce_distillable_text: bool | None = None
    quantizations: list[str] | None = None
    sort: Literal["price", "throughput", "latency", "exacto"] | ProviderSort | None = None
    max_price: MaxPrice | None = None
    preferred_min_throughput: float | Percentiles | None = None
    preferred_max_latency: float | Percentiles | None = None


class Fallback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When to give up on a target: a duration such as `800ms`, at least 300 ms."""

    ttft_timeout: str | None = None


class WebSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tool-based web search."""

    engine: Literal["exa", "google", "native"] | None = None
    max_results: Annotated[int, Meta(ge=1, le=20)] | None = None
    max_steps: Annotated[int, Meta(ge=1)] | None = None


class UserLocation(msgspec.Struct, frozen=True):
    """Roughly where the user is."""

    type: str | None = None
    country: str | None = None
    city: str | None = None


class WebSearchOptions(msgspec.Struct, frozen=True):
    """The provider's own web search, in OpenAI's words."""

    search_context_size: Literal["low", "medium", "high"] | None = None
    user_location: UserLocation | None = None


class Reasoning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much a model thinks before it answers, and whether the thoughts come back."""

    effort: Literal["unspecified", "none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    exclude: bool | None = None
    enabled: bool | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    context: Literal["auto", "all_turns", "current_turn"] | None = None
    mode: Literal["standard", "pro"] | None = None


class RoutingOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The members of `extra_body`; each may stand at top level instead."""

    models: list[str] | None = None
    ignore: list[str] | None = None
    sort: list[Sort] | None = None
    provider: ProviderPreferences | None = None
    fallback: Fallback | None = None
    metadata: dict[str, Any] | None = None
    prompt_variables: dict[str, str] | None = None
    reasoning: Reasoning | None = None
    web_search: WebSearch | bool | None = None
    web_search_options: WebSearchOptions | None = None
