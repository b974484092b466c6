"""Three vendors that serve the same two models, each at a price of its own, behind a Pointsman.

What is called N below is a number: no test shares a model with another, so that nobody rests after failures
that another test arranged.

    acme/swift-N   intelligence 40   cheap 0.1, fp4    mid 1, fp8, keeps nothing    dear 10, bf16, takes tools
    acme/sturdy-N  intelligence 90   cheap 0           mid 2                        dear 5
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.running import Pointsman, running
from tests.upstreams.fake_vendor import (
    DONE,
    FakeVendor,
    Script,
    VendorCall,
    completion,
    delta,
    replying,
)

NAMES = ("cheap", "mid", "dear")
_MARKETS = 400
_HEAD = """
[server]
workers = 1

[routing]
explore = 0
max_rest_seconds = 0.001
"""
_PROVIDER = """
[providers.{name}]
dialect = "openai"
base_url = "{base_url}"
api_key = "sk-fake-key-of-{name}"
models_only = true
"""
_ROW = """
[[models]]
provider = "{provider}"
id = "{model}-{number}"
model = "acme/{model}-{number}"
{facts}
"""
_FACTS = {
    "cheap/swift": """intelligence = 40
        price = { prompt = 0.1, completion = 0.2 }
        quantization = "fp4"
    """,
    "mid/swift": """price = { prompt = 1, completion = 2 }
        quantization = "fp8"
        zdr = true
        trains = false
    """,
    "dear/swift": """price = { prompt = 10, completion = 20 }
        quantization = "bf16"
        zdr = false
        trains = true
        tools = true
    """,
    "cheap/sturdy": """intelligence = 90
        price = { prompt = 0, completion = 0 }
    """,
    "mid/sturdy": "price = { prompt = 2, completion = 4 }",
    "dear/sturdy": "price = { prompt = 5, completion = 10 }",
}
BUSY = replying({"error": {"message": "slow down"}}, 429)
BROKEN = replying({"error": {"message": "out of order"}}, 500)


class Installation:
    """What runs: Pointsman, the vendors, and a new market for every test."""

    def __init__(self, pointsman: Pointsman, vendors: Mapping[str, FakeVendor]) -> None:
        self.pointsman = pointsman
        self._vendors = vendors
        self._numbers = iter(range(1, _MARKETS + 1))

    def market(self) -> "Market":
        """Two models that no other test uses."""
        return Market(self._vendors, next(self._numbers))


@contextmanager
def markets() -> Iterator[Installation]:
    """Runs an installation and its vendors for the length of a block."""
    with ExitStack() as stack:
        vendors = {name: stack.enter_context(FakeVendor()) for name in NAMES}
        config = _HEAD + "".join(
            _PROVIDER.format(name=name, base_url=vendor.base_url) for name, vendor in vendors.items()
        )
        config += "".join(
            _row(endpoint, number, facts)
            for number in range(1, _MARKETS + 1)
            for endpoint, facts in _FACTS.items()
        )
        yield Installation(stack.enter_context(running(config)), vendors)


class Market:
    """The two models of one test. Endpoints are told without the number: `cheap/swift`.

    An endpoint that is not told otherwise answers with its own name.
    """

    def __init__(self, vendors: Mapping[str, FakeVendor], number: int) -> None:
        self._vendors = vendors
        self._number = number
        for endpoint in _FACTS:
            self.plays(endpoint, _answering(endpoint))

    def plays(self, endpoint: str, script: Script) -> None:
        """Says what one endpoint does."""
        vendor, _, model = endpoint.partition("/")
        self._vendors[vendor].script(f"{model}-{self._number}", script)

    def fails(self, endpoints: Sequence[str], script: Script = BROKEN) -> None:
        """Makes endpoints fail."""
        for endpoint in endpoints:
            self.plays(endpoint, script)

    def named(self, value: Any) -> Any:
        """Puts the number where a text has `#`: `acme/swift-#`."""
        return json.loads(json.dumps(value).replace("#", str(self._number)))

    def short(self, model: str) -> str:
        """Takes the number off an id."""
        return model.removesuffix(f"-{self._number}")

    def calls(self, endpoint: str) -> list[VendorCall]:
        """What reached one endpoint."""
        vendor, _, model = endpoint.partition("/")
        return self._vendors[vendor].calls(f"{model}-{self._number}")

    def asked(self) -> Counter[str]:
        """How many calls reached whom; those with none are left out."""
        return +Counter({endpoint: len(self.calls(endpoint)) for endpoint in _FACTS})


def _row(endpoint: str, number: int, facts: str) -> str:
    provider, _, model = endpoint.partition("/")
    return _ROW.format(provider=provider, model=model, number=number, facts=facts)


def _answering(name: str) -> Script:
    async def script(call: VendorCall) -> None:
        if call.json.get("stream"):
            await call.start()
            await call.send(delta(role="assistant", content=name) + delta(finish="stop") + DONE)
        else:
            await call.reply(completion(name))

    return script
