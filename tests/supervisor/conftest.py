"""A fake vendor for all, and one installation for the tests that leave theirs whole."""

from collections.abc import Iterator

import pytest

from tests.running import Pointsman, running
from tests.supervisor.streams import CONFIG
from tests.upstreams.fake_vendor import FakeVendor, hello


@pytest.fixture(scope="package")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        vendor.script("hello", hello)
        yield vendor


@pytest.fixture(scope="package")
def config(vendor: FakeVendor) -> str:
    return CONFIG.format(base_url=vendor.base_url)


@pytest.fixture(scope="package")
def pointsman(config: str) -> Iterator[Pointsman]:
    with running(config) as pointsman:
        yield pointsman
