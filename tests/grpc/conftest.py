"""pytest-grpc's fixtures over a real worker: its server fixture starts the grpc.aio server of `Worker`."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import grpc
import pytest

from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from service.settings import ProviderSettings, Settings, StreamSettings, UpstreamSettings
from service.types.routing_settings import RoutingSettings
from service.types.secret import Secret
from service.worker import Worker
from tests.grpc.callers import AddKey
from tests.running import KEY, Pointsman, running
from tests.upstreams.fake_vendor import FakeVendor, hello

UPSTREAM_KEY = "sk-fake-upstream-key"
ENVOY_CONFIG = """
[server]
workers = 2
drain_seconds = 5

[providers.fake]
dialect = "openai"
base_url = "{base_url}"
"""


@pytest.fixture(scope="package")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        vendor.script("hello", hello)
        yield vendor


@dataclass
class RunningWorker:
    """A worker in a thread with an event loop of its own."""

    worker: Worker
    port: int


@pytest.fixture(scope="package")
def running_worker(vendor: FakeVendor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorker]:
    fake = ProviderSettings(
        dialect="openai", base_url=vendor.base_url, api_key=UPSTREAM_KEY, models=["hello"]
    )
    gone = ProviderSettings(dialect="openai", base_url="http://127.0.0.1:9/v1")
    settings = Settings(
        providers={"fake": fake, "gone": gone, "demo": ProviderSettings()},
        streaming=StreamSettings(commit_seconds=0.5, ping_seconds=0.3, usage_seconds=0.5),
        upstream=UpstreamSettings(connect_seconds=2, first_byte_seconds=3, idle_seconds=2, total_seconds=8),
        routing=RoutingSettings(max_rest_seconds=0.001),  # no test waits for the rests of another
        data_dir=tmp_path_factory.mktemp("data"),
        api_key=Secret(KEY),
    )
    started: list[RunningWorker] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()

    async def serve() -> None:
        worker = Worker(settings)
        started.append(RunningWorker(worker, await worker.start("127.0.0.1:0")))
        ready.set()
        await ending.wait()
        await worker.stop(0)

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(20)
    yield started[0]
    loop.call_soon_threadsafe(ending.set)
    thread.join()


@pytest.fixture(scope="module")
def grpc_server(running_worker: RunningWorker) -> grpc.aio.Server:
    return running_worker.worker.server


@pytest.fixture(scope="module")
def grpc_addr(running_worker: RunningWorker) -> str:
    return f"127.0.0.1:{running_worker.port}"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[ChatCompletionServiceStub]:
    return ChatCompletionServiceStub


@pytest.fixture(scope="module")
def grpc_channel(grpc_create_channel: Callable[[], grpc.Channel]) -> Iterator[grpc.Channel]:
    """A channel that sends the key; `grpc_create_channel` makes one that does not."""
    with grpc_create_channel() as channel:
        yield grpc.intercept_channel(channel, AddKey())


@pytest.fixture(scope="package")
def pointsman(vendor: FakeVendor) -> Iterator[Pointsman]:
    with running(ENVOY_CONFIG.format(base_url=vendor.base_url)) as pointsman:
        yield pointsman
