"""Conformance: which route, which variant, which options (Inworld 4.1, 4.2)."""

from typing import Any

import pytest

from tests.routers.doors import RefusedError
from tests.routers.scene import RouterScene
from tests.upstreams.fake_vendor import replying

BROKEN = replying({"error": {"message": "no"}}, 500)


def test_the_first_condition_that_is_true_decides(scene: RouterScene) -> None:
    model = scene.saved(
        routes=[
            scene.when('tier == "gold"', scene.route("gold", scene.variant("b"))),
            scene.when("turns > 3", scene.route("long", scene.variant("c"))),
        ]
    )

    def chosen(**metadata: Any) -> tuple[str, str]:
        return scene.chosen(scene.door.chat(model, metadata=metadata))

    assert chosen(tier="gold", turns=5) == ("gold", "b")
    assert chosen(tier="free", turns=5) == ("long", "c")
    assert chosen(tier="free", turns=3) == ("default", "a")
    assert chosen() == ("default", "a")


def test_the_model_of_the_variant_answers(scene: RouterScene) -> None:
    answer = scene.door.chat(scene.saved())

    assert answer.model == scene.model("a")
    assert [each["model"] for each in answer.metadata["attempts"]] == [scene.model("a")]


def test_without_a_default_nothing_matches(scene: RouterScene) -> None:
    model = scene.saved(
        routes=[scene.when("false", scene.route("never", scene.variant("b")))], default_route=None
    )

    with pytest.raises(RefusedError) as refused:
        scene.door.chat(model)

    assert refused.value.status == 400
    assert "No route matched. Configure a default route or adjust conditions." in refused.value.message


def test_an_unknown_router_is_no_model(scene: RouterScene) -> None:
    with pytest.raises(RefusedError) as refused:
        scene.door.chat("inworld/there-is-none")

    assert (refused.value.status, refused.value.reason) == (400, "model_not_found")
    assert "there-is-none" in refused.value.message


def test_a_router_is_no_fallback(scene: RouterScene) -> None:
    model = scene.saved()

    with pytest.raises(RefusedError) as refused:
        scene.door.chat(scene.model("a"), models=[model])

    assert refused.value.status == 400


def test_the_same_user_gets_the_same_variant(scene: RouterScene) -> None:
    halves = scene.route("default", scene.variant("a", 50), scene.variant("b", 50))
    model = scene.saved(default_route=halves)

    chosen = {
        user: {scene.chosen(scene.door.chat(model, user=user)) for _ in range(4)}
        for user in map(str, range(12))
    }

    assert all(len(variants) == 1 for variants in chosen.values())
    assert len({tuple(variants) for variants in chosen.values()}) == 2


def test_without_a_user_the_variant_is_drawn(scene: RouterScene) -> None:
    model = scene.saved(default_route=scene.route("default", scene.variant("a", 50), scene.variant("b", 50)))

    # Both come up, or this is one of 2 in 2**40.
    assert len({scene.chosen(scene.door.chat(model)) for _ in range(40)}) == 2


def test_a_weight_of_zero_gets_nobody(scene: RouterScene) -> None:
    model = scene.saved(default_route=scene.route("default", scene.variant("b", 0), scene.variant("a")))

    assert {scene.chosen(scene.door.chat(model)) for _ in range(10)} == {("default", "a")}


def test_a_weight_of_zero_is_no_fallback(scene: RouterScene) -> None:
    scene.plays("a", BROKEN)
    model = scene.saved(default_route=scene.route("default", scene.variant("a"), scene.variant("b", 0)))

    with pytest.raises(RefusedError) as refused:
        scene.door.chat(model)

    assert refused.value.status == 502


def test_a_variant_has_fallbacks_of_its_own(scene: RouterScene) -> None:
    scene.plays("a", BROKEN)
    selection = {"models": [f"spare/{scene.models['b']}"]}
    model = scene.saved(default_route=scene.route("default", scene.variant("a", model_selection=selection)))

    answer = scene.door.chat(model)

    assert answer.model == f"spare/{scene.models['b']}"
    assert scene.chosen(answer) == ("default", "a")


def test_a_variant_may_pick_from_a_pool(scene: RouterScene) -> None:
    variant = scene.variant("a", model_selection={"models": [scene.model("b")]})
    variant["variant"]["model_id"] = "auto"

    answer = scene.door.chat(scene.saved(default_route=scene.route("default", variant)))

    assert answer.model == scene.model("b")


def test_the_request_wins_over_the_variants_selection(scene: RouterScene) -> None:
    scene.plays("a", BROKEN)
    selection = {"models": [f"spare/{scene.models['b']}"]}
    model = scene.saved(default_route=scene.route("default", scene.variant("a", model_selection=selection)))

    answer = scene.door.chat(model, models=[f"spare/{scene.models['c']}"])

    assert answer.model == f"spare/{scene.models['c']}"


CONFIGS: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None, dict[str, Any], dict[str, Any]]] = {
    # defaults, the variant's, the request's, what the vendor gets
    "defaults": ({"temperature": 0.5}, None, {}, {"temperature": 0.5}),
    "a variant's replaces all of the defaults": (
        {"temperature": 0.5, "seed": 7},
        {"top_p": 0.25},
        {},
        {"top_p": 0.25, "temperature": None, "seed": None},
    ),
    "the request wins, member by member": (
        None,
        {"temperature": 0.5, "top_p": 0.25},
        {"temperature": 1.5},
        {"temperature": 1.5, "top_p": 0.25},
    ),
    "all of them": (
        None,
        {
            "max_tokens": 9,
            "temperature": 0.5,
            "top_p": 0.25,
            "frequency_penalty": 0.5,
            "presence_penalty": -0.5,
            "stop_sequences": ["END"],
            "seed": 7,
        },
        {},
        {
            "max_tokens": 9,
            "temperature": 0.5,
            "top_p": 0.25,
            "frequency_penalty": 0.5,
            "presence_penalty": -0.5,
            "stop": ["END"],
            "seed": 7,
        },
    ),
    "either name of the limit counts as said": (
        None,
        {"max_tokens": 9},
        {"max_completion_tokens": 5},
        {"max_completion_tokens": 5, "max_tokens": None},
    ),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_generation_options(scene: RouterScene, case: str) -> None:
    defaults, own, asked, expected = CONFIGS[case]
    config: dict[str, Any] = {"text_generation_config": own} if own is not None else {}
    model = scene.saved(
        defaults={"text_generation_config": defaults} if defaults is not None else None,
        default_route=scene.route("default", scene.variant("a", **config)),
    )

    scene.door.chat(model, **asked)

    assert {name: scene.sent().get(name) for name in expected} == expected


def test_an_old_name_of_the_limit(scene: RouterScene, rest: Any) -> None:
    """`max_new_tokens` is REST's alone: stubs never had it."""
    variant = scene.variant("a", text_generation_config={"max_new_tokens": 11})
    rest.create(scene.router(default_route=scene.route("default", variant)))

    scene.door.chat(f"inworld/{scene.name}")

    assert scene.sent()["max_tokens"] == 11
