"""The sentence that tells why a model was asked."""

from typing import Any

import pytest

from service.routing.reasons import sentence
from service.types.metadata import Attempt
from service.types.vitals import Vitals
from tests.routing.scene import NOW, Health, plan, price, row, took, world

WORLD = world(
    row("a/one", "acme/one", price=price(1)),
    row("b/one", "acme/one", price=price(2)),
    row("b/two", "acme/two", price=price(3)),
)
HEALTH = Health({"a/one": took(0.1), "b/one": took(0.2)})


@pytest.mark.parametrize(
    ("asked", "attempts", "expected"),
    [
        ({"model": "a/one"}, [("a/one", None)], "Using specified model: 'a/one' - success"),
        ({"model": "two"}, [("b/two", None)], "Using specified model: 'b/two' - success"),
        ({"model": "a/one"}, [("a/one", "provider_failure")], "Using specified model: 'a/one' - failed"),
        (
            {"model": "a/one"},
            [("a/one", "provider_auth"), ("a/one", None)],
            "Using specified model: 'a/one', at try 2 (provider_auth before) - success",
        ),
        (
            {"model": "auto", "models": ["one", "two"]},
            [("a/one", None)],
            "Auto-selected 'a/one', from specified models, sorted by lowest price - success",
        ),
        (
            {"model": "auto", "sort": ["price", "latency"]},
            [("a/one", None)],
            "Auto-selected 'a/one', from all models, sorted by lowest price then lowest latency - success",
        ),
        (
            {"model": "one"},
            [("a/one", None)],
            "Selected 'a/one' for 'one', sorted by lowest latency - success",
        ),
        (
            {"model": "one", "sort": ["price"]},
            [("a/one", "timeout"), ("b/one", None)],
            "Selected 'b/one' for 'one', sorted by lowest price, after 'a/one' (timeout) failed - success",
        ),
        (
            {"model": "a/one", "models": ["b/two"]},
            [("a/one", "provider_unreachable"), ("a/one", "provider_unreachable"), ("b/two", None)],
            "Using fallback model: 'b/two', after 'a/one' (provider_unreachable) failed - success",
        ),
    ],
)
def test_sentence(asked: dict[str, Any], attempts: list[tuple[str, str | None]], expected: str) -> None:
    made = [Attempt(model=model, success=kind is None, error_type=kind) for model, kind in attempts]
    failed = made[-1].error_type is not None

    assert sentence(plan(WORLD, health=HEALTH, **asked), made, failed=failed) == expected


@pytest.mark.parametrize(
    ("asked", "states", "reason"),
    [
        ({}, {"a/one": Vitals(share=0, down=True)}, ", as 'a/one' rests after failures"),
        ({}, {"a/one": Vitals(limited_until=NOW + 9)}, ", as 'a/one' has no key that may be used now"),
        ({"provider": {"ignore": ["a"]}}, {}, ", as 'a/one' is ignored"),
        ({"provider": {"sort": {"by": "throughput", "partition": "none"}}}, {"b/two": took(1, speed=9)}, ""),
    ],
    ids=["rests", "limited", "left out", "sorted"],
)
def test_why_a_fallback_is_asked_first(asked: dict[str, Any], states: dict[str, Vitals], reason: str) -> None:
    states |= {"a/one": states.get("a/one", took(2, speed=1))}
    planned = plan(WORLD, health=Health(states), model="a/one", models=["b/two"], **asked)
    made = [Attempt(model="b/two", success=True)]

    assert sentence(planned, made, failed=False) == f"Using fallback model: 'b/two'{reason} - success"


def test_nobody_was_asked() -> None:
    planned = plan(WORLD, health=HEALTH, model="a/one")

    assert sentence(planned, [], failed=True) == "Using specified model: 'a/one' - nobody was asked"
