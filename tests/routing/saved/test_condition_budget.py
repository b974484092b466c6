"""The time for conditions is one for all those of a request, and is reckoned the same everywhere."""

import json
import time
from typing import Any

import msgspec
import pytest

from service.edge.chat_request import parse
from service.errors import InvalidRequest
from service.routing.saved import costs, patterns
from service.routing.saved.budget import Budget
from service.routing.saved.compiled import checked
from service.routing.saved.conditions import Conditions
from service.routing.saved.costs import whole
from service.routing.saved.facts import Facts
from service.routing.saved.simulation import simulate
from service.types.chat_request import ChatRequest
from tests.routing.saved.routers import compiled, raw, route, when
from tests.routing.scene import NOW

NESTED = "(((a{0,30}){0,30}){0,1})b"
TOO_LONG = "the conditions before it and this one could take too long for so large a request"
LONGEST_SECONDS = 0.5


def chat(metadata: dict[str, Any], **members: Any) -> ChatRequest:
    body: dict[str, Any] = {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "extra_body": {"metadata": metadata},
    }
    return parse(msgspec.json.encode(body | members))


def reasons(expressions: list[str], request: ChatRequest) -> list[str | None]:
    conditions = Conditions({str(place): each for place, each in enumerate(expressions)})
    assert not conditions.faults
    evaluation = conditions.of(Facts(request, NOW))
    return [evaluation.why_not(place) for place in range(len(expressions))]


def test_together_they_are_refused_when_a_router_is_written() -> None:
    routes = [when(f"s.matches('{NESTED}{place}')", route(f"r{place}")) for place in range(100)]

    started = time.process_time()
    with pytest.raises(InvalidRequest) as refused:
        checked(json.dumps(raw(routes=routes)).encode())

    assert time.process_time() - started < LONGEST_SECONDS
    (fault,) = refused.value.violations
    place = int(fault.field.removeprefix("routes[").partition("]")[0])
    assert fault.field == f"routes[{place}].condition.cel_expression"
    assert "could take too long together with the conditions before it" in fault.description
    assert checked(json.dumps(raw(routes=routes[:place])).encode()).name == "desk"


# Each a router that is fine for a small request, and a request that is too large for all of it.
LARGE: list[tuple[list[str], dict[str, Any]]] = [
    ([f"s.matches('(((a{{0,9}}){{0,9}}){{0,1}})b{place}')" for place in range(40)], {"s": "a" * 16_000}),
    ([f"v{place} == 'x'" for place in range(100)], {f"v{place}": ["x"] * 1_000 for place in range(100)}),
    ([f"l.exists(x, l.exists(y, x + y == 'v{n}'))" for n in range(20)], {"l": ["x" * 9] * 1_000}),
]


@pytest.mark.parametrize(("expressions", "metadata"), LARGE)
def test_what_is_left_is_for_those_after(expressions: list[str], metadata: dict[str, Any]) -> None:
    request = chat(metadata)
    started = time.process_time()
    found = reasons(expressions, request)

    assert time.process_time() - started < LONGEST_SECONDS
    assert found[-1] is not None
    assert "too long" in found[-1]
    assert found == reasons(expressions, request)


def test_a_cheap_one_fits_behind_a_dear_one() -> None:
    pattern = "(((a{0,9}){0,9}){0,1})b"
    dear = [f"s.matches('{pattern}{place}')" for place in range(20)]

    found = reasons([*dear, "tier == 'gold'"], chat({"s": "a" * 10_000, "tier": "gold"}))

    assert TOO_LONG in found
    assert found[0] == "the condition is false"
    assert found[-1] is None


def test_asked_again_nothing_is_taken_again() -> None:
    conditions = Conditions({"p": "s.matches('(((a{0,9}){0,9}){0,1})b')"})
    evaluation = conditions.of(Facts(chat({"s": "a" * 10_000}), NOW))

    assert {evaluation.why_not(0) for _ in range(50)} == {"the condition is false"}


@pytest.mark.parametrize(
    ("pattern", "characters", "took_ms"),
    # As measured; runs of `a`.
    [
        (NESTED, 500, 17.1),
        (NESTED, 2_000, 32.0),
        ("((a?){30}){30}b", 500, 35.8),
        ("((a?){0,30}){0,30}b", 2_000, 71.5),
        ("((a|b)?(c|a)?){300}x", 500, 34.5),
    ],
)
def test_matching_is_reckoned_for_at_least_what_it_takes(
    pattern: str, characters: int, took_ms: float
) -> None:
    assert patterns.nanoseconds(pattern, characters) >= took_ms * 1e6


def test_estimates_are_made_exact_before_anything_is_refused() -> None:
    budget = Budget()
    half = costs.BUDGET / 2

    def exactly() -> float:
        return half / 4

    assert [budget.take({}, half, exactly) for _ in range(9)] == [True] * 8 + [False]


def test_what_is_handed_over_counts_once() -> None:
    budget = Budget()
    sizes = {"a": whole(0, 100_000)}  # takes more than half of the time

    assert costs.taken_over(sizes) > costs.BUDGET / 2
    assert budget.take(sizes, 1, lambda: 1)
    assert budget.take(sizes, 1, lambda: 1)
    assert not budget.take({"b": whole(0, 1)}, 1, lambda: 1)
    assert budget.take(sizes, 1, lambda: 1)


def test_a_simulation_decides_as_a_request_does() -> None:
    dear = [
        when(f"user != '' && s.matches('(((a{{0,9}}){{0,9}}){{0,1}})b{n}|a')", route(f"r{n}"))
        for n in range(2)
    ]
    dear = [when("s.matches('(((a{0,9}){0,9}){0,1})b')", route("first")), *dear]
    router = compiled(routes=dear)
    request = chat({"s": "a" * 7_000}, user="user-0")
    conditions = router.conditions.of(Facts(request, NOW))
    taken = next(
        each.route_id
        for each in router.routes
        if each.condition is None or conditions.why_not(each.condition) is None
    )

    shares = simulate(router, request, 20, NOW)

    assert {each.route_id: each.users for each in shares.routes if each.users} == {taken: 20}
