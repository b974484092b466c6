"""The doors of experiments over a store in a file, and calls of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc

from pointsman.v1 import rest_experiment_service_pb2
from service.edge.experiments.grpc import GrpcExperiments
from service.edge.experiments.rest import RestExperiments
from service.edge.experiments.statistics import RouterStatistics
from service.store.database import Database
from service.store.feedback import Feedback
from service.store.requests import Requests, StoredRequest
from service.types.saved_router import (
    Condition,
    ConditionalRoute,
    Route,
    SavedRouter,
    Variant,
    WeightedVariant,
)
from tests.store.engines import opened
from tests.store.request_rows import NOW

STATS = "/router/v1/routers/r/stats"


class Context:
    """A call, and what it was answered beside a body."""

    def __init__(self, address: str = "") -> None:
        self._address = address
        self.headers: dict[str, Any] = {}
        self.status: tuple[grpc.StatusCode, str] | None = None

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("x-envoy-original-path", self._address),)

    async def send_initial_metadata(self, headers: tuple[tuple[str, str], ...]) -> None:
        self.headers |= dict(headers)

    def set_trailing_metadata(self, headers: tuple[tuple[str, Any], ...]) -> None:
        self.headers |= dict(headers)

    async def abort(self, code: grpc.StatusCode, message: str) -> None:
        self.status = (code, message)


class Doors:
    """Both doors of an installation, whose clock stands."""

    def __init__(self, database: Database, routers: Mapping[str, SavedRouter]) -> None:
        self.database = database
        statistics = RouterStatistics(database, routers.get)
        feedback = Feedback(database, lambda: NOW)
        self.rest = RestExperiments(statistics, feedback)
        self.grpc = GrpcExperiments(statistics, feedback)

    async def wrote(self, rows: Sequence[StoredRequest]) -> None:
        await Requests(self.database).add(rows)

    async def stats(self, query: str = "", name: str = "r") -> Any:
        """The status, 200 unless another is told, and the body."""
        context: Any = Context(f"/router/v1/routers/{name}/stats?{query}")
        named = rest_experiment_service_pb2.RestRouterStatsRequest(name=name)
        body = await self.rest.GetRouterStats(named, context)
        return int(context.headers.get("x-http-status", 200)), json.loads(body.data)

    async def feedback(self, body: Any, query: str = "") -> Any:
        """The same of feedback; bytes are sent as they are."""
        from google.api import httpbody_pb2

        context: Any = Context(f"/v1/feedback?{query}")
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = await self.rest.CreateFeedback(httpbody_pb2.HttpBody(data=data), context)
        return int(context.headers.get("x-http-status", 200)), json.loads(answer.data)


def router(**routes: Sequence[str]) -> SavedRouter:
    """A router `r` with conditional routes; the one named `default` is its default."""

    def made(route_id: str, variants: Sequence[str]) -> Route:
        models = [Variant(variant_id=each, model_id="acme/one") for each in variants]
        return Route(route_id=route_id, variants=[WeightedVariant(variant=each, weight=1) for each in models])

    default = routes.pop("default", None)
    condition = Condition(cel_expression="true")
    return SavedRouter(
        name="r",
        routes=[
            ConditionalRoute(route=made(name, variants), condition=condition)
            for name, variants in routes.items()
        ],
        default_route=None if default is None else made("default", default),
    )


def with_doors(
    folder: Path, play: Callable[[Doors], Awaitable[None]], *routers: SavedRouter, url: str | None = None
) -> None:
    """Plays with the doors of a new store."""

    async def playing() -> None:
        async with opened(url, folder) as database:
            await play(Doors(database, {each.name: each for each in routers}))

    asyncio.run(playing())
