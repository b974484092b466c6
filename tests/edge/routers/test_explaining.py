"""Explanations of chats that name a saved router, or bring one along, at both doors."""

import asyncio
import json
from typing import Any

import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf import json_format
from grpc import StatusCode

from pointsman.v1.chat_completion_request_pb2 import ChatCompletionRequest
from pointsman.v1.message_pb2 import Message
from pointsman.v1.role_pb2 import ROLE_ASSISTANT, ROLE_SYSTEM, ROLE_USER
from pointsman.v1.router_pb2 import Router as TypedRouter
from pointsman.v1.router_service_pb2 import ExplainRouterRequest
from pointsman.v1.routing_options_pb2 import RoutingOptions
from service.admission import identity
from service.dispatch.dispatcher import Dispatcher
from service.edge.chat_call import ChatState
from service.edge.rest_explain import RestExplain
from service.edge.routers.explaining import Explainer
from service.edge.routers.grpc import GrpcRouters
from service.errors import PointsmanError
from service.routing.router import Router
from service.routing.saved import document
from service.routing.saved.book import RouterBook
from service.settings import StreamSettings
from service.types.routing_settings import RoutingSettings
from tests.edge.model_scene import directory
from tests.edge.routers.scene import Answer, route, router, saved, variant
from tests.edge.store_scene import NOW, Context
from tests.routing.scene import Health

GOLD = {
    "condition": {"cel_expression": 'tier == "gold"'},
    "route": route(variant(model_id="big-1"), route_id="gold"),
}
TEMPLATES = [
    {"role": "system", "content_items": [{"text": "For {{brand}}."}, {"text": "Be brief."}]},
    {"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "args": "{}"}]},
    {"role": "tool", "tool_call_id": "c", "content": "4"},
]
MEMBERS: dict[str, Any] = {"routes": [GOLD], "default_route": route(variant(message_templates=TEMPLATES))}
PROMPT = [
    {
        "role": "system",
        "content": [{"type": "text", "text": "For Acme."}, {"type": "text", "text": "Be brief."}],
    },
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    },
    {"role": "tool", "content": "4", "tool_call_id": "c"},
]
CHAT: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hi"}],
    "extra_body": {"prompt_variables": {"brand": "Acme"}},
}
NOTHING: Any = None  # these calls do without


class World:
    """What is served; `later` are routers that are known once they were looked for."""

    def __init__(self, later: bool = False) -> None:
        mine, bare = saved(**MEMBERS), saved("bare", routes=[GOLD], default_route=None)
        full = RouterBook.of({each.name: document.write(each) for each in (mine, bare)})
        self.book = RouterBook.of({}) if later else full
        self.looks = 0

        async def refresh() -> bool:
            self.looks += 1
            self.book = full
            return True

        planner = Router(
            directory(),
            Health(),
            RoutingSettings(explore=0.0),
            clock=lambda: NOW,
            draw=lambda: 0.5,
            book=lambda: self.book,
        )
        dispatcher: Dispatcher = None  # type: ignore[assignment] # nobody is asked
        self.state = ChatState(
            directory=directory(),
            router=planner,
            dispatcher=dispatcher,
            streaming=StreamSettings(),
            refresh=refresh,
        )

    def rest(self, body: Any) -> Answer:
        context: Any = Context()
        request = HttpBody(data=json.dumps(body).encode())
        answer = asyncio.run(RestExplain(lambda: self.state).Explain(request, context))
        return Answer(context.http_status, answer.data)

    def typed(self, context: Any, **members: Any) -> Any:
        door = GrpcRouters(NOTHING, NOTHING, Explainer(lambda: self.state))
        return asyncio.run(door.ExplainRouter(ExplainRouterRequest(**members), context))


def test_a_saved_router() -> None:
    told = World().rest({"model": "inworld/mine", **CHAT}).body

    assert (told["requested"], told["reading"]) == ("inworld/mine", "pinned")
    assert (told["router"], told["route_id"], told["variant_id"]) == ("mine", "d", "v")
    assert told["prompt"] == PROMPT
    assert [each["route_id"] for each in told["unmatched"]] == ["gold"]
    assert "tier" in told["unmatched"][0]["reason"]
    assert [each["model"] for each in told["candidates"]] == ["first/big-1-0601"]


def test_a_router_that_is_brought_along() -> None:
    world = World()
    saved_one = world.rest({"model": "inworld/mine", **CHAT}).body

    for model in ({}, {"model": "inworld/mine"}, {"model": "nobody/has"}):
        assert world.rest({"router": router(**MEMBERS), **model, **CHAT}).body == saved_one


