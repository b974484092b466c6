"""A small world to plan in: providers, models, how they are doing, and lots that fall as told."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import msgspec

from service.catalog.catalog import Catalog
from service.catalog.model_row import ModelRow, PriceTable
from service.edge.chat_request import parse
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.routing.router import Router
from service.types.chat_request import ChatRequest
from service.types.flavour import OPENAI, Flavour
from service.types.plan import Plan
from service.types.routing_settings import RoutingSettings
from service.types.vitals import WELL, Percentiles, Vitals

NOW = 1_800_000_000.0


class Health:
    """States of endpoints as a test says; what it does not name is well and unmeasured."""

    def __init__(
        self,
        states: Mapping[str, Vitals] | None = None,
        *,
        latencies: Mapping[str, Percentiles] | None = None,
        throughputs: Mapping[str, Percentiles] | None = None,
        holders: Mapping[str, tuple[str, bool]] | None = None,
    ) -> None:
        self.states = dict(states or {})
        self._latencies = latencies or {}
        self._throughputs = throughputs or {}
        self.holders = dict(holders or {})

    def vitals(self, endpoint: str, now: float) -> Vitals:
        return self.states.get(endpoint, WELL)

    def latency(self, endpoint: str, now: float) -> Percentiles | None:
        return self._latencies.get(endpoint)

    def throughput(self, endpoint: str, now: float) -> Percentiles | None:
        return self._throughputs.get(endpoint)

    def holder(self, conversation: str, now: float) -> tuple[str, bool] | None:
        return self.holders.get(conversation) or self.holders.get("any")


def took(seconds: float, *, seen: float = NOW, speed: float | None = None) -> Vitals:
    """An endpoint that answers after so many seconds."""
    return Vitals(latency=seconds, throughput=speed, seen=seen, requests=9)


def spread(value: float) -> Percentiles:
    """The same at every percentile."""
    return Percentiles(value, value, value, value)


def price(prompt: float, completion: float | None = None, **more: Any) -> PriceTable:
    """USD per million tokens; what is written costs twice what is read unless said."""
    written = prompt * 2 if completion is None else completion
    amounts = {"prompt": prompt, "completion": written, **more}
    return msgspec.convert({name: str(value) for name, value in amounts.items()}, PriceTable)


def row(place: str, model: str | None = None, **facts: Any) -> ModelRow:
    """One endpoint `provider/id` of a model `author/name`."""
    provider, _, name = place.partition("/")
    return ModelRow(provider=provider, id=name, model=model, **facts)


def world(*rows: ModelRow, providers: Mapping[str, Mapping[str, Any]] | None = None) -> Directory:
    """A directory of these endpoints; providers are those that they name, in order."""
    about = providers or {}
    names = dict.fromkeys([*(each.provider for each in rows), *about])
    on = {
        name: Provider(
            name=name,
            **{
                "title": name.title(),
                "dialect": "openai",
                "base_url": f"https://{name}.test/v1",
                "catalog": name,
                **about.get(name, {}),
            },
        )
        for name in names
    }
    return Directory(on, Catalog({}, {}).with_rows(rows))


def router(
    directory: Directory,
    health: Health | None = None,
    *,
    draw: Callable[[], float] | None = None,
    **settings: Any,
) -> Router:
    """A router at one moment; lots fall in the middle unless told."""
    return Router(
        directory,
        health or Health(),
        msgspec.structs.replace(RoutingSettings(explore=0.0), **settings),
        clock=lambda: NOW,
        draw=draw or (lambda: 0.5),
    )


def request(flavour: Flavour = OPENAI, **members: Any) -> ChatRequest:
    """A chat request as its door reads it."""
    body = {"messages": [{"role": "user", "content": "Hi"}], **members}
    return parse(msgspec.json.encode(body), flavour)


def plan(
    directory: Directory,
    flavour: Flavour = OPENAI,
    *,
    health: Health | None = None,
    draw: Callable[[], float] | None = None,
    settings: Mapping[str, Any] | None = None,
    **members: Any,
) -> Plan:
    """The plan for a request of these members."""
    planner = router(directory, health, draw=draw, **(settings or {}))
    return planner.plan(request(flavour, **members), flavour)


def order(planned: Plan) -> list[str]:
    """The ids of the endpoints, in the order in which they are asked."""
    return [target.endpoint.id for target in planned.targets]


def lots(*values: float) -> Callable[[], float]:
    """Lots that fall as said, and then in the middle."""
    given, rest = iter(values), count()
    return lambda: next(given, 0.5 + next(rest) * 1e-9)
