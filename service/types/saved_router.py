"""A saved router: conditions, variants by weight, prompts and options under one name.

One document, however it came in (REST, gRPC, file, command line); JSON of these structs is what is stored.

Source: Inworld 4.2 (the resource), 2.7 (sorts), 2.8 (compression).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from service.types.chat_request import Bias, Count, LogitBias, Penalty
from service.types.message import Compression
from service.types.routing_options import (
    Fallback,
    Names,
    ProviderPreferences,
    Reasoning,
    WebSearch,
    WebSearchOptions,
)

ROUTER_NAME = r"^[a-z0-9][a-z0-9-]{0,62}\Z"
RESERVED_NAMES = frozenset({"models"})
"""`inworld/models/...` are the models of a provider."""
MAX_EXPRESSION = 4096
"""Characters of one condition."""
MAX_EXPRESSIONS = 32_768
"""Characters of all conditions of a router: each takes time to compile, in every worker."""
MAX_DOCUMENT = 1024 * 1024
"""Bytes of a router."""
MAX_TEMPLATE = 262_144
"""Characters of one text of a template."""

RouterName = Annotated[
    str,
    Meta(
        pattern=ROUTER_NAME,
        description="1 to 63 lowercase letters, digits and hyphens, the first no hyphen",
    ),
]
Id = Annotated[str, Meta(min_length=1, max_length=128)]
Weight = Annotated[float, Meta(ge=0, le=100)]
Template = Annotated[str, Meta(max_length=MAX_TEMPLATE)]
Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Metric = Literal[
    "SORT_METRIC_PRICE",
    "SORT_METRIC_LATENCY",
    "SORT_METRIC_THROUGHPUT",
    "SORT_METRIC_INTELLIGENCE",
    "SORT_METRIC_MATH",
    "SORT_METRIC_CODING",
]
Direction = Literal["SORT_DIRECTION_UNSPECIFIED", "SORT_DIRECTION_ASCENDING", "SORT_DIRECTION_DESCENDING"]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Nothing unknown is kept, and nothing that was not said is written."""


class SortKey(_Strict, frozen=True):
    """One key of a sort. An unspecified direction is the natural one: the best first."""

    metric: Metric
    direction: Direction | None = None


class ModelSelection(_Strict, frozen=True):
    """Whom else to ask, in which order; the members of `extra_body` of the same names."""

    models: (
        Annotated[list[Annotated[str, Meta(min_length=1, max_length=256)]], Meta(max_length=256)] | None
    ) = None
    sort: Annotated[list[SortKey], Meta(max_length=16)] | None = None
    ignore: Names | None = None
    provider: ProviderPreferences | None = None
    fallback: Fallback | None = None


class GenerationConfig(_Strict, frozen=True):
    """How to generate; the ranges are those of a request's own parameters."""

    max_tokens: Count | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Meta(gt=0, le=2)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    stop_sequences: Annotated[list[str], Meta(max_length=4)] | None = None
    seed: Int32 | None = None
    logit_bias: list[LogitBias] | dict[str, Bias] | None = None
    reasoning: Reasoning | None = None


class TemplateItem(_Strict, frozen=True):
    """One text of a template with several."""

    text: Template


class TemplateCall(_Strict, frozen=True):
    """A tool call of an assistant's template; `args` is JSON text."""

    id: Id
    name: Id
    args: Template = "{}"


class MessageTemplate(_Strict, frozen=True):
    """One message that goes before the request's own; `{{name}}` in its texts is a prompt variable."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Template | None = None
    content_items: Annotated[list[TemplateItem], Meta(min_length=1, max_length=64)] | None = None
    tool_calls: Annotated[list[TemplateCall], Meta(min_length=1, max_length=64)] | None = None
    tool_call_id: Id | None = None
    compression: Compression | None = None


Templates = Annotated[list[MessageTemplate], Meta(max_length=256)]


class Variant(_Strict, frozen=True):
    """One way to answer: a model (`provider/model`, a bare name, `auto`) with its options and prompts."""

    variant_id: Id
    model_id: Annotated[str, Meta(min_length=1, max_length=256)]
    model_selection: ModelSelection | None = None
    text_generation_config: GenerationConfig | None = None
    message_templates: Templates | None = None
    web_search: WebSearch | None = None
    web_search_options: WebSearchOptions | None = None
    compression: Compression | None = None


class WeightedVariant(_Strict, frozen=True):
    """A variant and its share of the route, in percent."""

    variant: Variant
    weight: Weight


class Route(_Strict, frozen=True):
    """Variants that share what reaches the route; their weights sum to 100."""

    route_id: Id
    variants: Annotated[list[WeightedVariant], Meta(min_length=1, max_length=100)]


class Condition(_Strict, frozen=True):
    """A CEL expression over the request's metadata, `messages`, `user`, `model` and `now`."""

    cel_expression: Annotated[str, Meta(min_length=1, max_length=MAX_EXPRESSION)]


class ConditionalRoute(_Strict, frozen=True):
    """A route that is taken when its condition is true, and no earlier one was."""

    route: Route
    condition: Condition


class Defaults(_Strict, frozen=True):
    """What a variant has that does not say it itself; nothing is merged. Nothing serves `optimize_prompt`."""

    message_templates: Templates | None = None
    text_generation_config: GenerationConfig | None = None
    optimize_prompt: bool | None = None


class SavedRouter(_Strict, frozen=True):
    """The whole router."""

    name: RouterName
    display_name: Annotated[str, Meta(max_length=256)] | None = None
    defaults: Defaults | None = None
    routes: Annotated[list[ConditionalRoute], Meta(max_length=100)] = []
    default_route: Route | None = None
