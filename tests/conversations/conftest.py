"""One installation with a provider for each dialect, in front of vendors that speak them."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.conversations.vendors import SPOKEN
from tests.running import Pointsman, client_of, running
from tests.upstreams.situations import SituationVendor

_SETTINGS = """
[server]
workers = 1

[routing]
max_rest_seconds = 0.001 # a vendor that was busy in one test is asked again in the next

[upstream]
first_byte_seconds = 5
idle_seconds = 5

[media]
allowed_hosts = ["127.0.0.1"]

[[models]]
provider = "o"
id = "gpt-4o--text"
price = {prompt = 1, completion = 2}

[[models]]
provider = "o"
id = "many--text"
model = "acme/many--text"
tools = false

[[models]]
provider = "c"
id = "many--text"
model = "acme/many--text"
tools = true
"""


@pytest.fixture(scope="session")
def vendors() -> Iterator[dict[str, SituationVendor]]:
    """The vendors by the names of their providers."""
    with ExitStack() as stack:
        yield {spoken.name: stack.enter_context(spoken.vendor()) for spoken in SPOKEN}


@pytest.fixture(scope="session")
def pointsman(vendors: dict[str, SituationVendor]) -> Iterator[Pointsman]:
    sections = [spoken.section(vendors[spoken.name].origin) for spoken in SPOKEN]
    with running("\n".join((_SETTINGS, *sections))) as pointsman:
        yield pointsman


@pytest.fixture(scope="session")
def http(pointsman: Pointsman) -> Iterator[httpx.Client]:
    with client_of(pointsman) as client:
        yield client