def test_another_route() -> None:
    chat = CHAT | {"extra_body": {"metadata": {"tier": "gold"}}}

    told = World().rest({"model": "inworld/mine", **chat}).body

    assert (told["route_id"], told["prompt"], told["unmatched"]) == ("gold", [], [])
    assert [each["model"] for each in told["candidates"]] == ["first/big-1-0601", "second/Acme/Big-1"]


def test_no_route() -> None:
    answer = World().rest({"model": "inworld/bare", **CHAT})

    told = answer.body
    assert (answer.status, told["router"], told["route_id"], told["reading"]) == (200, "bare", None, "")
    assert [each["route_id"] for each in told["unmatched"]] == ["gold"]
    assert told["candidates"] == []


def test_a_model() -> None:
    told = World().rest({"model": "big-1", "router": None, **CHAT}).body

    assert (told["router"], told["route_id"], told["variant_id"]) == (None, None, None)
    assert (told["prompt"], told["unmatched"]) == (None, [])


def test_who_may_only_chat_is_told_where_he_is_sent() -> None:
    shown = {}
    for permission in ("chat", "routers.read"):
        token = identity.caller.set(identity.Identity("key-1", "him", frozenset({permission})))
        try:
            shown[permission] = World().rest({"model": "inworld/mine", **CHAT}).body
        finally:
            identity.caller.reset(token)

    assert (shown["chat"]["prompt"], shown["chat"]["unmatched"]) == (None, [])
    assert shown["chat"]["variant_id"] == "v"
    assert shown["routers.read"]["prompt"] == PROMPT


def test_a_router_that_was_saved_elsewhere() -> None:
    world = World(later=True)

    assert world.rest({"model": "inworld/mine", **CHAT}).status == 200
    none = world.rest({"model": "inworld/none", **CHAT})
    assert (none.status, none.reason, none.fields) == (400, "MODEL_NOT_FOUND", ["model"])
    assert world.looks == 2


FAULTS: dict[str, tuple[Any, list[str]]] = {
    "no object": ([], [""]),
    "no router": ({"router": 5, **CHAT}, ["router"]),
    "all parts at once": (
        {"router": router(colour=1), "messages": CHAT["messages"], "temperature": 9},
        ["router.colour", "temperature"],
    ),
    "without a name": ({"router": router(name=None), **CHAT}, ["router.name"]),  # type: ignore[arg-type]
    "a router that means nothing": ({"router": {"name": "x"}, **CHAT}, ["router"]),
    "a variable that is missing": (
        {"model": "inworld/mine", "messages": CHAT["messages"]},
        ["prompt_variables.brand"],
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str) -> None:
    body, at = FAULTS[case]

    refused = World().rest(body)

    assert (refused.status, refused.fields) == (400, at)


HI = ChatCompletionRequest(
    messages=[Message(role=ROLE_USER, content="Hi")],
    routing=RoutingOptions(prompt_variables={"brand": "Acme"}),
)


@pytest.mark.parametrize(
    "target",
    [
        {"name": "mine"},
        {"name": "inworld/mine"},
        {"router": json_format.ParseDict(router(**MEMBERS), TypedRouter())},
    ],
)
def test_typed(target: dict[str, Any]) -> None:
    told = World().typed(Context(), request=HI, **target)

    assert (told.router, told.route_id, told.variant_id) == ("mine", "d", "v")
    assert [each.route_id for each in told.unmatched] == ["gold"]
    system, call, result = told.prompt
    assert (system.role, [part.text for part in system.parts]) == (ROLE_SYSTEM, ["For Acme.", "Be brief."])
    assert (call.role, call.tool_calls[0].function.name) == (ROLE_ASSISTANT, "f")
    assert (result.content, result.tool_call_id) == ("4", "c")


TYPED_FAULTS: dict[str, tuple[dict[str, Any], StatusCode, str]] = {
    "nothing": ({}, StatusCode.INVALID_ARGUMENT, "name: "),
    "no such router": ({"name": "none"}, StatusCode.NOT_FOUND, "'none'"),
    "a faulty router": ({"router": TypedRouter(name="x")}, StatusCode.INVALID_ARGUMENT, "router: "),
    "a faulty chat": (
        {"name": "mine", "request": ChatCompletionRequest(temperature=9)},
        StatusCode.INVALID_ARGUMENT,
        "request.temperature: ",
    ),
    "a variable that is missing": (
        {"name": "mine", "request": ChatCompletionRequest(messages=HI.messages)},
        StatusCode.INVALID_ARGUMENT,
        "request.routing.prompt_variables.brand: ",
    ),
}


@pytest.mark.parametrize("case", TYPED_FAULTS)
def test_typed_faults(case: str) -> None:
    members, code, words = TYPED_FAULTS[case]
    context: Any = Context()

    with pytest.raises(PointsmanError):
        World().typed(context, **members)

    assert context.status[0] is code
    assert words in context.status[1]
