"""Saved routers in few words, and a Router that knows them."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from service.providers.directory import Directory
from service.routing.router import Router
from service.routing.saved import document
from service.routing.saved.book import RouterBook
from service.routing.saved.compiled import CompiledRouter, compile_router
from service.types.routing_settings import RoutingSettings
from service.types.saved_router import SavedRouter
from tests.routing.scene import NOW, Health, price, row, world

WORLD = world(
    row("one/a", "acme/a", price=price(1), intelligence=3),
    row("one/b", "acme/b", price=price(2), intelligence=2),
    row("two/a", "acme/a", price=price(3), intelligence=3),
    row("two/c", "acme/c", price=price(4), intelligence=1),
)


def variant(name: str, weight: float = 100, **members: Any) -> dict[str, Any]:
    """A variant that asks `one/a` unless told otherwise."""
    return {"variant": {"variant_id": name, "model_id": "one/a", **members}, "weight": weight}


def route(name: str, *variants: dict[str, Any]) -> dict[str, Any]:
    """A route; with one variant of its own name unless told."""
    return {"route_id": name, "variants": list(variants) or [variant(name)]}


def when(expression: str, taken: dict[str, Any]) -> dict[str, Any]:
    """A route with a condition."""
    return {"route": taken, "condition": {"cel_expression": expression}}


def raw(**members: Any) -> dict[str, Any]:
    """A router that has a default route unless told; None leaves a member out."""
    plain = {"name": "desk", "default_route": route("default"), **members}
    return {name: value for name, value in plain.items() if value is not None}


def saved(**members: Any) -> SavedRouter:
    """A router as its document is read."""
    return document.read(msgspec.json.encode(raw(**members)))


def compiled(**members: Any) -> CompiledRouter:
    """A router made ready."""
    return compile_router(saved(**members))


def planner(
    *routers: SavedRouter,
    directory: Directory = WORLD,
    draw: Callable[[], float] = lambda: 0.5,
    settings: Mapping[str, Any] | None = None,
) -> Router:
    """A router of requests that knows saved ones."""
    book = RouterBook.of({}, {each.name: each for each in routers})
    return Router(
        directory,
        Health(),
        msgspec.structs.replace(RoutingSettings(explore=0.0), **(settings or {})),
        clock=lambda: NOW,
        draw=draw,
        book=lambda: book,
    )
