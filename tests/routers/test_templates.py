"""Conformance: message templates and prompt variables (Inworld 4.4)."""

from typing import Any

import pytest

from tests.routers.doors import RefusedError
from tests.routers.scene import RouterScene

BRAND = {"role": "system", "content": "You help customers of {{brand}}."}
USER = {"role": "user", "content": "Hi"}


def _with(scene: RouterScene, *templates: dict[str, Any], **members: Any) -> str:
    variant = scene.variant("a", message_templates=list(templates))
    return scene.saved(default_route=scene.route("default", variant), **members)


def test_templates_come_first(scene: RouterScene) -> None:
    scene.door.chat(_with(scene, BRAND), variables={"brand": "Acme"})

    assert scene.sent()["messages"] == [
        {"role": "system", "content": "You help customers of Acme."},
        USER,
    ]


def test_a_missing_variable_is_named(scene: RouterScene) -> None:
    model = _with(scene, BRAND, {"role": "user", "content": "{{ greeting }}, {{brand}}"})

    with pytest.raises(RefusedError) as refused:
        scene.door.chat(model, variables={"other": "x"})

    assert refused.value.status == 400
    assert "brand" in refused.value.message
    assert "greeting" in refused.value.message
    assert f"variant 'a' of route 'default' of router '{scene.name}'" in refused.value.message
    assert not scene.vendor.calls(scene.models["a"])


def test_values_are_taken_as_they_are(scene: RouterScene) -> None:
    scene.door.chat(_with(scene, BRAND), variables={"brand": '{{brand}} "quoted"\n\u2028 é'})

    assert scene.sent()["messages"][0]["content"] == ('You help customers of {{brand}} "quoted"\n\u2028 é.')


def test_the_requests_own_messages_are_never_changed(scene: RouterScene) -> None:
    own = {"role": "user", "content": "What is {{brand}}?"}

    scene.door.chat(_with(scene, BRAND), [own], variables={"brand": "Acme"})

    assert scene.sent()["messages"][1] == own


def test_a_variants_templates_replace_the_defaults(scene: RouterScene) -> None:
    defaults = {"message_templates": [{"role": "system", "content": "Default."}]}

    scene.door.chat(_with(scene, BRAND, defaults=defaults), variables={"brand": "Acme"})

    assert [each["role"] for each in scene.sent()["messages"]] == ["system", "user"]


def test_the_defaults_hold_where_a_variant_has_none(scene: RouterScene) -> None:
    scene.door.chat(scene.saved(defaults={"message_templates": [BRAND]}), variables={"brand": "Acme"})

    assert scene.sent()["messages"][0]["content"] == "You help customers of Acme."


def test_content_items(scene: RouterScene) -> None:
    items = {"role": "system", "content_items": [{"text": "For {{brand}}."}, {"text": "Be brief."}]}

    scene.door.chat(_with(scene, items), variables={"brand": "Acme"})

    content = scene.sent()["messages"][0]["content"]
    assert [part["text"] for part in content] == ["For Acme.", "Be brief."]


def test_tool_messages(scene: RouterScene) -> None:
    call = {"id": "c1", "name": "look_up", "args": '{"who": "{{who}}"}'}
    scene.door.chat(
        _with(
            scene,
            {"role": "user", "content": "Who is {{who}}?"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "{{who}} is a customer."},
        ),
        variables={"who": 'Ann "A" Bee'},
    )

    asked, called, result, own = scene.sent()["messages"]
    assert asked["content"] == 'Who is Ann "A" Bee?'
    function = called["tool_calls"][0]
    assert (function["id"], function["type"], function["function"]["name"]) == ("c1", "function", "look_up")
    assert function["function"]["arguments"] == '{"who": "Ann \\"A\\" Bee"}'
    assert (result["tool_call_id"], result["content"]) == ("c1", 'Ann "A" Bee is a customer.')
    assert own == USER


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unclosed": ({"role": "system", "content": "For {{brand"}, "content"),
    "no name": ({"role": "system", "content": "For {{}}."}, "content"),
    "no content": ({"role": "system"}, ""),
    "a result of no call": ({"role": "tool", "content": "4"}, ""),
}


@pytest.mark.parametrize("case", FAULTS)
def test_refused_at_creation(scene: RouterScene, case: str) -> None:
    template, member = FAULTS[case]
    place = "default_route.variants[0].variant.message_templates[0]"

    with pytest.raises(RefusedError) as refused:
        _with(scene, template)

    assert refused.value.status == 400
    assert all(field.startswith(f"{place}.{member}" if member else place) for field in refused.value.fields)
    assert refused.value.fields
