"""Simulations: how a router shares users out."""

import asyncio
import json
from typing import Any

import pytest
from google.protobuf import json_format

from pointsman.v1.chat_completion_request_pb2 import ChatCompletionRequest
from pointsman.v1.router_pb2 import Router
from pointsman.v1.router_service_pb2 import SimulateRouterRequest
from pointsman.v1.routing_options_pb2 import RoutingOptions
from service.edge.routers.simulation import Simulator
from service.errors import FailedPrecondition, InvalidRequest, NotFound, NotServed, Unavailable
from service.routing.saved import document
from service.routing.saved.book import RouterBook
from tests.edge.routers.scene import route, router, saved, variant
from tests.edge.store_scene import NOW

HALVES = route(variant(50, variant_id="a"), variant(50, variant_id="b"))
GOLD = {"condition": {"cel_expression": 'tier == "gold"'}, "route": route(route_id="gold")}
MINE = saved("mine", routes=[GOLD], default_route=HALVES)
NO_DEFAULT = saved("bare", routes=[GOLD], default_route=None)
BOOK = RouterBook.of(
    {each.name: document.write(each) for each in (MINE, NO_DEFAULT)} | {"broken": b'{"name": "broken"}'}
)


async def _nothing_new() -> bool:
    return True


def simulate(name: str, body: Any = None, simulator: Simulator | None = None) -> dict[str, Any]:
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    simulator = simulator or Simulator(lambda: BOOK, _nothing_new, lambda: NOW)
    return asyncio.run(simulator.simulate(name, data))


def test_without_a_body() -> None:
    told = simulate("mine")

    assert (told["users"], told["unmatched"]) == (1000, 0)
    gold, rest = told["routes"]
    assert gold == {
        "route_id": "gold",
        "users": 0,
        "share": 0.0,
        "variants": [{"variant_id": "v", "weight": 100, "users": 0, "share": 0.0}],
    }
    assert (rest["route_id"], rest["users"], rest["share"]) == ("d", 1000, 1.0)
    assert [each["variant_id"] for each in rest["variants"]] == ["a", "b"]
    assert sum(each["users"] for each in rest["variants"]) == 1000
    assert all(each["share"] == each["users"] / 1000 for each in rest["variants"])
    assert all(each["share"] == pytest.approx(0.5, abs=0.08) for each in rest["variants"])
    assert simulate("inworld/mine", {}) == told


def test_the_chat_of_the_users() -> None:
    gold = {"extra_body": {"metadata": {"tier": "gold"}}}

    assert simulate("mine", {"users": 3, "request": gold})["routes"][0]["users"] == 3
    assert simulate("bare", {"users": 3, "request": gold})["unmatched"] == 0
    assert simulate("bare", {"users": 3})["unmatched"] == 3


def test_a_document_instead() -> None:
    told = simulate("none", {"users": 5, "router": {"defaultRoute": HALVES}})

    assert [each["route_id"] for each in told["routes"]] == ["d"]


def test_the_largest() -> None:
    assert simulate("mine", {"users": 100_000})["users"] == 100_000


FAULTS: dict[str, tuple[Any, list[str]]] = {
    "no users": ({"users": 0}, ["users"]),
    "too many": ({"users": 100_001}, ["users"]),
    "unknown members": ({"user": 5}, ["user"]),
    "no object": ([], [""]),
    "no JSON": (b"{", [""]),
    "all parts at once": (
        {"router": {"colour": 1, "default_route": HALVES}, "request": {"temperature": 9, "messages": []}},
        ["router.colour", "request.messages", "request.temperature"],
    ),
    "parts that are no objects": ({"router": 5, "request": []}, ["router", "request"]),
    "a document that means nothing": ({"router": {"name": "x"}}, ["router"]),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str) -> None:
    body, at = FAULTS[case]

    with pytest.raises(InvalidRequest) as refused:
        simulate("mine", body)

    assert [each.field for each in refused.value.violations] == at


def test_what_nothing_serves_is_told_by_its_place() -> None:
    with pytest.raises(NotServed) as refused:
        simulate("mine", {"request": {"web_search": {"max_results": 1}}})

    assert refused.value.fields == ("request.web_search",)


def test_routers_that_are_not_there() -> None:
    with pytest.raises(NotFound, match="none"):
        simulate("none")
    with pytest.raises(FailedPrecondition, match="broken"):
        simulate("broken")


def test_a_router_that_was_saved_elsewhere() -> None:
    books = [RouterBook.of({}), BOOK]
    looks = 0

    async def refresh() -> bool:
        nonlocal looks
        looks += 1
        return looks < 3

    simulator = Simulator(lambda: books[min(looks, 1)], refresh, lambda: NOW)

    assert simulate("mine", {"users": 1}, simulator)["users"] == 1
    with pytest.raises(NotFound):
        simulate("none", {}, simulator)
    assert looks == 2
    with pytest.raises(Unavailable):
        simulate("none", {}, simulator)


def typed(**members: Any) -> Any:
    request = SimulateRouterRequest(**members)
    return asyncio.run(Simulator(lambda: BOOK, _nothing_new, lambda: NOW).typed(request))


def test_typed() -> None:
    told = typed(name="mine", users=1000)

    assert json_format.MessageToDict(
        told, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    ) == simulate("mine")
    gold = RoutingOptions(metadata_json='{"tier": "gold"}')
    assert typed(name="mine", users=2, request=ChatCompletionRequest(routing=gold)).routes[0].share == 1
    inline = json_format.ParseDict(router("x"), Router())
    assert [each.route_id for each in typed(router=inline).routes] == ["d"]


@pytest.mark.parametrize(
    ("members", "at"),
    [
        ({}, ["name"]),
        ({"name": "mine", "users": 0}, ["users"]),
        ({"router": Router(name="x")}, ["router"]),
        (
            {"name": "mine", "request": ChatCompletionRequest(routing=RoutingOptions(sort=["x"]))},
            ["request.routing.sort[0]"],
        ),
    ],
)
def test_typed_faults(members: dict[str, Any], at: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        typed(**members)

    assert [each.field for each in refused.value.violations] == at
