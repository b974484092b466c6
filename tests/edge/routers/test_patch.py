"""What an update changes of a router's document."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge.routers.patch import mask_of, merged, name_in
from service.edge.snake import members
from service.errors import InvalidRequest

CURRENT: dict[str, Any] = {
    "name": "x",
    "display_name": "Old",
    "defaults": {"message_templates": [], "optimize_prompt": True},
    "default_route": {"route_id": "d", "variants": [1]},
}


def patched(body: dict[str, Any], mask: str = "") -> dict[str, Any]:
    given, current = members(json.dumps(body).encode()), members(json.dumps(CURRENT).encode())
    whole: dict[str, Any] = json.loads(merged(current, given, mask_of(mask, given, "x")))
    return whole


def changed(**members: Any) -> dict[str, Any]:
    """The current one with other members; those that are None are not there."""
    return {name: value for name, value in (CURRENT | members).items() if value is not None}


CASES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "nothing": ({}, "", changed()),
    "what is there replaces": ({"displayName": "New"}, "", changed(display_name="New")),
    "null is not there": ({"display_name": None}, "", changed()),
    "whole members, nothing is merged": (
        {"defaults": {"optimize_prompt": False}},
        "",
        changed(defaults={"optimize_prompt": False}),
    ),
    "a mask leaves the others": (
        {"display_name": "New", "routes": []},
        "display_name",
        changed(display_name="New"),
    ),
    "a mask in camelCase": (
        {"display_name": "New", "routes": []},
        "displayName",
        changed(display_name="New"),
    ),
    "a mask of several": (
        {"display_name": "New", "defaultRoute": {}},
        "displayName, default_route",
        changed(display_name="New", default_route={}),
    ),
    "a mask clears": ({}, "display_name,defaults", changed(display_name=None, defaults=None)),
    "an asterisk is all": (
        {"display_name": "New"},
        "*",
        {"name": "x", "display_name": "New"},
    ),
    "a nested path": (
        {"defaultRoute": {"routeId": "e", "variants": [2]}},
        "defaultRoute.routeId",
        changed(default_route={"route_id": "e", "variants": [1]}),
    ),
    "a nested path clears": (
        {},
        "defaults.message_templates",
        changed(defaults={"optimize_prompt": True}),
    ),
    "the last of a member takes it along": (
        {},
        "defaults.message_templates,defaults.optimize_prompt",
        changed(defaults=None),
    ),
    "a nested path of what is no object": ({"defaults": 5}, "defaults.optimize_prompt", changed(defaults=5)),
    "output only is left out": ({"etag": "e", "createTime": "t", "source": "file"}, "", changed()),
    "a mask of what is output only": ({"etag": "e"}, "etag,update_time", changed()),
    "unknown members come along": ({"colour": 1}, "", changed(colour=1)),
    "and with a mask": ({"colour": 1}, "display_name", changed(display_name=None, colour=1)),
    "the name stays": ({"name": "y"}, "", changed()),
    "a name in the mask that is the same": ({"name": "inworld/x"}, "name", changed()),
}


@pytest.mark.parametrize("case", CASES)
def test_merged(case: str) -> None:
    body, mask, whole = CASES[case]

    assert patched(body, mask) == whole


@pytest.mark.parametrize(
    ("mask", "faults"),
    [
        ("colour", ["'colour'"]),
        ("routes.colour", ["'routes.colour'"]),
        ("display_name.x,defaults.y", ["'display_name.x'", "'defaults.y'"]),
        ("name", ["name"]),
        ("defaultRoute.variants.weight", ["'default_route.variants.weight'"]),
    ],
)
def test_masks_that_are_none(mask: str, faults: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        patched({}, mask)

    assert [each.field for each in refused.value.violations] == ["update_mask"] * len(faults)
    for violation, fault in zip(refused.value.violations, faults, strict=True):
        assert fault in violation.description


@pytest.mark.parametrize(
    ("data", "field"),
    [(b"[]", ""), (b"{", ""), (b"", ""), (b'{"displayName": "a", "display_name": "b"}', "display_name")],
)
def test_bodies_that_are_none(data: bytes, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        members(data)

    assert [each.field for each in refused.value.violations] == [field]


@pytest.mark.parametrize(
    ("body", "name"), [({"name": "routers/x"}, "x"), ({"name": "x"}, "x"), ({"name": 5}, None), ({}, None)]
)
def test_the_name_in_a_body(body: dict[str, Any], name: str | None) -> None:
    assert name_in(members(json.dumps(body).encode())) == name


@given(st.dictionaries(st.sampled_from(list(CURRENT)[1:]), st.integers() | st.none()))
def test_all_in_a_mask_is_as_the_body_says(body: dict[str, Any]) -> None:
    assert patched(body, "*") == {"name": "x"} | {
        key: value for key, value in body.items() if value is not None
    }
