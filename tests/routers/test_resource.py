"""Conformance: what a router may be (Inworld 4.2). All faults at once, each by its path."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.routers.doors import RefusedError, RestDoor
from tests.routers.scene import RouterScene
from tests.running import eventually

Members = Callable[[RouterScene], dict[str, Any]]
ROUTES = "routes[0].route"
DEFAULT = "default_route"


def _default(scene: RouterScene, *variants: dict[str, Any]) -> dict[str, Any]:
    return {"default_route": scene.route("default", *variants)}


FAULTS: dict[str, tuple[Members, set[str]]] = {
    "weights of less": (
        lambda s: _default(s, s.variant("a", 60), s.variant("b", 30)),
        {f"{DEFAULT}.variants"},
    ),
    "weights of more": (
        lambda s: _default(s, s.variant("a", 60), s.variant("b", 60)),
        {f"{DEFAULT}.variants"},
    ),
    "a weight below 0": (
        lambda s: _default(s, s.variant("a", -1), s.variant("b", 101)),
        {f"{DEFAULT}.variants[0].weight", f"{DEFAULT}.variants[1].weight"},
    ),
    "two variants of one id": (
        lambda s: _default(s, s.variant("a", 50), s.variant("a", 50)),
        {f"{DEFAULT}.variants[1].variant.variant_id"},
    ),
    "two routes of one id": (
        lambda s: {"routes": [s.when("true", s.route("default", s.variant("a")))]},
        {f"{DEFAULT}.route_id"},
    ),
    "no variant": (lambda s: {"default_route": {"route_id": "default"}}, {f"{DEFAULT}.variants"}),
    "no route at all": (lambda s: {"default_route": None}, {""}),
    "a router as a model": (
        lambda s: _default(s, {"variant": {"variant_id": "v", "model_id": "inworld/x"}, "weight": 100}),
        {f"{DEFAULT}.variants[0].variant.model_id"},
    ),
    "both kinds of web search": (
        lambda s: _default(s, s.variant("a", web_search={}, web_search_options={})),
        {f"{DEFAULT}.variants[0].variant"},
    ),
    "a temperature out of range": (
        lambda s: _default(s, s.variant("a", text_generation_config={"temperature": 3})),
        {f"{DEFAULT}.variants[0].variant.text_generation_config.temperature"},
    ),
    "several": (
        lambda s: {
            "routes": [
                s.when("tier ==", s.route("r", s.variant("a", 60))),
                s.when("1 + 1", s.route("r", s.variant("b"))),
            ]
        },
        {
            "routes[0].condition.cel_expression",
            f"{ROUTES}.variants",
            "routes[1].condition.cel_expression",
            "routes[1].route.route_id",
        },
    ),
}


FAULTS |= {
    "shape and meaning": (
        lambda s: {
            "routes": [s.when("tier ==", s.route("r", s.variant("a", 60)))],
            **_default(s, s.variant("a", text_generation_config={"temperature": 3}), s.variant("b", 30)),
        },
        {
            "routes[0].condition.cel_expression",
            f"{ROUTES}.variants",
            f"{DEFAULT}.variants",
            f"{DEFAULT}.variants[0].variant.text_generation_config.temperature",
        },
    ),
    "a weight, not what follows from it": (
        lambda s: _default(s, s.variant("a", -1), s.variant("b", 30)),
        {f"{DEFAULT}.variants[0].weight"},
    ),
    "a text that no store keeps": (
        lambda s: {
            "display_name": "a\0b",
            **_default(s, s.variant("a", message_templates=[{"role": "user", "content": "\0"}])),
        },
        {"display_name", f"{DEFAULT}.variants[0].variant.message_templates[0].content"},
    ),
    "conditions that take too long together": (
        lambda s: {
            "routes": [
                s.when(f"s.matches('(((a{{0,30}}){{0,30}}){{0,1}})b{n}')", s.route(f"r{n}", s.variant("a")))
                for n in range(15)
            ]
        },
        {"routes[11].condition.cel_expression"},
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_refused(scene: RouterScene, case: str) -> None:
    members, fields = FAULTS[case]

    with pytest.raises(RefusedError) as refused:
        scene.door.create(scene.router(**members(scene)))

    assert (refused.value.status, refused.value.reason) == (400, "invalid_request")
    assert set(refused.value.fields) == fields
    with pytest.raises(RefusedError):
        scene.door.get(scene.name)


@pytest.mark.parametrize("name", ["Upper", "-x", "x_y", "x" * 64, "models", "a b", ""])
def test_names_that_are_none(scene: RouterScene, name: str) -> None:
    with pytest.raises(RefusedError) as refused:
        scene.door.create(scene.router(name=name))

    assert refused.value.status == 400
    assert refused.value.fields == ["name"]


@pytest.mark.parametrize("prefix", ["", "inworld/", "routers/"])
def test_names_with_a_prefix(scene: RouterScene, prefix: str) -> None:
    scene.door.create(scene.router(name=prefix + scene.name))

    assert scene.door.get(scene.name)["name"] == scene.name


def test_fractions_of_a_percent(scene: RouterScene) -> None:
    thirds = [scene.variant(letter, 100 / 3) for letter in "abc"]

    scene.door.create(scene.router(**_default(scene, *thirds)))

    stored = scene.door.get(scene.name)["default_route"]["variants"]
    assert [each["weight"] for each in stored] == pytest.approx([100 / 3] * 3)


def test_a_model_that_is_not_served_is_a_warning(scene: RouterScene) -> None:
    variant = {"variant": {"variant_id": "v", "model_id": "no-such-model-anywhere"}, "weight": 100}

    operation = scene.door.create(scene.router(**_default(scene, variant)))

    (warning,) = operation["metadata"]["warnings"]
    assert "no-such-model-anywhere" in str(warning)


def test_what_is_not_served_yet_is_a_warning_and_told_when_used(scene: RouterScene) -> None:
    model = scene.saved(**_default(scene, scene.variant("a", web_search={"max_results": 5})))

    with pytest.raises(RefusedError) as refused:
        scene.door.chat(model)

    assert (refused.value.status, refused.value.reason) == (501, "not_served")
    assert "web_search" in refused.value.message
    assert f"variant 'a' of route 'default' of router '{scene.name}'" in refused.value.message


CASINGS: dict[str, Callable[[RouterScene], dict[str, Any]]] = {
    "as documented": lambda s: {
        "displayName": "Help desk",
        "defaultRoute": {"route_id": "d", "variants": [s.variant("a")]},
    },
    "snake_case": lambda s: {
        "display_name": "Help desk",
        "default_route": {"route_id": "d", "variants": [s.variant("a")]},
    },
    "camelCase": lambda s: {
        "displayName": "Help desk",
        "defaultRoute": {
            "routeId": "d",
            "variants": [{"variant": {"variantId": "a", "modelId": s.model("a")}, "weight": 100}],
        },
    },
}


@pytest.mark.parametrize("case", CASINGS)
def test_both_casings(scene: RouterScene, case: str) -> None:
    scene.door.create({"name": scene.name, **CASINGS[case](scene)})

    stored = scene.door.get(scene.name)
    assert stored["display_name"] == "Help desk"
    assert stored["default_route"]["route_id"] == "d"
    assert stored["default_route"]["variants"][0]["variant"]["model_id"] == scene.model("a")


def test_json_is_camel_at_the_top_and_snake_inside(scene: RouterScene, rest: RestDoor) -> None:
    scene.saved(display_name="Help desk", routes=[scene.when("true", scene.route("r", scene.variant("b")))])

    stored = rest._json("GET", f"/router/v1/routers/{scene.name}")

    assert stored["displayName"] == "Help desk"
    assert stored["defaultRoute"]["route_id"] == "default"
    assert stored["routes"][0]["condition"]["cel_expression"] == "true"
    assert not {"display_name", "default_route"} & set(stored)


def test_unknown_keys_are_named_with_their_paths(scene: RouterScene, rest: RestDoor) -> None:
    variant = scene.variant("a", temprature=1, model_selection={"provider": {"allow_fallback": False}})

    with pytest.raises(RefusedError) as refused:
        rest.create(scene.router(default_route=scene.route("default", variant), colour="red"))

    place = f"{DEFAULT}.variants[0].variant"
    assert refused.value.status == 400
    assert set(refused.value.fields) == {
        "colour",
        f"{place}.temprature",
        f"{place}.model_selection.provider.allow_fallback",
    }


@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_half_of_a_pair_is_refused_by_its_path(scene: RouterScene, rest: RestDoor, verb: str) -> None:
    if verb == "PATCH":
        scene.saved()

    with pytest.raises(RefusedError) as refused:
        rest._json(
            verb,
            "/router/v1/routers" + ("" if verb == "POST" else f"/{scene.name}"),
            content=json.dumps(scene.router(display_name="\ud800")),
            headers={"content-type": "application/json"},
        )

    assert (refused.value.status, refused.value.fields) == (400, ["display_name"])


def test_nothing_is_told_whole(rest: RestDoor) -> None:
    with pytest.raises(RefusedError) as refused:
        rest.create({})

    assert set(refused.value.fields) == {"name", ""}


def test_whole_numbers_are_printed_whole(scene: RouterScene, rest: RestDoor) -> None:
    scene.saved(**_default(scene, scene.variant("a", 70), scene.variant("b", 30)))

    variants = rest._json("GET", f"/router/v1/routers/{scene.name}")["defaultRoute"]["variants"]

    assert [repr(each["weight"]) for each in variants] == ["70", "30"]


def test_the_bare_name_of_a_router_is_answered_with_the_whole(scene: RouterScene) -> None:
    scene.saved()

    def is_told() -> bool:
        with pytest.raises(RefusedError) as refused:
            scene.door.chat(scene.name)
        return f"did you mean 'inworld/{scene.name}'?" in refused.value.message

    # The other worker learns of it a little later.
    eventually(is_told)


def test_without_a_name_the_display_name_is_its_slug(scene: RouterScene, rest: RestDoor) -> None:
    title = scene.name.replace("-", " ").title()
    operation = rest.create(scene.router(name=None, displayName=title))

    assert operation["response"]["name"] == scene.name
    assert scene.door.get(scene.name)["display_name"] == title
