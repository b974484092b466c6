"""The simulated hour through the router: one vendor degrades and recovers, and routing follows."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.routing.router import Router
from service.types.flavour import OPENAI, OPENROUTER, Flavour
from service.types.routing_settings import RoutingSettings
from service.types.vitals import HealthView
from tests.health.hour import END, FAILS, RECOVERS, SICK, Draw, Hour, Order, simulate, swings
from tests.routing.scene import order, price, request, row, world

# Prices by which lots fall as in the simulation: half of them to the vendor that will be sick.
WORLD = world(
    row("alpha/model", "acme/model", price=price(0.5**-0.5)),
    row("beta/model", "acme/model", price=price(0.3**-0.5)),
    row("gamma/model", "acme/model", price=price(0.2**-0.5)),
)
TTFTS = {SICK: 0.2, "beta/model": 0.4, "gamma/model": 0.6}


def routed(flavour: Flavour, **members: Any) -> Order:
    """Who is asked, by routers that read the views of the simulation."""
    asked = request(flavour, **members)
    settings = RoutingSettings()
    time = 0.0

    def by_router(health: HealthView, now: float, draw: Draw) -> Sequence[str]:
        nonlocal time
        time = now
        return order(Router(WORLD, health, settings, clock=lambda: time, draw=draw).plan(asked, flavour))

    return by_router


def check(hour: Hour) -> None:
    """Within 30 s under 5 % go to it first; within 10 min its share is back; no more than two swings."""
    usual = hour.share(0, FAILS)
    assert usual > 0.4
    assert hour.share(FAILS + 30, FAILS + 90) < 0.05
    assert hour.share(FAILS + 30, RECOVERS) < 0.05
    assert hour.share(RECOVERS + 600, END) >= 0.8 * usual
    assert swings(list(hour.shares(0, END, 60)), 0.3 * usual) <= 2


@pytest.mark.parametrize("failing", [1.0, 0.4], ids=["all calls", "four in ten"])
def test_a_vendor_that_fails_where_the_price_decides_by_lot(failing: float) -> None:
    check(simulate(5.0, failing, 1, routed(OPENROUTER, model="acme/model")))


@pytest.mark.parametrize(("failing", "slow"), [(1.0, 1.0), (0.0, 10.0)], ids=["that fails", "that gets slow"])
def test_a_vendor_where_the_fastest_is_asked(failing: float, slow: float) -> None:
    asked = routed(OPENAI, model="model")

    check(simulate(5.0, failing, 1, asked, ttfts=TTFTS, slow=slow))
