"""What is wrong with the shape of a document hides nothing that is wrong with what it means."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import InvalidRequest
from service.routing.saved.compiled import checked
from tests.routing.saved.routers import raw, route, variant, when

DEFAULT = "default_route"
VARIANT = f"{DEFAULT}.variants[0].variant"
TEMPLATES = f"{VARIANT}.message_templates"


def _default(*variants: Any) -> dict[str, Any]:
    return {"default_route": route("default", *variants)}


def _templates(*templates: Any) -> dict[str, Any]:
    return _default(variant("a", message_templates=list(templates)))


FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, ["", "name"]),
    "a name alone": ({"name": "x"}, [""]),
    "unknown, and weights": (
        raw(colour=1, **_default(variant("a", 60, shape=2))),
        ["colour", f"{VARIANT}.shape", f"{DEFAULT}.variants"],
    ),
    "a weight that is none, and no sum": (
        raw(**_default(variant("a", "x"), variant("b", 30))),  # type: ignore[arg-type]
        [f"{DEFAULT}.variants[0].weight"],
    ),
    "a model that is none, and the sum": (
        raw(**_default(variant("a", 60, model_id=3), variant("b", 30))),
        [VARIANT + ".model_id", f"{DEFAULT}.variants"],
    ),
    "a variant that is none": (
        raw(**_default(5, variant("b", 30, model_id="inworld/x"))),
        [f"{DEFAULT}.variants[0]", f"{DEFAULT}.variants[1].variant.model_id"],
    ),
    "a default route that is none is one": (raw(default_route=3), [DEFAULT]),
    "routes that are none": (raw(routes=3, default_route=None), ["routes"]),
    "a range, an id, a condition": (
        raw(
            defaults={"text_generation_config": {"temperature": 9}},
            routes=[when("1 +", route("default"))],
        ),
        [
            "defaults.text_generation_config.temperature",
            "routes[0].condition.cel_expression",
            f"{DEFAULT}.route_id",
        ],
    ),
    "no ids": (
        raw(
            routes=[{"route": {"variants": [variant("a", 1)]}, "condition": {"cel_expression": ""}}, "x"],
            default_route={"variants": [{"variant": {}}, {}]},
        ),
        [
            "routes[0].route.route_id",
            "routes[0].route.variants",
            "routes[0].condition.cel_expression",
            "routes[1]",
            f"{DEFAULT}.route_id",
            f"{VARIANT}.variant_id",
            f"{VARIANT}.model_id",
            f"{DEFAULT}.variants[0].weight",
            f"{DEFAULT}.variants[1].variant",
            f"{DEFAULT}.variants[1].weight",
        ],
    ),
    "templates": (
        raw(
            **_templates(
                {"role": "sytem", "content": 3},
                {"role": "user", "content_items": []},
                7,
                {"role": "assistant", "tool_calls": [{"id": 3, "args": "{"}]},
                {"role": "user", "content": "{{"},
            )
        ),
        [
            f"{TEMPLATES}[0].role",
            f"{TEMPLATES}[0].content",
            f"{TEMPLATES}[1].content_items",
            f"{TEMPLATES}[2]",
            f"{TEMPLATES}[3].tool_calls[0].id",
            f"{TEMPLATES}[3].tool_calls[0].name",
            f"{TEMPLATES}[3].tool_calls[0].args",
            f"{TEMPLATES}[4].content",
        ],
    ),
    "a key with a dot": (
        raw(
            defaults={"text_generation_config": {"logit_bias": {"a.b": "x", "c": 5_000}}},
            **_default(variant("a", 90)),
        ),
        [
            "defaults.text_generation_config.logit_bias.a.b",
            "defaults.text_generation_config.logit_bias.c",
            f"{DEFAULT}.variants",
        ],
    ),
    "twice, and a template": (
        raw(displayName="a", display_name="b", **_templates({"role": "user", "content": "{{"})),
        ["display_name", f"{TEMPLATES}[0].content"],
    ),
    "reserved, and the sum": (
        raw(name="models", **_default(variant("a", 9))),
        ["name", f"{DEFAULT}.variants"],
    ),
}


def faults(data: bytes) -> list[str]:
    with pytest.raises(InvalidRequest) as refused:
        checked(data)
    return [each.field for each in refused.value.violations]


@pytest.mark.parametrize("case", FAULTS)
def test_all_at_once_and_none_twice(case: str) -> None:
    document, fields = FAULTS[case]

    assert sorted(faults(json.dumps(document).encode())) == sorted(fields)


def test_more_faults_than_are_told_hide_nothing_else() -> None:
    selection = {"models": [""] * 200}
    document = raw(**_default(variant("a", 90, model_selection=selection)))

    assert faults(json.dumps(document).encode())[-1] == f"{DEFAULT}.variants"


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b'{"name": "\xff"}', b'{"a":' * 5000])
def test_what_is_no_document(data: bytes) -> None:
    assert faults(data) == [""]


UNKEPT: dict[str, tuple[str, list[str]]] = {
    "nul": (r'{"name": "x", "display_name": "a\u0000b"}', ["", "display_name"]),
    "half a pair": (r'{"name": "x", "displayName": "\ud800"}', ["", "display_name"]),
    "the other half": (r'{"name": "x", "display_name": "\udc00a"}', ["", "display_name"]),
    "a whole pair": (r'{"name": "x", "display_name": "\ud83d\ude00"}', [""]),
    "in a name": (r'{"name": "a\u0000"}', ["", "name"]),
    "in the name of a member": (r'{"name": "x", "a\u0000": 1}', ["", "a\ufffd"]),
    "deep inside": (
        r"""{"name": "x", "default_route": {"routeId": "a\ud800", "variants": [{"weight": 100, "variant":
        {"variant_id": "v", "model_id": "m", "message_templates": [{"role": "user", "content": "\u0000"}],
        "textGenerationConfig": {"logit_bias": {"\udfff": 1}}}}]}}""",
        [
            f"{DEFAULT}.route_id",
            f"{TEMPLATES}[0].content",
            f"{VARIANT}.text_generation_config.logit_bias.\ufffd",
        ],
    ),
}


@pytest.mark.parametrize("case", UNKEPT)
def test_texts_that_no_store_keeps(case: str) -> None:
    document, fields = UNKEPT[case]

    assert sorted(faults(document.encode())) == sorted(fields)


_GOOD = raw(
    defaults={"message_templates": [{"role": "user", "content": "{{a}}"}]},
    routes=[when("a == 1", route("r", variant("x", 40), variant("y", 60)))],
    default_route=route("d", variant("a", model_selection={"models": ["m"], "sort": ["price"]})),
)
_BAD = st.sampled_from(
    ["null", "3", "-1", '""', '"x"', r'"\u0000"', "[]", "{}", "[null]", '{"x": 1}', "true", '"1 +"', '"{{"']
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in inner for place in ((value, key), *_places(each))]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_is_wrong_is_told_once(data: st.DataObject) -> None:
    document = json.loads(json.dumps(_GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        inside, key = data.draw(st.sampled_from(_places(document)))
        inside[key] = json.loads(data.draw(_BAD))

    with suppress(InvalidRequest):
        try:
            checked(json.dumps(document).encode())
        except InvalidRequest as error:
            told = [(each.field, each.description) for each in error.violations]
            assert told
            assert len(told) == len(set(told))
            assert not any("?" in field for field, _ in told)
            raise


def test_what_would_take_too_long_to_make_ready_is_refused() -> None:
    long = " || ".join(["true"] * 500)
    routes = [when(long, route(f"r{number}")) for number in range(20)]

    with pytest.raises(InvalidRequest) as caught:
        checked(msgspec.json.encode(raw(routes=routes)))

    assert [each.field for each in caught.value.violations] == ["routes"]
    assert "at most 32768 are allowed" in caught.value.message


def test_a_document_has_a_bound() -> None:
    with pytest.raises(InvalidRequest, match="at most 1048576 are allowed"):
        checked(msgspec.json.encode(raw(display_name="x" * 1_100_000)))
