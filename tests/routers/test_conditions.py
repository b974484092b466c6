"""Conformance: what conditions may say, and see (Inworld 4.3)."""

from typing import Any

import pytest

from tests.routers.doors import RefusedError
from tests.routers.scene import RouterScene

IMAGE = "data:image/png;base64,iVBORw0KGgo="
TRUE: list[tuple[str, dict[str, Any]]] = [
    ('tier == "premium"', {"metadata": {"tier": "premium"}}),
    ("use_case == 'support'", {"metadata": {"use_case": "support"}}),
    ("turns < 10 && turns >= 3", {"metadata": {"turns": 3}}),
    ("score > 0.5", {"metadata": {"score": 0.75}}),
    ("vip", {"metadata": {"vip": True}}),
    ("!vip", {"metadata": {"vip": False}}),
    ("true", {}),
    ('"eu" in regions', {"metadata": {"regions": ["us", "eu"]}}),
    ('account.plan == "pro"', {"metadata": {"account": {"plan": "pro"}}}),
    ("nothing == null", {"metadata": {"nothing": None}}),
    ('user == "u-17"', {"user": "u-17"}),
    ('user == "u-17"', {"user": "u-17", "metadata": {"user": "another"}}),
    ("size(messages) == 1", {}),
    ('messages[0].role == "user"', {}),
    ('messages.last().content.matches("(?i).*(refund|chargeback).*")', {"text": "I want a REFUND now"}),
    ('messages.exists(m, m.content.contains("parcel"))', {"text": "my parcel"}),
    ("messages.all(m, m.content.size() < 100)", {}),
    ('messages.last().content == "onetwo"', {"parts": ["one", "two"]}),
    ('now > timestamp("2020-01-01T00:00:00Z")', {}),
    ("now.getFullYear() > 2020", {"metadata": {"now": "yesterday"}}),
    ('model.startsWith("inworld/")', {}),
    ("[1, 2, 3].last() == 3", {}),
    ('metadata.tier == "gold"', {"metadata": {"tier": "gold"}}),
    ('metadata["user-id"] == "u"', {"metadata": {"user-id": "u"}}),
    ('metadata == "mine"', {"metadata": {"metadata": "mine"}}),
    ('tier == "a" || turns > 1', {"metadata": {"turns": 2}}),
]
FALSE: list[tuple[str, dict[str, Any]]] = [
    ('tier == "premium"', {"metadata": {"tier": "free"}}),
    ('tier == "premium"', {}),
    ("turns < 10", {"metadata": {"turns": "3"}}),  # numbers must be sent as numbers
    ("vip", {"metadata": {"vip": "yes"}}),
    ("vip", {"metadata": {"vip": 1}}),
    ("account.plan == 'pro'", {"metadata": {"account": "pro"}}),
    ("messages[7].role == 'user'", {}),
    ("1 / turns > 0", {"metadata": {"turns": 0}}),
    ("[].last() == 1", {}),
    ('metadata.tier == "gold"', {}),
]


def ask(scene: RouterScene, expression: str, given: dict[str, Any]) -> tuple[str, str]:
    model = scene.saved(routes=[scene.when(expression, scene.route("yes", scene.variant("b")))])
    given = dict(given)
    content: Any = given.pop("text", "Hi")
    if parts := given.pop("parts", None):
        content = [{"type": "text", "text": part} for part in parts]
    return scene.chosen(scene.door.chat(model, [{"role": "user", "content": content}], **given))


@pytest.mark.parametrize(("expression", "given"), TRUE, ids=[f"{row[0]} {row[1]}" for row in TRUE])
def test_true(scene: RouterScene, expression: str, given: dict[str, Any]) -> None:
    assert ask(scene, expression, given) == ("yes", "b")


@pytest.mark.parametrize(("expression", "given"), FALSE, ids=[f"{row[0]} {row[1]}" for row in FALSE])
def test_not_true(scene: RouterScene, expression: str, given: dict[str, Any]) -> None:
    assert ask(scene, expression, given) == ("default", "a")


def test_a_message_without_content_is_empty(scene: RouterScene) -> None:
    model = scene.saved(
        routes=[scene.when('messages[1].content == ""', scene.route("yes", scene.variant("b")))]
    )
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "4"},
    ]
    if scene.door.name == "grpc":
        turns[1]["tool_calls"] = [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}]

    assert scene.chosen(scene.door.chat(model, turns)) == ("yes", "b")


@pytest.mark.parametrize("expression", ["tier ==", "1 + 1", '"yes"', "size(messages)", "no_such(1)", ""])
def test_refused_at_creation(scene: RouterScene, expression: str) -> None:
    routes = [scene.when(expression, scene.route("yes", scene.variant("b")))]

    with pytest.raises(RefusedError) as refused:
        scene.door.create(scene.router(routes=routes))

    assert refused.value.status == 400
    assert refused.value.fields == ["routes[0].condition.cel_expression"]


def test_the_metadata_of_openai_is_read_where_there_is_no_other(scene: RouterScene, rest: Any) -> None:
    model = scene.saved(routes=[scene.when('tier == "a"', scene.route("yes", scene.variant("b")))])

    chosen = {
        "top": rest._json("POST", "/v1/chat/completions", json=_body(model, metadata={"tier": "a"})),
        "both": rest._json(
            "POST",
            "/v1/chat/completions",
            json=_body(model, metadata={"tier": "a"}, extra_body={"metadata": {"tier": "z"}}),
        ),
    }

    assert {name: answer["metadata"]["route_id"] for name, answer in chosen.items()} == {
        "top": "yes",
        "both": "default",
    }


def _body(model: str, **members: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}], **members}
