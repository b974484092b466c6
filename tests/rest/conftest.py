"""One installation for the whole folder: two workers behind Envoy, in front of a fake vendor."""

from collections.abc import Iterator

import httpx
import pytest
from openai import OpenAI

from tests.rest.scene import Scene
from tests.running import KEY, Pointsman, client_of, running
from tests.upstreams.fake_vendor import FakeVendor, hello

# Intervals are short so that no test has to wait for them.
CONFIG = """
[server]
workers = 2
drain_seconds = 5

[streaming]
commit_seconds = 0.6
ping_seconds = 0.3
usage_seconds = 0.5

[routing]
max_rest_seconds = 0.001

[upstream]
connect_seconds = 2
first_byte_seconds = 2
idle_seconds = 2
total_seconds = 8

[providers.fake]
dialect = "openai"
base_url = "{base_url}"
api_key = "sk-fake-upstream-key"
models = ["hello", "shared"]

[providers.other]
dialect = "openai"
base_url = "{base_url}"
api_key = ["sk-other-key-one", "sk-other-key-two"]
models = ["shared", "only-here"]
models_only = true

[providers.spare]
dialect = "openai"
base_url = "{base_url}"

[providers.gone]
dialect = "openai"
base_url = "http://127.0.0.1:9/v1"

[[models]]
provider = "other"
id = "only-here"
model = "acme/rare"
price = {{ prompt = 1, completion = 2 }}

[providers.demo]
"""


@pytest.fixture(scope="session")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        vendor.script("hello", hello)
        yield vendor


@pytest.fixture(scope="session")
def pointsman(vendor: FakeVendor) -> Iterator[Pointsman]:
    with running(CONFIG.format(base_url=vendor.base_url)) as pointsman:
        yield pointsman


@pytest.fixture(scope="session")
def http(pointsman: Pointsman) -> Iterator[httpx.Client]:
    with client_of(pointsman) as client:
        yield client


@pytest.fixture
def scene(http: httpx.Client, vendor: FakeVendor, pointsman: Pointsman) -> Scene:
    """A model nobody else uses, played by the fake vendor."""
    return Scene(http, vendor, pointsman)


@pytest.fixture(scope="session")
def sdk(pointsman: Pointsman) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{pointsman.url}/v1", api_key=KEY, max_retries=0, timeout=20) as client:
        yield client
