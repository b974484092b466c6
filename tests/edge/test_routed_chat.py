"""A chat through a saved router: what is told of it, and routers that were made elsewhere just now."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.dispatch.dispatcher import Dispatcher
from service.edge import openai_json, typed_answer
from service.edge.chat_call import ChatCall, ChatState
from service.edge.typed_request import rename
from service.errors import PointsmanError
from service.health.health import Health
from service.routing.router import Router
from service.routing.saved.book import EMPTY, RouterBook
from service.settings import MediaSettings, StreamSettings
from service.telemetry.record import RequestRecord
from service.types.metadata import Metadata
from service.types.routing_settings import RoutingSettings
from service.upstream.client import UpstreamClient
from service.upstream.media import MediaFetcher
from tests.routing.saved.routers import route, saved, variant, when
from tests.routing.scene import row, world
from tests.upstream.calling import LIMITS, run
from tests.upstreams.fake_vendor import FakeVendor, hello

ROUTER = saved(
    routes=[when("tier == 'gold'", route("gold", variant("best", model_id="one/hello")))], default_route=None
)
LOST = saved(default_route=route("default", variant("lost", model_id="nobody/x")))


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        vendor.script("hello", hello)
        yield vendor


class Shop:
    """A worker whose snapshot has no router until it is refreshed; `stored` is what it finds then.

    `reachable` is whether it can look at all.
    """

    reachable = True

    def __init__(self, stored: RouterBook) -> None:
        self.stored = stored
        self.book = EMPTY
        self.refreshed = 0

    async def refresh(self) -> bool:
        self.refreshed += 1
        self.book = self.stored
        return self.reachable


def _ask(vendor: FakeVendor, shop: Shop, model: str) -> tuple[Metadata | None, RequestRecord]:
    records: list[RequestRecord] = []
    body = {
        "model": model,
        "messages": [{"role": "user", "content": "Hi"}],
        "extra_body": {"metadata": {"tier": "gold"}},
    }

    async def play() -> Metadata | None:
        client, health, routing = UpstreamClient(), Health(600, 300), RoutingSettings()
        directory = world(row("one/hello"), providers={"one": {"base_url": vendor.base_url}})
        router = Router(
            directory, health, routing, clock=lambda: 0.0, draw=lambda: 0.5, book=lambda: shop.book
        )
        dispatcher = Dispatcher(
            directory.providers,
            upstream=client,
            media=MediaFetcher(MediaSettings()),
            limits=LIMITS,
            routing=routing,
            health=health,
            observe=health.fold,
            running=set(),
        )
        state = ChatState(
            directory=directory,
            router=router,
            dispatcher=dispatcher,
            streaming=StreamSettings(),
            refresh=shop.refresh,
        )
        try:
            async with ChatCall(state, door="test", request_id=None, record=records.append) as call:
                try:
                    await call.open(json.dumps(body).encode())
                    account = (await call.whole()).metadata
                except PointsmanError as error:
                    call.fail(error)
                    return None
                call.answered()
                return account
        finally:
            await asyncio.sleep(0)
            await client.aclose()

    found: list[Any] = []

    async def keep() -> None:
        found.append(await play())

    run(keep())
    (record,) = records
    return found[0], record


def test_a_router_that_was_made_elsewhere_is_found(vendor: FakeVendor) -> None:
    shop = Shop(RouterBook.of({}, {"desk": ROUTER}))

    account, record = _ask(vendor, shop, "inworld/desk")

    assert shop.refreshed == 1
    assert account is not None
    assert (account.route_id, account.variant_id) == ("gold", "best")
    assert account.reasoning == (
        "Using specified model: 'one/hello', by variant 'best' of route 'gold' of router 'desk' - success"
    )
    assert (record.router, record.route_id, record.variant_id) == ("desk", "gold", "best")
    assert (record.requested_model, record.model) == ("inworld/desk", "one/hello")


def test_one_that_is_nowhere_is_looked_for_once(vendor: FakeVendor) -> None:
    shop = Shop(EMPTY)

    account, record = _ask(vendor, shop, "inworld/desk")

    assert (account, shop.refreshed) == (None, 1)
    assert (record.error_type, record.http_status, record.router) == ("model_not_found", 400, None)


def test_one_that_cannot_be_looked_for_may_be_there(vendor: FakeVendor) -> None:
    shop = Shop(EMPTY)
    shop.reachable = False

    account, record = _ask(vendor, shop, "inworld/desk")

    assert account is None
    assert (record.error_type, record.http_status) == ("unavailable", 503)


def test_what_fails_after_the_variant_was_chosen_is_counted_for_it(vendor: FakeVendor) -> None:
    shop = Shop(EMPTY)
    shop.book = RouterBook.of({}, {"desk": LOST})

    account, record = _ask(vendor, shop, "inworld/desk")

    assert account is None
    assert (record.error_type, record.router, record.variant_id) == ("provider_not_found", "desk", "lost")


def test_one_that_cannot_be_used_says_why(vendor: FakeVendor) -> None:
    shop = Shop(EMPTY)
    shop.book = RouterBook.of({"desk": b'{"name": "desk"}'})

    account, record = _ask(vendor, shop, "inworld/desk")

    assert account is None
    assert (record.error_type, record.http_status, shop.refreshed) == ("failed_precondition", 400, 0)


def test_a_known_one_is_not_looked_for(vendor: FakeVendor) -> None:
    shop = Shop(EMPTY)
    shop.book = RouterBook.of({}, {"desk": ROUTER})

    assert _ask(vendor, shop, "inworld/desk")[1].status == "ok"
    assert shop.refreshed == 0


def test_without_a_router_nothing_is_told_of_one(vendor: FakeVendor) -> None:
    account, record = _ask(vendor, Shop(EMPTY), "one/hello")

    assert account is not None
    assert (account.route_id, account.variant_id, record.router) == (None, None, None)
    assert [each.param for each in account.warnings] == ["extra_body.metadata"]
    printed = openai_json.metadata(account)
    assert not {"route_id", "variant_id"} & set(printed)
    typed = typed_answer.metadata(account)
    assert typed is not None
    assert not typed.HasField("route_id")


def test_printed() -> None:
    account = Metadata(generation_id="g", route_id="gold", variant_id="best")

    printed, typed = openai_json.metadata(account), typed_answer.metadata(account)

    assert typed is not None
    assert (
        (printed["route_id"], printed["variant_id"]) == (typed.route_id, typed.variant_id) == ("gold", "best")
    )


def test_the_typed_door_tells_of_variables_by_its_own_names() -> None:
    assert rename("extra_body.prompt_variables.brand") == "routing.prompt_variables.brand"
    assert rename("extra_body.metadata") == "routing.metadata_json"
