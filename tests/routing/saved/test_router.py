"""Planning through saved routers."""

from typing import Any

import pytest

from service.errors import InvalidRequest, ModelNotFound, NoEndpoint, NoRoute, RouterNotFound
from service.routing.router import Router
from service.routing.saved.book import RouterBook
from service.types.flavour import OPENAI, OPENROUTER, Flavour
from service.types.plan import Routed
from service.types.routing_settings import RoutingSettings
from tests.routing.saved.routers import WORLD, compiled, planner, route, saved, variant, when
from tests.routing.scene import NOW, Health, order, plan, request

BOTH = pytest.mark.parametrize("flavour", [OPENAI, OPENROUTER], ids=lambda each: each.name)


@BOTH
def test_the_variants_model_is_planned_as_if_it_were_named(flavour: Flavour) -> None:
    for model in ("one/a", "acme/a", "b", "auto", "a:nitro", "auto:floor"):
        router = planner(saved(default_route=route("d", variant("v", model_id=model))))

        found = router.plan(request(flavour, model="inworld/desk", user="u"), flavour)

        assert order(found) == order(plan(WORLD, flavour, model=model, user="u"))
        assert found.selection.routed == Routed("desk", "d", "v")


def test_a_request_for_no_router_is_routed_nowhere() -> None:
    assert plan(WORLD, model="one/a").selection.routed is None


@BOTH
@pytest.mark.parametrize("name", ["other", "", "desk:nitro", "Desk", "desk/x"])
def test_unknown_routers(flavour: Flavour, name: str) -> None:
    with pytest.raises(RouterNotFound) as refused:
        planner(saved()).plan(request(flavour, model=f"inworld/{name}"), flavour)

    assert isinstance(refused.value, ModelNotFound)
    assert (refused.value.param, refused.value.kind) == ("model", "model_not_found")
    assert f"no saved router '{name}'" in refused.value.message


@BOTH
@pytest.mark.parametrize("model", ["one/a", "auto", "inworld/desk"])
def test_a_router_is_no_fallback_and_in_no_pool(flavour: Flavour, model: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        planner(saved()).plan(request(flavour, model=model, models=["one/b", "inworld/desk"]), flavour)

    assert refused.value.row.http_status == 400
    assert refused.value.param == "models[1]"


def test_routers_are_those_of_the_moment() -> None:
    book = RouterBook()
    router = Router(
        WORLD, Health(), RoutingSettings(), clock=lambda: NOW, draw=lambda: 0.5, book=lambda: book
    )
    asked = request(model="inworld/desk")
    with pytest.raises(RouterNotFound):
        router.plan(asked, OPENAI)

    book = RouterBook.of({}, {"desk": saved()})

    assert order(router.plan(asked, OPENAI)) == ["one/a"]


def test_fallbacks_and_orders_of_a_variant() -> None:
    selection = {"models": ["two/c", "one/b"], "sort": ["price"]}
    router = planner(saved(default_route=route("d", variant("v", model_selection=selection))))

    found = router.plan(request(model="inworld/desk"), OPENAI)

    assert order(found) == ["one/a", "one/b", "two/c"]
    asked = request(model="inworld/desk", extra_body={"models": ["two/a"]})
    assert order(router.plan(asked, OPENAI)) == ["one/a", "two/a"]


TURNED: list[tuple[str, str | None, list[str]]] = [
    ("PRICE", None, ["one/a", "one/b", "two/a", "two/c"]),
    ("PRICE", "DESCENDING", ["two/c", "two/a", "one/b", "one/a"]),
    ("INTELLIGENCE", None, ["one/a", "two/a", "one/b", "two/c"]),
    ("INTELLIGENCE", "ASCENDING", ["two/c", "one/b", "one/a", "two/a"]),
]


@pytest.mark.parametrize(("metric", "direction", "expected"), TURNED)
def test_orders_the_other_way_round(metric: str, direction: str | None, expected: list[str]) -> None:
    key = {"metric": f"SORT_METRIC_{metric}", "direction": direction and f"SORT_DIRECTION_{direction}"}
    pool = variant("v", model_id="auto", model_selection={"models": ["one", "two"], "sort": [key]})

    found = planner(saved(default_route=route("d", pool))).plan(request(model="inworld/desk"), OPENAI)

    assert order(found) == expected
    words = found.selection.order[0]
    assert words.startswith(("lowest", "highest"))


def test_the_faults_of_a_request_are_named_as_its_own() -> None:
    router = planner(saved(defaults={"message_templates": [{"role": "user", "content": "{{x}}"}]}))

    with pytest.raises(InvalidRequest) as refused:
        router.plan(request(model="inworld/desk"), OPENAI)

    assert refused.value.param == "prompt_variables.x"


@BOTH
@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("desk", True),
        ("routers/desk", True),
        ("desks", False),
        ("inworld/models/desk", False),
        ("inworld/desks", False),
    ],
)
def test_the_bare_name_of_a_router_is_answered_with_the_whole(
    flavour: Flavour, model: str, hint: bool
) -> None:
    with pytest.raises(ModelNotFound) as refused:
        planner(saved()).plan(request(flavour, model=model), flavour)

    assert refused.value.param == "model"
    assert ("did you mean 'inworld/desk'?" in refused.value.message) is hint


