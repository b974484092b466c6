"""RouterService: saved routers for generated stubs. What it reads and writes is what the REST door does."""

from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

from pointsman.v1 import explanation_pb2, router_pb2, router_service_pb2, router_service_pb2_grpc
from service.edge.call_context import Context
from service.edge.caller import caller_of
from service.edge.grpc_answer import answer
from service.edge.routers import operations, paging, typed
from service.edge.routers.core import SavedRouters
from service.edge.routers.explaining import Explainer
from service.edge.routers.simulation import Simulator
from service.errors import InvalidRequest, Violation

_Operation = operations_pb2.Operation


class GrpcRouters(router_service_pb2_grpc.RouterServiceServicer):
    """The typed door of saved routers."""

    def __init__(self, routers: SavedRouters, simulator: Simulator, explainer: Explainer) -> None:
        self._routers = routers
        self._simulator = simulator
        self._explainer = explainer

    async def CreateRouter(  # noqa: N802 - the RPC's name
        self, request: router_service_pb2.CreateRouterRequest, context: Context
    ) -> _Operation:
        """Saves a new router."""

        async def make() -> _Operation:
            return operations.as_message(await self._routers.create(typed.document(request.router)))

        return await answer(context, make)

    async def GetRouter(  # noqa: N802
        self, request: router_service_pb2.GetRouterRequest, context: Context
    ) -> router_pb2.Router:
        """Gives a router."""

        async def make() -> router_pb2.Router:
            return typed.router(await self._routers.get(_required(request.name, "name")))

        return await answer(context, make)

    async def ListRouters(  # noqa: N802
        self, request: router_service_pb2.ListRoutersRequest, context: Context
    ) -> router_service_pb2.ListRoutersResponse:
        """Lists a page of routers."""

        async def make() -> router_service_pb2.ListRoutersResponse:
            page = await self._routers.list(paging.size_of(request.page_size), request.page_token)
            return router_service_pb2.ListRoutersResponse(
                routers=[typed.router(each) for each in page.routers], next_page_token=page.next_token
            )

        return await answer(context, make)

    async def UpdateRouter(  # noqa: N802
        self, request: router_service_pb2.UpdateRouterRequest, context: Context
    ) -> _Operation:
        """Changes a router."""

        async def make() -> _Operation:
            name = _required(request.router.name, "router.name")
            data, mask = typed.document(request.router), ",".join(request.update_mask.paths)
            return operations.as_message(await self._routers.update(name, data, mask))

        return await answer(context, make)

    async def DeleteRouter(  # noqa: N802
        self, request: router_service_pb2.DeleteRouterRequest, context: Context
    ) -> empty_pb2.Empty:
        """Deletes a router."""

        async def make() -> empty_pb2.Empty:
            await self._routers.delete(_required(request.name, "name"), request.etag)
            return empty_pb2.Empty()

        return await answer(context, make)

    async def GetOperation(  # noqa: N802
        self, request: operations_pb2.GetOperationRequest, context: Context
    ) -> _Operation:
        """Gives an operation again."""

        async def make() -> _Operation:
            return operations.as_message(await self._routers.operation(request.name))

        return await answer(context, make)

    async def ExplainRouter(  # noqa: N802
        self, request: router_service_pb2.ExplainRouterRequest, context: Context
    ) -> explanation_pb2.Explanation:
        """Tells what a router would do with a chat."""

        async def make() -> explanation_pb2.Explanation:
            return await self._explainer.typed(request, caller_of(context).session_id)

        return await answer(context, make)

    async def SimulateRouter(  # noqa: N802
        self, request: router_service_pb2.SimulateRouterRequest, context: Context
    ) -> router_service_pb2.SimulateRouterResponse:
        """Tells how a router shares users out."""

        async def make() -> router_service_pb2.SimulateRouterResponse:
            return await self._simulator.typed(request)

        return await answer(context, make)


def _required(name: str, field: str) -> str:
    """A name that says something. Raises `InvalidRequest`."""
    if not name:
        raise InvalidRequest([Violation(field, "is required")])
    return name
