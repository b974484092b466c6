"""`[routing]` of the settings file: the operator's say in how targets are chosen."""

from typing import Annotated

import msgspec
from msgspec import Meta

from service.types.routing_options import Sort

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class RoutingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[routing]`: how targets are chosen, and how long a request may go from one to the next.

    `auto_sort` orders the candidates of `auto` when the request says nothing. A request makes at most
    `max_attempts` calls within `deadline_seconds`, and may name at most `max_models` models. `explore` is the
    part of the requests ordered by latency or throughput that goes first to an endpoint of which nothing
    recent is known. A conversation stays with its endpoint until it was idle for `affinity_seconds`. A
    provider that asks to be left alone is, for at most `max_rest_seconds`. Workers tell each other what they
    saw every `share_seconds`.
    """

    auto_sort: list[Sort] = msgspec.field(default_factory=lambda: ["price"])
    max_attempts: Annotated[int, Meta(ge=1, le=32)] = 8
    deadline_seconds: Seconds = 600.0
    max_models: Annotated[int, Meta(ge=1, le=1000)] = 64
    explore: Annotated[float, Meta(ge=0, le=1)] = 0.05
    affinity_seconds: Seconds = 600.0
    max_rest_seconds: Seconds = 300.0
    share_seconds: Seconds = 0.2
