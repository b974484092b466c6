"""The options by which a caller steers routing.

Unlike sampling parameters they are strict: an option that is misspelt would silently send the request
elsewhere.

Source: Inworld 2.3 to 2.10 (`extra_body`), OpenRouter A5 (`provider`).
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

# More than there are providers; each entry is looked up.
Names = Annotated[list[Annotated[str, Meta(max_length=256)]], Meta(max_length=256)]
Sort = Literal["price", "latency", "throughput", "intelligence", "math", "coding"]
if TYPE_CHECKING:
    Sorts = list[Sort]
else:
    Sorts = Annotated[list[Sort], Meta(max_length=16)] | Sort  # once checked it is a list
Quantization = Literal[
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown"
]
Cutoff = Annotated[float, Meta(gt=0)]
Money = (
    Annotated[float, Meta(ge=0)]
    | Annotated[
        str,
        Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,15})?\Z", description="a decimal number >= 0 in digits"),
    ]
)
# At least 300 ms, at most some decades.
_MILLISECONDS = r"0*([3-9][0-9]{2}|[1-9][0-9]{3,11})(\.[0-9]{1,9})?ms"
_SECONDS = r"0*([1-9][0-9]{0,8}(\.[0-9]{1,9})?|\.[3-9][0-9]{0,8})s"
Duration = Annotated[
    str,
    Meta(
        pattern=rf"^({_MILLISECONDS}|{_SECONDS})\Z",
        description="a duration of at least 300ms, such as 800ms or 1.5s",
    ),
]


class Percentiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cutoffs by percentile; all that are given must be met."""

    p50: Cutoff | None = None
    p75: Cutoff | None = None
    p90: Cutoff | None = None
    p99: Cutoff | None = None


class MaxPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most to pay: USD per million tokens, per image, per request; numbers or decimal strings."""

    prompt: Money | None = None
    completion: Money | None = None
    image: Money | None = None
    audio: Money | None = None
    request: Money | None = None


class ProviderSort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """OpenRouter's object form of `provider.sort`."""

    by: Literal["price", "throughput", "latency", "exacto"] | None = None
    partition: Literal["model", "none"] | None = None


class ProviderPreferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which providers may serve the request, and in which order."""

    order: Names | None = None
    allow_fallbacks: bool | None = None
    only: Names | None = None
    ignore: Names | None = None
    require_parameters: bool | None = None
    data_collection: Literal["allow", "deny"] | None = None
    zdr: bool | None = None
    enforce_distillable_text: bool | None = None
    quantizations: Annotated[list[Quantization], Meta(max_length=64)] | None = None
    sort: Literal["price", "throughput", "latency", "exacto"] | ProviderSort | None = None
    max_price: MaxPrice | None = None
    preferred_min_throughput: Cutoff | Percentiles | None = None
    preferred_max_latency: Cutoff | Percentiles | None = None


class Fallback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When to give up on a target: a duration such as `800ms`, at least 300 ms."""

    ttft_timeout: Duration | None = None

    @property
    def ttft_seconds(self) -> float | None:
        """The duration in seconds."""
        if self.ttft_timeout is None:
            return None
        if self.ttft_timeout.endswith("ms"):
            return float(self.ttft_timeout[:-2]) / 1000
        return float(self.ttft_timeout[:-1])


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
    ignore: Names | None = None
    sort: Sorts | None = None
    provider: ProviderPreferences | None = None
    fallback: Fallback | None = None
    metadata: dict[str, Any] | None = None
    prompt_variables: dict[str, str] | None = None
    reasoning: Reasoning | None = None
    web_search: WebSearch | bool | None = None
    web_search_options: WebSearchOptions | None = None

    def __post_init__(self) -> None:
        """Makes a single sort a list of one."""
        sort: Any = self.sort
        if isinstance(sort, str):
            msgspec.structs.force_setattr(self, "sort", [sort])
