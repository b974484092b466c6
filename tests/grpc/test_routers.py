"""RouterService and KeyService by generated stubs, through Envoy: keys, what they permit, what asks nobody.

What routers may be and how they are served is tested at both doors in `tests/routers`.
"""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.longrunning.operations_pb2 import GetOperationRequest
from google.protobuf import json_format

from pointsman.v1.chat_completion_request_pb2 import ChatCompletionRequest
from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from pointsman.v1.key_service_pb2 import CreateKeyRequest, ListKeysRequest, RevokeKeyRequest
from pointsman.v1.key_service_pb2_grpc import KeyServiceStub
from pointsman.v1.message_pb2 import Message
from pointsman.v1.role_pb2 import ROLE_USER
from pointsman.v1.router_pb2 import Router
from pointsman.v1.router_service_pb2 import (
    CreateRouterRequest,
    DeleteRouterRequest,
    ExplainRouterRequest,
    GetRouterRequest,
    ListRoutersRequest,
    SimulateRouterRequest,
)
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from tests.grpc.callers import SECONDS, AddKey, failure
from tests.running import Pointsman, eventually

HI = Message(role=ROLE_USER, content="Hi")
MINE = json_format.ParseDict(
    {
        "name": "typed",
        "default_route": {
            "route_id": "d",
            "variants": [
                {"weight": 60, "variant": {"variant_id": "a", "model_id": "fake/hello"}},
                {"weight": 40, "variant": {"variant_id": "b", "model_id": "fake/hello"}},
            ],
        },
    },
    Router(),
)


@pytest.fixture(scope="module")
def bare(pointsman: Pointsman) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(pointsman.address) as channel:
        yield channel


@pytest.fixture(scope="module")
def channel(bare: grpc.Channel) -> grpc.Channel:
    return grpc.intercept_channel(bare, AddKey())


@pytest.fixture(scope="module")
def routers(channel: grpc.Channel) -> Iterator[Any]:
    """The stub, and a router that is there."""
    stub: Any = RouterServiceStub(channel)
    stub.CreateRouter(CreateRouterRequest(router=MINE), timeout=SECONDS)
    yield stub
    stub.DeleteRouter(DeleteRouterRequest(name="typed"), timeout=SECONDS)


def refused(call: Any, request: Any, key: str | None = None) -> grpc.StatusCode:
    metadata = (("authorization", f"Bearer {key}"),) if key else ()
    with pytest.raises(grpc.RpcError) as failed:
        call(request, metadata=metadata, timeout=SECONDS)
    return failure(failed.value).code


def test_an_operation_is_polled(routers: Any) -> None:
    other = Router(name="polled", default_route=MINE.default_route)
    operation = routers.CreateRouter(CreateRouterRequest(router=other), timeout=SECONDS)

    polled = [
        routers.GetOperation(GetOperationRequest(name=operation.name), timeout=SECONDS) for _ in range(4)
    ]

    assert polled == [operation] * 4
    routers.DeleteRouter(DeleteRouterRequest(name="polled"), timeout=SECONDS)


def test_an_explanation(routers: Any, channel: grpc.Channel) -> None:
    chat = ChatCompletionRequest(model="inworld/typed", messages=[HI], user="u")
    stub: Any = ChatCompletionServiceStub(channel)

    told = routers.ExplainRouter(ExplainRouterRequest(name="typed", request=chat), timeout=SECONDS)
    same = routers.ExplainRouter(ExplainRouterRequest(router=MINE, request=chat), timeout=SECONDS)
    plain = stub.ExplainChatCompletion(chat, timeout=SECONDS)

    assert (told.router, told.route_id) == ("typed", "d")
    assert told.variant_id in {"a", "b"}
    assert told == same == plain
    assert [each.model for each in told.candidates] == ["fake/hello"]


def test_a_simulation(routers: Any) -> None:
    told = routers.SimulateRouter(SimulateRouterRequest(name="typed", users=500), timeout=SECONDS)

    (route,) = told.routes
    assert (told.users, route.users, route.share) == (500, 500, 1)
    assert [each.share for each in route.variants] == pytest.approx([0.6, 0.4], abs=0.1)


def test_without_a_key(bare: grpc.Channel) -> None:
    routers: Any = RouterServiceStub(bare)
    keys: Any = KeyServiceStub(bare)

    assert refused(routers.ListRouters, ListRoutersRequest()) is grpc.StatusCode.UNAUTHENTICATED
    assert refused(keys.ListKeys, ListKeysRequest()) is grpc.StatusCode.UNAUTHENTICATED


def test_a_key_permits_what_it_says(routers: Any, channel: grpc.Channel, bare: grpc.Channel) -> None:
    keys: Any = KeyServiceStub(channel)
    made = keys.CreateKey(CreateKeyRequest(name="reader", permissions=["routers.read"]), timeout=SECONDS)
    stub: Any = RouterServiceStub(bare)
    holder = (("authorization", f"Bearer {made.secret}"),)

    shown = stub.GetRouter(GetRouterRequest(name="typed"), metadata=holder, timeout=SECONDS)

    assert shown == routers.GetRouter(GetRouterRequest(name="typed"), timeout=SECONDS)
    denied = grpc.StatusCode.PERMISSION_DENIED
    assert refused(stub.CreateRouter, CreateRouterRequest(router=MINE), made.secret) is denied
    assert refused(stub.DeleteRouter, DeleteRouterRequest(name="typed"), made.secret) is denied
    foreign: Any = KeyServiceStub(bare)
    assert refused(foreign.ListKeys, ListKeysRequest(), made.secret) is denied
    assert made.key in keys.ListKeys(ListKeysRequest(), timeout=SECONDS).keys

    revoked = keys.RevokeKey(RevokeKeyRequest(id=made.key.id), timeout=SECONDS)

    assert revoked.HasField("revoke_time")
    eventually(lambda: _is_out(stub, holder))


def _is_out(stub: Any, holder: tuple[tuple[str, str], ...]) -> bool:
    try:
        stub.ListRouters(ListRoutersRequest(), metadata=holder, timeout=SECONDS)
    except grpc.RpcError as error:
        return failure(error).code is grpc.StatusCode.UNAUTHENTICATED
    return False
