"""How a router would share users out, as callers ask for it. It is reckoned beside the event loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw

from pointsman.v1 import router_service_pb2
from service.edge.chat_call import UNASKED
from service.edge.routers import given, typed
from service.edge.snake import members
from service.edge.typed_request import body_of, rename
from service.errors import InvalidRequest, NotFound, NotServed, Unavailable, Violation
from service.routing.saved.book import RouterBook
from service.routing.saved.compiled import CompiledRouter
from service.routing.saved.simulation import MOST_USERS, Shares, simulate
from service.types import checked
from service.types.chat_request import ChatRequest

_USERS = 1000
_DIGITS = 6


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    users: Annotated[int, Meta(ge=1, le=MOST_USERS)] = _USERS
    request: Raw = Raw(b"{}")
    router: Raw = Raw()


class Simulator:
    """Simulates the routers that are served, and documents of routers.

    `refresh` looks for routers that were saved elsewhere. `clock` gives Unix seconds, for conditions.
    """

    def __init__(
        self,
        book: Callable[[], RouterBook],
        refresh: Callable[[], Awaitable[bool]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._book = book
        self._refresh = refresh
        self._clock = clock
        self._turn = asyncio.Lock()  # one at a time: they take the processor from chats

    async def simulate(self, name: str, data: bytes) -> dict[str, Any]:
        """Answers a JSON body; an empty one asks for nothing in particular.

        Raises `InvalidRequest`, `NotServed`, and `NotFound`.
        """
        shares = await self._shares(name, data, _same)
        return {
            "users": shares.users,
            "unmatched": shares.unmatched,
            "routes": [
                {
                    "route_id": route.route_id,
                    "users": route.users,
                    "share": _share(route.users, shares.users),
                    "variants": [
                        {
                            "variant_id": variant.variant_id,
                            "weight": variant.weight,
                            "users": variant.users,
                            "share": _share(variant.users, route.users),
                        }
                        for variant in route.variants
                    ],
                }
                for route in shares.routes
            ],
        }

    async def typed(
        self, request: router_service_pb2.SimulateRouterRequest
    ) -> router_service_pb2.SimulateRouterResponse:
        """Answers a message. Raises as `simulate` does."""
        body: dict[str, Any] = {"request": Raw(body_of(request.request, stream=False))}
        if request.HasField("users"):
            body["users"] = request.users
        if request.HasField("router"):
            body["router"] = Raw(typed.document(request.router))
        elif not request.name:
            raise InvalidRequest([Violation("name", "name or router is required")])
        shares = await self._shares(request.name, msgspec.json.encode(body), rename)
        routes = [
            router_service_pb2.SimulatedRoute(
                route_id=route.route_id,
                users=route.users,
                share=_share(route.users, shares.users),
                variants=[
                    router_service_pb2.SimulatedVariant(
                        variant_id=variant.variant_id,
                        weight=variant.weight,
                        users=variant.users,
                        share=_share(variant.users, route.users),
                    )
                    for variant in route.variants
                ],
            )
            for route in shares.routes
        ]
        return router_service_pb2.SimulateRouterResponse(
            users=shares.users, unmatched=shares.unmatched, routes=routes
        )

    async def _shares(self, name: str, data: bytes, renamed: Callable[[str], str]) -> Shares:
        asked = checked.decode(msgspec.json.encode(members(data)) if data.strip() else b"{}", _Asked)
        faults: list[Violation] = []
        if bytes(asked.router):
            router = await asyncio.to_thread(
                given.part, "router", faults, lambda: given.unsaved(asked.router, name or None)
            )
        else:
            router = await self._saved(name)
        asks = name if router is None else router.name
        chat = given.part("request", faults, lambda: _renamed(asked.request, asks, renamed))
        if chat is None or router is None:
            raise InvalidRequest(faults)
        async with self._turn:
            return await asyncio.to_thread(simulate, router, chat, asked.users, self._clock())

    async def _saved(self, name: str) -> CompiledRouter:
        try:
            return given.saved(self._book(), name)
        except NotFound:
            if not await self._refresh():
                raise Unavailable(UNASKED) from None
            return given.saved(self._book(), name)


def _renamed(request: Raw, router: str, renamed: Callable[[str], str]) -> ChatRequest:
    try:
        return given.chat(request, router)
    except InvalidRequest as error:
        raise error.renamed(renamed) from None
    except NotServed as error:
        raise NotServed([renamed(name) for name in error.fields], error.why) from None


def _same(field: str) -> str:
    return field


def _share(part: int, whole: int) -> float:
    return round(part / whole, _DIGITS) if whole else 0.0
