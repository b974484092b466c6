"""One request's life: whatever its end, one record tells it truly."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing

import pytest

from service.catalog.catalog import Catalog
from service.dispatch.dispatcher import Dispatcher
from service.edge.chat_call import ChatCall, ChatState
from service.errors import ErrorKind
from service.health.health import Health
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.routing.router import Router
from service.settings import MediaSettings, StreamSettings
from service.telemetry.record import RequestRecord
from service.types.routing_settings import RoutingSettings
from service.upstream.client import UpstreamClient
from service.upstream.media import MediaFetcher
from tests.upstream.calling import LIMITS, run
from tests.upstreams.fake_vendor import FakeVendor, delta, hello, replying, streaming

Door = Callable[[ChatCall], Awaitable[None]]


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        vendor.script("hello", hello)
        vendor.script("empty", replying({"choices": [{"index": 0, "message": {"content": ""}}]}))
        vendor.script("cut", streaming(delta(content="Hi"), ends="break"))
        vendor.script("hangs", streaming(delta(content="Hi"), ends="hang"))
        yield vendor


def _record(vendor: FakeVendor, model: str, door: Door, *, stream: bool = False) -> RequestRecord:
    """Runs one call through a door and gives its record."""
    records: list[RequestRecord] = []
    body = {"model": f"acme/{model}", "stream": stream, "messages": [{"role": "user", "content": "Hi"}]}

    async def play() -> None:
        client = UpstreamClient()
        providers = {"acme": Provider(name="acme", dialect="openai", base_url=vendor.base_url)}
        routing, health = RoutingSettings(), Health(600, 300)
        dispatcher = Dispatcher(
            providers,
            upstream=client,
            media=MediaFetcher(MediaSettings()),
            limits=LIMITS,
            routing=routing,
            health=health,
            observe=health.fold,
            running=set(),
        )
        directory = Directory(providers, Catalog({}, {}))
        router = Router(directory, health, routing, clock=time.time, draw=random.random)
        state = ChatState(
            directory=directory, router=router, dispatcher=dispatcher, streaming=StreamSettings()
        )
        async with ChatCall(state, door="test", request_id="r", record=records.append) as call:
            await call.open(json.dumps(body).encode())
            await door(call)
        await asyncio.sleep(0)
        await client.aclose()

    run(play())
    (record,) = records
    return record


async def _answers(call: ChatCall) -> None:
    await call.whole()
    call.answered()


async def _cannot_print(call: ChatCall) -> None:
    await call.whole()
    call.fail(ValueError("a fault while printing"))


async def _streams(call: ChatCall) -> None:
    try:
        async with aclosing(call.stream()) as batches:
            async for _ in batches:
                pass
        call.answered()
    except Exception as error:  # noqa: BLE001 - as the doors do
        call.fail(error)


async def _goes_away(call: ChatCall) -> None:
    async with aclosing(call.stream()) as batches:
        await anext(batches)


@pytest.mark.parametrize(
    ("model", "door", "stream", "end"),
    [
        ("hello", _answers, False, ("ok", None, 200)),
        ("hello", _streams, True, ("ok", None, 200)),
        ("hello", _cannot_print, False, ("error", ErrorKind.INTERNAL, 500)),
        ("cut", _streams, True, ("error", ErrorKind.PROVIDER_UNREACHABLE, 200)),
        ("unknown", _streams, True, ("error", ErrorKind.PROVIDER_MODEL_NOT_FOUND, 404)),
        ("hangs", _goes_away, True, ("cancelled", None, 200)),
    ],
    ids=["whole", "streamed", "not printable", "cut after the commit", "failed before it", "caller gone"],
)
def test_the_record_tells_how_it_ended(
    vendor: FakeVendor, model: str, door: Door, stream: bool, end: tuple[str, str | None, int]
) -> None:
    record = _record(vendor, model, door, stream=stream)

    assert (record.status, record.error_type, record.http_status) == end
    assert record.model == f"acme/{model}"


def test_an_answer_may_be_empty(vendor: FakeVendor) -> None:
    (attempt,) = _record(vendor, "empty", _answers).attempts

    assert attempt.success
    assert attempt.error_type is None
