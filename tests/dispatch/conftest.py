"""One fake vendor for a module's tests."""

from collections.abc import Iterator

import pytest

from tests.upstreams.fake_vendor import FakeVendor, hello


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        vendor.script("hello", hello)
        yield vendor
