"""Saved routers at the typed door."""

from pathlib import Path
from typing import Any

import pytest
from google.longrunning.operations_pb2 import GetOperationRequest
from google.protobuf import json_format
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from pointsman.v1.router_operation_pb2 import RouterOperationMetadata
from pointsman.v1.router_pb2 import Router
from pointsman.v1.router_service_pb2 import (
    CreateRouterRequest,
    DeleteRouterRequest,
    GetRouterRequest,
    ListRoutersRequest,
    UpdateRouterRequest,
)
from service.edge.routers.grpc import GrpcRouters
from service.errors import InvalidRequest, PointsmanError
from tests.edge.routers.scene import Doors, route, router, run, saved, variant
from tests.edge.store_scene import NOW, Context


def typed(**members: Any) -> Router:
    return json_format.ParseDict(router(**members), Router())


def door_of(doors: Doors) -> GrpcRouters:
    nothing: Any = None
    return GrpcRouters(doors.routers, nothing, nothing)


def test_the_life_of_a_router(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        door, context = door_of(doors), _context()

        made = await door.CreateRouter(CreateRouterRequest(router=typed(display_name="Old")), context)

        metadata, response = RouterOperationMetadata(), Router()
        assert made.done
        assert made.metadata.Unpack(metadata)
        assert made.response.Unpack(response)
        assert (metadata.verb, metadata.router) == ("create", "mine")
        assert metadata.create_time.seconds == response.create_time.seconds == int(NOW)
        assert await door.GetRouter(GetRouterRequest(name="inworld/mine"), context) == response
        assert await door.GetOperation(GetOperationRequest(name=made.name), context) == made
        listed = await door.ListRouters(ListRoutersRequest(page_size=1), context)
        assert (list(listed.routers), listed.next_page_token) == ([response], "")
        changed = Router(name="mine", display_name="New", default_route=typed().default_route)
        updated = await door.UpdateRouter(
            UpdateRouterRequest(router=changed, update_mask=FieldMask(paths=["display_name"])), context
        )
        assert updated.response.Unpack(response)
        assert response.display_name == "New"
        written = await door.UpdateRouter(UpdateRouterRequest(router=response), context)
        assert written.done
        await door.DeleteRouter(DeleteRouterRequest(name="mine", etag=response.etag), context)
        assert not (await door.ListRouters(ListRoutersRequest(), context)).routers

    run(tmp_path, do)


def test_both_doors_show_the_same(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        body = router(default_route=route(variant(model_id="no-such", web_search={"max_results": 2})))
        made = (await doors.create(body)).body

        told = await door_of(doors).GetOperation(GetOperationRequest(name=made["name"]), _context())

        shown = json_format.MessageToDict(told, preserving_proto_field_name=True)
        assert shown["metadata"]["warnings"] == made["metadata"]["warnings"]
        assert len(shown["metadata"]["warnings"]) == 2
        assert shown["response"]["default_route"] == made["response"]["defaultRoute"]
        assert shown["response"]["etag"] == made["response"]["etag"]
        assert shown["response"]["update_time"] == "2027-01-15T08:00:00Z"

    run(tmp_path, do)


FAULTS: dict[str, tuple[str, Any, StatusCode]] = {
    "a faulty router": (
        "CreateRouter",
        CreateRouterRequest(router=Router(name="x")),
        StatusCode.INVALID_ARGUMENT,
    ),
    "a name that is taken": ("CreateRouter", CreateRouterRequest(router=typed()), StatusCode.ALREADY_EXISTS),
    "a file's": (
        "UpdateRouter",
        UpdateRouterRequest(router=Router(name="kept")),
        StatusCode.FAILED_PRECONDITION,
    ),
    "a mask of nothing": (
        "UpdateRouter",
        UpdateRouterRequest(router=typed(), update_mask=FieldMask(paths=["colour"])),
        StatusCode.INVALID_ARGUMENT,
    ),
    "an old one": (
        "UpdateRouter",
        UpdateRouterRequest(router=Router(name="mine", etag="0", display_name="x")),
        StatusCode.ABORTED,
    ),
    "an etag of another": ("DeleteRouter", DeleteRouterRequest(name="mine", etag="0"), StatusCode.ABORTED),
    "no router": ("GetRouter", GetRouterRequest(name="none"), StatusCode.NOT_FOUND),
    "no operation": ("GetOperation", GetOperationRequest(name="none"), StatusCode.NOT_FOUND),
    "no size": ("ListRouters", ListRoutersRequest(page_size=-1), StatusCode.INVALID_ARGUMENT),
    "no token": ("ListRouters", ListRoutersRequest(page_token="!"), StatusCode.INVALID_ARGUMENT),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(tmp_path: Path, case: str) -> None:
    method, request, code = FAULTS[case]

    async def do(doors: Doors) -> None:
        await doors.create(router())
        context = _context()
        with pytest.raises(PointsmanError):
            await getattr(door_of(doors), method)(request, context)
        assert context.status[0] is code

    run(tmp_path, do, {"kept": saved("kept")})


@pytest.mark.parametrize(
    ("method", "given", "field"),
    [
        ("GetRouter", GetRouterRequest(), "name"),
        ("DeleteRouter", DeleteRouterRequest(), "name"),
        ("UpdateRouter", UpdateRouterRequest(), "router.name"),
    ],
)
def test_without_a_name(tmp_path: Path, method: str, given: Any, field: str) -> None:
    async def do(doors: Doors) -> None:
        context = _context()
        with pytest.raises(InvalidRequest) as refused:
            await getattr(door_of(doors), method)(given, context)
        assert [each.field for each in refused.value.violations] == [field]
        assert context.status[0] is StatusCode.INVALID_ARGUMENT

    run(tmp_path, do)


def test_a_fault_of_ours(tmp_path: Path) -> None:
    async def do(doors: Doors) -> None:
        def broken() -> Any:
            raise RuntimeError("secret")

        doors.routers._directory = broken
        context = _context()
        with pytest.raises(PointsmanError):
            await door_of(doors).CreateRouter(CreateRouterRequest(router=typed()), context)
        assert context.status == (StatusCode.INTERNAL, "Internal error")
        assert (await doors.create(router())).status == 500

    run(tmp_path, do)


def _context() -> Any:
    return Context()
