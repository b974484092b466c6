"""What an answer costs is told with it."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest

from service.types.facts import Facts
from service.types.price import Price
from tests.asking import chat
from tests.dispatch.scene import rest, scene
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import FakeVendor, completion, replying


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor() as vendor:
        for tier in ("default", "flex"):
            vendor.script(tier, replying(completion() | {"service_tier": tier}))
        yield vendor


@pytest.mark.parametrize(("tier", "cost"), [("default", Decimal("0.000007")), ("flex", None)])
def test_the_price_of_the_endpoint_counts_and_only_for_its_tier(
    vendor: FakeVendor, tier: str, cost: Decimal | None
) -> None:
    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            price = Price(prompt=Decimal(1), completion=Decimal(2))
            endpoint = msgspec.structs.replace(acme._provider.endpoint(tier), facts=Facts(price=price))
            generation = acme.ask(endpoint, chat())
            [chunk] = await rest(generation)
            assert chunk.usage
            assert chunk.usage.cost == cost

    run(play())
