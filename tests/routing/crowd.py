"""A catalog of 2,000 endpoints whose measurements are known, and requests that are planned over it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, NamedTuple, get_args

from service.health.health import Health
from service.providers.directory import Directory
from service.routing.router import Router
from service.types.flavour import OPENAI, OPENROUTER, Flavour
from service.types.observation import Observation
from service.types.routing_options import Quantization
from service.types.routing_settings import RoutingSettings
from tests.routing.scene import NOW, price, request, row, world

PROVIDERS = 40
MODELS = 50
_SETTINGS = RoutingSettings()
_TOOLS: dict[str, Any] = {
    "type": "function",
    "function": {"name": "look", "parameters": {"type": "object"}},
}


class Planning(NamedTuple):
    """What is planned: how its first model is named, and what the request says beside it."""

    kind: Literal["pinned", "bare", "chain", "auto"]
    members: Mapping[str, Any]
    flavour: Flavour = OPENAI


PLANNINGS = {
    "pinned": Planning("pinned", {"model": "p7/m7"}),
    "bare": Planning("bare", {"model": "m7"}),
    "bare, drawn by price": Planning("bare", {"model": "m7"}, OPENROUTER),
    "chain of pinned": Planning("chain", {"model": "p7/m7", "models": ["p8/m8", "p9/m9", "p10/m10"]}),
    "chain of bare": Planning("chain", {"model": "m7", "models": ["m8", "m9", "m10"]}),
    "auto": Planning("auto", {"model": "auto"}),
    "auto, by latency": Planning("auto", {"model": "auto", "sort": ["latency"]}),
    "auto, by intelligence, then price": Planning(
        "auto", {"model": "auto", "sort": ["intelligence", "price"]}
    ),
    "auto, tools, some providers": Planning(
        "auto",
        {
            "model": "auto",
            "tools": [_TOOLS],
            "provider": {"ignore": ["p1", "p2"], "max_price": {"prompt": 50}},
        },
    ),
}


def planners() -> dict[str, Callable[[], Any]]:
    """What plans each of `PLANNINGS` once. The requests are read and the router's snapshot is made."""
    directory = crowd()
    router = Router(directory, _known(directory), _SETTINGS, clock=lambda: NOW, draw=lambda: 0.5)
    made: dict[str, Callable[[], Any]] = {}
    for shows, planning in PLANNINGS.items():
        asked = request(planning.flavour, **planning.members)
        made[shows] = partial(router.plan, asked, planning.flavour)
        made[shows]()
    return made


def crowd() -> Directory:
    """Every provider serves every model, at a price and in a precision of its own."""
    precisions = get_args(Quantization)
    return world(
        *(
            row(
                f"p{provider}/m{model}",
                f"acme/m{model}",
                price=price(1 + (provider * 7 + model * 13) % 60),
                quantization=precisions[provider % len(precisions)],
                tools=(provider + model) % 3 > 0,
                context_length=8_192 * (1 + model % 16),
                intelligence=model,
            )
            for provider in range(PROVIDERS)
            for model in range(MODELS)
        )
    )


def _known(directory: Directory) -> Health:
    """Of three in four endpoints it is known how fast they are."""
    health = Health(_SETTINGS.affinity_seconds, _SETTINGS.max_rest_seconds)
    for number, endpoint in enumerate(directory.listed()):
        if number % 4:
            health.fold(
                Observation(
                    at=NOW - 10,
                    began=NOW - 12,
                    provider=endpoint.provider,
                    endpoint=endpoint.id,
                    outcome="ok",
                    ttft=0.1 + number % 97 / 50,
                    throughput=10.0 + number % 89,
                )
            )
    return health
