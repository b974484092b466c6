"""The doors of saved routers over a real store, called as Envoy calls them."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.empty_pb2 import Empty

from pointsman.v1.rest_router_service_pb2 import (
    RestOperationRequest,
    RestRouterBodyRequest,
    RestRouterRequest,
)
from service.edge.routers.core import SavedRouters
from service.edge.routers.rest import RestRouters
from service.routing.saved import document
from service.store.routers import Routers
from service.types.saved_router import SavedRouter
from tests.edge.model_scene import directory
from tests.edge.store_scene import NOW, Context, Kept, kept

PATH = "/router/v1/routers"


def variant(weight: float = 100, variant_id: str = "v", **members: Any) -> dict[str, Any]:
    """A variant whose model is served."""
    return {
        "variant": {"variant_id": variant_id, "model_id": "first/big-1-0601", **members},
        "weight": weight,
    }


def route(*variants: dict[str, Any], route_id: str = "d") -> dict[str, Any]:
    return {"route_id": route_id, "variants": list(variants or [variant()])}


def router(name: str = "mine", **members: Any) -> dict[str, Any]:
    """A router that sends everything to one variant; a member that is None is left out."""
    whole = {"name": name, "default_route": route(), **members}
    return {key: value for key, value in whole.items() if value is not None}


def saved(name: str = "mine", **members: Any) -> SavedRouter:
    """The same as the service reads it."""
    return document.read(json.dumps(router(name, **members)).encode())


class Answer:
    """What a call was answered over HTTP."""

    def __init__(self, status: int, data: bytes) -> None:
        self.status = status
        self.body: dict[str, Any] = json.loads(data)

    @property
    def reason(self) -> str:
        """The stable word for a failure."""
        reason: str = self.body["details"][0]["reason"]
        return reason

    @property
    def fields(self) -> list[str]:
        """The paths of what is wrong."""
        return [each["field"] for each in self.body["details"][1]["field_violations"]]


class Doors:
    """A worker's doors; `later()` is when the next write is made."""

    def __init__(self, store: Kept, files: dict[str, SavedRouter]) -> None:
        self.store = store
        self.files = files
        self.clock = NOW
        numbers = itertools.count(1)
        self.routers = SavedRouters(
            Routers(store.database),
            store.watch,
            files=lambda: self.files,
            directory=directory,
            clock=lambda: self.clock,
            token=lambda: f"op{next(numbers)}",
            pause=self._pause,
        )
        self.pauses: list[float] = []
        self.rest = RestRouters(self.routers, None)  # type: ignore[arg-type] # simulations have tests of their own

    async def create(self, body: Any, query: str = "") -> Answer:
        return await self._call(self.rest.CreateRouter, HttpBody(data=_bytes(body)), query)

    async def get(self, name: str, query: str = "") -> Answer:
        return await self._call(self.rest.GetRouter, RestRouterRequest(name=name), query)

    async def list(self, query: str = "") -> Answer:
        return await self._call(self.rest.ListRouters, Empty(), query)

    async def update(self, name: str, body: Any, mask: str = "", if_match: str | None = None) -> Answer:
        request = RestRouterBodyRequest(name=name, http_body=HttpBody(data=_bytes(body)))
        query = f"update_mask={mask}" if mask else ""
        return await self._call(self.rest.UpdateRouter, request, query, if_match)

    async def delete(self, name: str, query: str = "", if_match: str | None = None) -> Answer:
        return await self._call(self.rest.DeleteRouter, RestRouterRequest(name=name), query, if_match)

    async def operation(self, name: str) -> Answer:
        return await self._call(self.rest.GetOperation, RestOperationRequest(name=name), "")

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def _call(
        self,
        method: Callable[[Any, Any], Awaitable[Any]],
        request: Any,
        query: str,
        if_match: str | None = None,
    ) -> Answer:
        headers = {} if if_match is None else {"if-match": if_match}
        context = Context(f"{PATH}?{query}", **headers)
        body = await method(request, context)
        assert body.content_type == "application/json"
        return Answer(context.http_status, body.data)


def run(
    folder: Path, do: Callable[[Doors], Awaitable[None]], files: dict[str, SavedRouter] | None = None
) -> None:
    """Does something with doors over a store of its own."""

    async def running() -> None:
        async with kept(folder) as store:
            await do(Doors(store, files or {}))

    asyncio.run(running())


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
