"""In what the two REST dialects of chat differ, as data. One implementation serves both.

Source: Inworld 2.1, 2.5, 2.6 (`/v1`); OpenRouter A3, A5 (`/api/v1`).
"""

from typing import Literal

import msgspec


class Flavour(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect's ways.

    `author_first` reads `a/b` as author and model before provider and model. `default_order` is how the
    endpoints of a model are ordered when nothing is said: by `latency`, or `drawn` with a weight of 1 over
    the square of the price. `order_is_all` is whether providers outside `provider.order` are left out even
    when fallbacks are allowed, `first_only` whether `allow_fallbacks: false` leaves just the first provider
    (else all of `order`). `refusals_fall_over` is whether another model is asked when one refuses the
    content. `model_required` is whether a request must name a model. `sorts_fallbacks` is whether `sort`
    orders the fallback models too, rather than the endpoints of each.

    `own` are members of the body that reach no provider, beside those that are the router's own in both.
    `id_prefix` begins the ids of completions. `usage_apart` is whether the usage of a stream always leaves on
    a last chunk without choices. `nobody_status` is the HTTP status when nobody can serve a request.
    """

    name: Literal["openai", "openrouter"]
    author_first: bool
    default_order: Literal["latency", "drawn"]
    order_is_all: bool
    first_only: bool
    refusals_fall_over: bool
    model_required: bool
    sorts_fallbacks: bool
    own: frozenset[str]
    id_prefix: str
    usage_apart: bool
    nobody_status: int


OPENAI = Flavour(
    name="openai",
    author_first=False,
    default_order="latency",
    order_is_all=True,
    first_only=True,
    refusals_fall_over=False,
    model_required=True,
    sorts_fallbacks=True,
    own=frozenset(),
    id_prefix="chatcmpl-",
    usage_apart=False,
    nobody_status=400,
)
"""`/v1`: OpenAI, Inworld and Atoma."""

OPENROUTER = Flavour(
    name="openrouter",
    author_first=True,
    default_order="drawn",
    order_is_all=False,
    first_only=False,
    refusals_fall_over=True,
    model_required=False,
    sorts_fallbacks=False,
    own=frozenset({"metadata", "usage", "stream_options", "debug"}),
    id_prefix="gen-",
    usage_apart=True,
    nobody_status=404,
)
"""`/api/v1`: OpenRouter."""
