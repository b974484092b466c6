"""The REST door of saved routers. Members may come in either spelling; query strings are read strictly."""

from collections.abc import Awaitable, Callable
from typing import Any

from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from pointsman.v1 import rest_router_service_pb2, rest_router_service_pb2_grpc
from service.edge import error_shapes, json_answer, own_query
from service.edge.call_context import Context
from service.edge.routers import if_match, operations, paging
from service.edge.routers.core import SavedRouters
from service.edge.routers.shown import printed
from service.edge.routers.simulation import Simulator

_Body = httpbody_pb2.HttpBody
_Named = rest_router_service_pb2.RestRouterRequest
_WithBody = rest_router_service_pb2.RestRouterBodyRequest
_MASK = ("update_mask", "updateMask")
_Make = Callable[[dict[str, str]], Awaitable[dict[str, Any]]]


class RestRouters(rest_router_service_pb2_grpc.RestRouterServiceServicer):
    """Saved routers as JSON."""

    def __init__(self, routers: SavedRouters, simulator: Simulator) -> None:
        self._routers = routers
        self._simulator = simulator

    async def CreateRouter(self, request: _Body, context: Context) -> _Body:  # noqa: N802 - the RPC's name
        """Answers `POST /router/v1/routers`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            own_query.check(given)
            return operations.as_json(await self._routers.create(request.data))

        return await _answer(context, make)

    async def ListRouters(self, _: empty_pb2.Empty, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /router/v1/routers`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            size, token = own_query.check(given, ("page_size", "pageSize"), ("page_token", "pageToken"))
            page = await self._routers.list(paging.size_in(size), token)
            return {"routers": [printed(each) for each in page.routers], "nextPageToken": page.next_token}

        return await _answer(context, make)

    async def GetRouter(self, request: _Named, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /router/v1/routers/{name}`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            own_query.check(given)
            return printed(await self._routers.get(request.name))

        return await _answer(context, make)

    async def UpdateRouter(self, request: _WithBody, context: Context) -> _Body:  # noqa: N802
        """Answers `PATCH /router/v1/routers/{name}`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            (mask,) = own_query.check(given, _MASK)
            data = request.http_body.data
            etag = if_match.wanted(context)
            return operations.as_json(await self._routers.update(request.name, data, mask, etag))

        return await _answer(context, make, lists=_MASK)

    async def DeleteRouter(self, request: _Named, context: Context) -> _Body:  # noqa: N802
        """Answers `DELETE /router/v1/routers/{name}`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            (etag,) = own_query.check(given, ("etag",))
            await self._routers.delete(request.name, if_match.agreed(etag, if_match.wanted(context)))
            return {}

        return await _answer(context, make)

    async def SimulateRouter(self, request: _WithBody, context: Context) -> _Body:  # noqa: N802
        """Answers `POST /router/v1/routers/{name}:simulate`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            own_query.check(given)
            return await self._simulator.simulate(request.name, request.http_body.data)

        return await _answer(context, make)

    async def GetOperation(  # noqa: N802
        self, request: rest_router_service_pb2.RestOperationRequest, context: Context
    ) -> _Body:
        """Answers `GET /lro/v1alpha/{name}`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            own_query.check(given)
            return operations.as_json(await self._routers.operation(request.name))

        return await _answer(context, make)


async def _answer(context: Context, make: _Make, lists: tuple[str, ...] = ()) -> _Body:
    return await json_answer.answer_awaited(context, error_shapes.status, make, lists)