def test_a_model_of_a_variant_that_leads_nowhere() -> None:
    router = planner(saved(default_route=route("d", variant("v", model_id="desk"))))

    with pytest.raises(ModelNotFound) as refused:
        router.plan(request(model="inworld/desk"), OPENAI)

    assert refused.value.message.endswith("(variant 'v' of route 'd' of router 'desk')")


def test_nobody_is_left() -> None:
    with pytest.raises(NoEndpoint):
        planner(saved()).plan(request(model="inworld/desk", provider={"only": ["two"]}), OPENAI)


def test_no_route() -> None:
    with pytest.raises(NoRoute):
        planner(saved(default_route=None, routes=[when("false", route("r"))])).plan(
            request(model="inworld/desk"), OPENAI
        )


WARNED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"extra_body": {"metadata": {}, "prompt_variables": {}}}, []),
    ({"extra_body": {"metadata": {"a": 1}}}, ["extra_body.metadata"]),
    ({"prompt_variables": {"a": "b"}}, ["prompt_variables"]),
    (
        {"extra_body": {"metadata": {"a": 1}, "prompt_variables": {"a": "b"}}},
        ["prompt_variables", "extra_body.metadata"],
    ),
    ({"metadata": {"a": "b"}}, []),
]


@BOTH
@pytest.mark.parametrize(("members", "params"), WARNED)
def test_what_only_routers_read(flavour: Flavour, members: dict[str, Any], params: list[str]) -> None:
    plain = plan(WORLD, flavour, model="one/a", **members)
    routed = planner(saved()).plan(request(flavour, model="inworld/desk", **members), flavour)

    assert [(each.param, each.model, each.reason) for each in plain.warnings] == [
        (param, "one/a", "only saved routers read it") for param in params
    ]
    assert not routed.warnings


def test_the_sentence_names_route_and_variant() -> None:
    told = planner(saved()).explain(request(model="inworld/desk"), OPENAI)

    assert told.reasoning == (
        "Using specified model: 'one/a', by variant 'default' of route 'default' of router 'desk'"
    )


def test_explained() -> None:
    templates = [{"role": "system", "content": "For {{brand}}."}]
    router = planner(
        saved(
            routes=[when("tier == 'gold'", route("gold"))],
            default_route=route("d", variant("v", message_templates=templates)),
        )
    )
    asked = request(model="inworld/desk", extra_body={"prompt_variables": {"brand": "Acme"}})

    told = router.explain(asked, OPENAI)

    assert (told.requested, told.router, told.route_id, told.variant_id) == ("inworld/desk", "desk", "d", "v")
    assert [each.text for each in told.prompt or ()] == ["For Acme."]
    assert [(each.route_id, each.reason) for each in told.unmatched] == [
        ("gold", "the condition cannot be evaluated: the request's metadata has no 'tier'")
    ]
    assert [each.model for each in told.candidates] == ["one/a"]


def test_explained_where_nothing_matches() -> None:
    router = planner(saved(routes=[when("false", route("r"))], default_route=None))

    told = router.explain(request(model="inworld/desk"), OPENAI)

    assert (told.router, told.route_id, told.variant_id, told.candidates) == ("desk", None, None, [])
    assert told.reasoning.startswith("No route matched.")
    assert [each.route_id for each in told.unmatched] == ["r"]


def test_explained_with_a_router_that_is_not_saved() -> None:
    draft = compiled(name="draft", default_route=route("d", variant("v", model_id="one/b")))

    told = planner().explain(request(model="anything"), OPENAI, draft)

    assert (told.requested, told.router, told.route_id) == ("anything", "draft", "d")
    assert [each.model for each in told.candidates] == ["one/b"]


def test_explained_without_a_router() -> None:
    told = planner(saved()).explain(request(model="one/a"), OPENAI)

    assert (told.router, told.route_id, told.variant_id, told.prompt, told.unmatched) == (
        None,
        None,
        None,
        None,
        [],
    )
