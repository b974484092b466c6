"""What the caller, his door and a suffix of the model's name say of routing, joined. Pure."""

from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

from service.providers.directory import Directory
from service.routing.provider_names import ProviderNames
from service.types.chat_request import ChatRequest
from service.types.flavour import Flavour
from service.types.routing_options import ProviderPreferences, ProviderSort

Order = Literal[
    "price",
    "latency",
    "throughput",
    "intelligence",
    "math",
    "coding",
    "exacto",
    "drawn",
    "-price",
    "-latency",
    "-throughput",
    "-intelligence",
    "-math",
    "-coding",
]
"""One that begins with a minus is the other way round: the worst first. Only saved routers ask for it."""

_NOTHING = ProviderPreferences()
_BY_SUFFIX: dict[str, Order] = {"nitro": "throughput", "floor": "price", "exacto": "exacto"}


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides about candidates beside their abilities.

    `said` is the order that the request asks for the endpoints of a model, `across` the one of a pool or of
    fallback models; `default` is the door's. `ignored` spares what the caller named himself, `refused` does
    not. `closed` is whether `order` is a closed set; `alone` whether only the first endpoint of each model is
    asked. `globally` is whether models are no groups (`partition: none`), `sorts_fallbacks` whether an order
    was asked for that fallback models follow too (Inworld 2.4).
    """

    provider: ProviderPreferences
    said: tuple[Order, ...]
    across: tuple[Order, ...]
    default: Order
    order: ProviderNames | None
    only: ProviderNames | None
    ignored: ProviderNames | None
    refused: ProviderNames | None
    closed: bool
    alone: bool
    globally: bool
    sorts_fallbacks: bool

    def within(self, suffixes: Collection[str]) -> tuple[Order, ...]:
        """How the endpoints of one model are ordered; what the request says wins over a suffix."""
        return self.said or _suffixed(suffixes) or (self.default,)

    @property
    def unknown(self) -> list[tuple[str, str]]:
        """Names in lists of providers that mean nothing here, each with its field."""
        lists = {
            "provider.order": self.order,
            "provider.only": self.only,
            "ignore": self.ignored,
            "provider.ignore": self.refused,
        }
        return [(field, name) for field, names in lists.items() if names for name in names.unknown]


def wishes_of(
    request: ChatRequest,
    flavour: Flavour,
    directory: Directory,
    suffixes: Collection[str],
    pool_order: Sequence[Order],
) -> Wishes:
    """Reads the routing options of a request.

    `suffixes` are those of the model's name; `pool_order` orders a pool when nothing else is said.
    """
    routing = request.routing
    provider = routing.provider or _NOTHING
    by, partition = _provider_sort(provider, request)
    asked: tuple[Order, ...] = tuple(routing.sort or ())
    said = (by,) if by else asked
    default: Order = "latency" if flavour.default_order == "latency" else "drawn"
    stops = provider.allow_fallbacks is False
    return Wishes(
        provider=provider,
        said=said,
        across=asked or said or _suffixed(suffixes) or tuple(pool_order),
        default=default,
        order=_names(provider.order, directory),
        # A list that came out empty allows nobody: it is meant as a limit.
        only=None if provider.only is None else ProviderNames(provider.only, directory),
        ignored=_names(routing.ignore, directory),
        refused=_names(provider.ignore, directory),
        closed=stops or flavour.order_is_all,
        alone=stops and (flavour.first_only or not provider.order),
        globally=partition == "none",
        sorts_fallbacks=bool(asked),
    )


def _suffixed(suffixes: Collection[str]) -> tuple[Order, ...]:
    return tuple(order for name, order in _BY_SUFFIX.items() if name in suffixes)


def _provider_sort(provider: ProviderPreferences, request: ChatRequest) -> tuple[Order | None, str | None]:
    """`provider.sort` in its two forms, and the partition, which `route` names too."""
    route = {"fallback": "model", "sort": "none"}.get(request.body.route or "")
    if isinstance(provider.sort, ProviderSort):
        return provider.sort.by, provider.sort.partition or route
    return provider.sort, route


def _names(slugs: Sequence[str] | None, directory: Directory) -> ProviderNames | None:
    return ProviderNames(slugs, directory) if slugs else None
