"""Every rule at both doors, on both engines of the store."""

from collections.abc import Iterator
from contextlib import nullcontext

import grpc
import pytest

from tests.grpc.callers import AddKey
from tests.routers.doors import Door, GrpcDoor, RestDoor
from tests.routers.scene import CONFIG, RouterScene
from tests.running import Pointsman, client_of, running
from tests.store.engines import postgres_url
from tests.upstreams.fake_vendor import FakeVendor


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    engine: str = request.param
    return engine


@pytest.fixture(scope="session")
def pointsman(engine: str, vendor: FakeVendor) -> Iterator[Pointsman]:
    with postgres_url() if engine == "postgresql" else nullcontext("") as url:
        store = f'[store]\nurl = "{url}"\n' if url else ""
        with running(CONFIG.format(base_url=vendor.base_url) + store) as pointsman:
            yield pointsman


@pytest.fixture(scope="session")
def rest(pointsman: Pointsman) -> Iterator[RestDoor]:
    with client_of(pointsman) as http:
        yield RestDoor(http)


@pytest.fixture(scope="session")
def typed(pointsman: Pointsman) -> Iterator[GrpcDoor]:
    with grpc.insecure_channel(pointsman.address) as channel:
        yield GrpcDoor(grpc.intercept_channel(channel, AddKey()))


@pytest.fixture(params=["rest", "grpc"])
def door(request: pytest.FixtureRequest, rest: RestDoor, typed: GrpcDoor) -> Door:
    return rest if request.param == "rest" else typed


@pytest.fixture
def scene(door: Door, vendor: FakeVendor) -> RouterScene:
    return RouterScene(door, vendor)


@pytest.fixture(scope="session")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        yield vendor
