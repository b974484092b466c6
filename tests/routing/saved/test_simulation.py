"""How users would be shared out."""

from typing import Any

import pytest

from service.errors import InvalidRequest
from service.routing.saved.compiled import CompiledRouter
from service.routing.saved.evaluation import NothingMatched, decide
from service.routing.saved.simulation import MOST_USERS, simulate
from service.types.chat_request import ChatRequest
from tests.routing.saved.routers import compiled, route, variant, when
from tests.routing.scene import NOW, request

SPLIT = route("split", variant("a", 70), variant("b", 30), variant("c", 0))


def chat(user: str | None = None, **metadata: Any) -> ChatRequest:
    members: dict[str, Any] = {} if user is None else {"user": user}
    return request(model="inworld/desk", extra_body={"metadata": metadata}, **members)


def counts(router: CompiledRouter, users: int, **metadata: Any) -> tuple[int, dict[str, list[int]]]:
    found = simulate(router, chat(**metadata), users, NOW)
    assert found.users == found.unmatched + sum(each.users for each in found.routes) == users
    assert all(each.users == sum(one.users for one in each.variants) for each in found.routes)
    return found.unmatched, {each.route_id: [one.users for one in each.variants] for each in found.routes}


def test_everybody_on_one_route() -> None:
    unmatched, told = counts(compiled(routes=[when("vip", route("vip"))], default_route=SPLIT), 10_000)

    first, second, third = told["split"]
    assert (unmatched, told["vip"], third) == (0, [0], 0)
    assert 6_800 < first < 7_200
    assert first + second == 10_000


def test_a_route_that_nobody_takes() -> None:
    router = compiled(routes=[when("vip", route("vip"))], default_route=None)

    assert counts(router, 7) == (7, {"vip": [0]})
    assert counts(router, 7, vip=True) == (0, {"vip": [7]})


def test_conditions_that_read_the_user() -> None:
    router = compiled(
        routes=[
            when("vip && user.endsWith('7')", route("sevens")),
            when("user.matches('^user-.$')", route("few")),
            when("vip", route("vip")),
            when("user == 'user-20'", route("never")),
        ],
        default_route=None,
    )

    assert counts(router, 30, vip=True) == (0, {"sevens": [3], "few": [9], "vip": [18], "never": [0]})
    assert counts(router, 30) == (19, {"sevens": [0], "few": [10], "vip": [0], "never": [1]})


def test_it_counts_what_would_be_decided() -> None:
    router = compiled(
        routes=[when("user.contains('3')", SPLIT)],
        default_route=route("other", variant("x", 50), variant("y", 50)),
    )
    expected: dict[tuple[str, str], int] = {}
    for number in range(300):
        decision = decide(router, chat(user=f"user-{number}"), NOW, lambda: 0.0)
        key = (decision.routed.route_id, decision.routed.variant_id)
        expected[key] = expected.get(key, 0) + 1

    found = simulate(router, chat(user="somebody else"), 300, NOW)

    told = {(each.route_id, one.variant_id): one.users for each in found.routes for one in each.variants}
    assert {key: count for key, count in told.items() if count} == expected


def test_what_a_request_lacks_does_not_matter() -> None:
    templates = [{"role": "user", "content": "{{x}}"}]
    router = compiled(default_route=route("d", variant("v", message_templates=templates, compression={})))

    assert counts(router, 3) == (0, {"d": [3]})
    with pytest.raises(NothingMatched):
        decide(compiled(routes=[when("false", route("r"))], default_route=None), chat(), NOW, lambda: 0.0)


@pytest.mark.parametrize("users", [0, -1, MOST_USERS + 1])
def test_too_many(users: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        simulate(compiled(), chat(), users, NOW)

    assert refused.value.param == "users"


def test_too_many_for_slow_conditions() -> None:
    slow = compiled(routes=[when("user.matches('(a|b){800}x')", route("r"))])

    assert simulate(slow, chat(), 100, NOW).users == 100
    with pytest.raises(InvalidRequest) as refused:
        simulate(slow, chat(), MOST_USERS, NOW)

    assert refused.value.param == "users"
