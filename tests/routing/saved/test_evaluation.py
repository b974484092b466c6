"""From a request for a saved router to the request that is sent on (Inworld 4.1, 4.2, 4.4)."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from service.errors import ErrorKind, InvalidRequest, NoRoute, NotServed
from service.routing.saved.evaluation import Decision, NothingMatched, decide
from service.types.chat_request import ChatRequest
from service.types.flavour import OPENAI, OPENROUTER, Flavour
from tests.routing.saved.routers import compiled, route, variant, when
from tests.routing.scene import NOW, request

GOLD = when('tier == "gold"', route("gold"))
LONG = when("turns > 3", route("long"))


def chat(flavour: Flavour = OPENAI, **members: Any) -> ChatRequest:
    return request(flavour, model="inworld/desk", **members)


def decided(
    asked: ChatRequest | None = None, draw: Callable[[], float] = lambda: 0.5, **members: Any
) -> Decision:
    return decide(compiled(**members), asked or chat(), NOW, draw)


def sent(decision: Decision) -> dict[str, Any]:
    return {name: json.loads(bytes(value)) for name, value in decision.request.members.items()}


ORDER: list[tuple[dict[str, Any], str]] = [
    ({"tier": "gold", "turns": 5}, "gold"),
    ({"tier": "free", "turns": 5}, "long"),
    ({"turns": 5}, "long"),
    ({"tier": "gold"}, "gold"),
    ({"tier": "free", "turns": 3}, "default"),
    ({}, "default"),
]


@pytest.mark.parametrize(("metadata", "taken"), ORDER)
@pytest.mark.parametrize("flavour", [OPENAI, OPENROUTER], ids=lambda each: each.name)
def test_the_first_condition_that_is_true_decides(
    flavour: Flavour, metadata: dict[str, Any], taken: str
) -> None:
    asked = chat(flavour, extra_body={"metadata": metadata})

    decision = decided(asked, routes=[GOLD, LONG])

    assert (decision.routed.router, decision.routed.route_id) == ("desk", taken)
    assert [each.route_id for each in decision.unmatched] == ["gold", "long"][
        : ["gold", "long", "default"].index(taken)
    ]


def test_why_earlier_routes_were_not_taken() -> None:
    decision = decided(chat(extra_body={"metadata": {"tier": "free"}}), routes=[GOLD, LONG])

    assert [(each.route_id, each.reason) for each in decision.unmatched] == [
        ("gold", "the condition is false"),
        ("long", "the condition cannot be evaluated: the request's metadata has no 'turns'"),
    ]


def test_nothing_matches() -> None:
    with pytest.raises(NothingMatched) as refused:
        decided(routes=[GOLD], default_route=None)

    assert isinstance(refused.value, NoRoute)
    assert refused.value.kind is ErrorKind.NO_ROUTE
    assert refused.value.message == "No route matched. Configure a default route or adjust conditions."
    assert [each.route_id for each in refused.value.unmatched] == ["gold"]


HALVES: dict[str, Any] = {"default_route": route("default", variant("a", 50), variant("b", 50))}


def test_a_user_stays() -> None:
    chosen = {
        user: {decided(chat(user=user), lambda: 0.0, **HALVES).routed.variant_id for _ in range(2)}
        for user in map(str, range(40))
    }

    assert {len(each) for each in chosen.values()} == {1}
    assert len(set(map(tuple, chosen.values()))) == 2


@pytest.mark.parametrize("user", [None, ""])
def test_without_a_user_it_is_drawn(user: str | None) -> None:
    members: dict[str, Any] = {} if user is None else {"user": user}
    chosen = [decided(chat(**members), lambda lot=lot: lot / 10, **HALVES) for lot in range(10)]  # type: ignore[misc]

    assert Counter(each.routed.variant_id for each in chosen) == {"a": 5, "b": 5}


def test_a_weight_of_zero_gets_nobody() -> None:
    weights: dict[str, Any] = {
        "default_route": route("d", variant("x", 0), variant("a", 100), variant("y", 0))
    }
    drawn = [decided(draw=lambda lot=lot: lot, **weights) for lot in (0.0, 0.5, 1 - 2**-53)]  # type: ignore[misc]
    users = [decided(chat(user=str(user)), **weights) for user in range(50)]

    assert {each.routed.variant_id for each in (*drawn, *users)} == {"a"}


def test_the_model() -> None:
    decision = decided(default_route=route("d", variant("v", model_id="acme/b:nitro")))

    assert decision.request.body.model == sent(decision)["model"] == "acme/b:nitro"


CONFIG = {
    "max_tokens": 9,
    "temperature": 0.5,
    "top_p": 0.25,
    "repetition_penalty": 1.5,
    "frequency_penalty": 0.5,
    "presence_penalty": -0.5,
    "stop_sequences": ["END"],
    "seed": 7,
    "logit_bias": [{"token_id": "5", "bias_value": 2}],
}
CONFIGS: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None, dict[str, Any], dict[str, Any]]] = {
    # the defaults', the variant's, the request's, what is sent
    "nothing": (None, None, {}, {}),
    "the defaults'": ({"temperature": 0.5}, None, {}, {"temperature": 0.5}),
    "a variant's replaces it all": ({"temperature": 0.5, "seed": 7}, {"top_p": 0.25}, {}, {"top_p": 0.25}),
    "an empty one too": ({"temperature": 0.5}, {}, {}, {}),
    "all of it": (
        None,
        CONFIG,
        {},
        {
            **{name: value for name, value in CONFIG.items() if name not in ("stop_sequences", "logit_bias")},
            "stop": ["END"],
            "logit_bias": [{"token_id": "5", "bias_value": 2.0}],
        },
    ),
    "the request wins": (
        None,
        {"temperature": 0.5, "top_p": 0.25, "stop_sequences": ["END"]},
        {"temperature": 0, "stop": "X"},
        {"temperature": 0, "stop": "X", "top_p": 0.25},
    ),
    "by either name": (None, {"max_tokens": 9}, {"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
    "by the older": (None, {"max_tokens": 9}, {"max_tokens": 5}, {"max_tokens": 5}),
    "a null says nothing": (None, {"seed": 9}, {"seed": None}, {"seed": 9}),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_generation(case: str) -> None:
    defaults, own, asked, expected = CONFIGS[case]
    config: dict[str, Any] = {} if own is None else {"text_generation_config": own}
    decision = decided(
        chat(**asked),
        defaults=None if defaults is None else {"text_generation_config": defaults},
        default_route=route("d", variant("v", **config)),
    )

    told = sent(decision)
    assert {name: told[name] for name in told if name not in ("model", "messages")} == expected
    for name, value in expected.items():
        assert msgspec.to_builtins(getattr(decision.request.body, name)) == value


THOUGHTS: list[tuple[dict[str, Any], str | None]] = [
    ({}, "high"),
    ({"reasoning_effort": "low"}, "low"),
    ({"reasoning": {"effort": "low"}}, "low"),
    ({"extra_body": {"reasoning": {"effort": "none"}}}, "none"),
]


@pytest.mark.parametrize(("asked", "effort"), THOUGHTS)
def test_reasoning(asked: dict[str, Any], effort: str) -> None:
    config = {"reasoning": {"effort": "high"}}
    decision = decided(chat(**asked), default_route=route("d", variant("v", text_generation_config=config)))

    assert decision.request.thinking is not None
    assert decision.request.thinking.effort == effort


SEARCHES: list[tuple[dict[str, Any], Any]] = [
    ({}, {"search_context_size": "low"}),
    ({"web_search_options": {"search_context_size": "high"}}, {"search_context_size": "high"}),
    ({"extra_body": {"web_search_options": {}}}, {}),
    ({"web_search": False}, None),
]


@pytest.mark.parametrize(("asked", "options"), SEARCHES)
def test_web_search_options(asked: dict[str, Any], options: Any) -> None:
    own: dict[str, Any] = {"web_search_options": {"search_context_size": "low"}}

    assert (
        sent(decided(chat(**asked), default_route=route("d", variant("v", **own)))).get("web_search_options")
        == options
    )


SELECTION = {
    "models": ["one/b"],
    "sort": [{"metric": "SORT_METRIC_PRICE"}, {"metric": "SORT_METRIC_MATH"}],
    "ignore": ["x"],
    "provider": {"order": ["one"], "allow_fallbacks": False},
    "fallback": {"ttft_timeout": "800ms"},
}


def test_the_selection_is_as_if_the_request_had_it() -> None:
    said = {**SELECTION, "sort": ["price", "math"]}
    of_variant = decided(default_route=route("d", variant("v", model_selection=SELECTION)))

    assert of_variant.request.routing == chat(extra_body=said).routing


@pytest.mark.parametrize("name", SELECTION)
def test_the_request_wins_over_the_selection_by_member(name: str) -> None:
    own: dict[str, Any] = {
        "models": ["two/c"],
        "sort": ["latency"],
        "ignore": [],
        "provider": {"only": ["two"]},
        "fallback": {},
    }
    asked = chat(extra_body={name: own[name]})
    decision = decided(asked, default_route=route("d", variant("v", model_selection=SELECTION)))

    routing = decision.request.routing
    assert getattr(routing, name) == getattr(asked.routing, name)
    assert all(getattr(routing, other) is not None for other in SELECTION)


DIRECTIONS: list[tuple[str, str | None, str]] = [
    ("PRICE", None, "price"),
    ("PRICE", "UNSPECIFIED", "price"),
    ("PRICE", "ASCENDING", "price"),
    ("PRICE", "DESCENDING", "-price"),
    ("LATENCY", "DESCENDING", "-latency"),
    ("THROUGHPUT", "DESCENDING", "throughput"),
    ("THROUGHPUT", "ASCENDING", "-throughput"),
    ("INTELLIGENCE", "DESCENDING", "intelligence"),
    ("CODING", "ASCENDING", "-coding"),
    ("MATH", "ASCENDING", "-math"),
]


@pytest.mark.parametrize(("metric", "direction", "order"), DIRECTIONS)
def test_directions(metric: str, direction: str | None, order: str) -> None:
    key = {"metric": f"SORT_METRIC_{metric}"} | (
        {"direction": f"SORT_DIRECTION_{direction}"} if direction else {}
    )
    decision = decided(default_route=route("d", variant("v", model_selection={"sort": [key]})))

    assert decision.request.routing.sort == [order]


BRAND = {"role": "system", "content": "For {{brand}}."}
VARIABLES: dict[str, Any] = {"extra_body": {"prompt_variables": {"brand": "Acme"}}}


def test_templates_come_first_and_own_messages_stay_as_they_are() -> None:
    own = '[{"role" : "user", "content":"\\u0041 {{brand}}", "unknown": 1.50}]'
    asked = chat(**VARIABLES)
    asked.members["messages"] = type(asked.members["messages"])(own.encode())

    decision = decided(asked, default_route=route("d", variant("v", message_templates=[BRAND])))

    assert bytes(decision.request.members["messages"]) == (
        b'[{"role":"system","content":"For Acme."},' + own[1:].encode()
    )
    assert [each.role for each in decision.request.body.messages] == ["system", "user"]
    assert [each.text for each in decision.prompt] == ["For Acme."]
    assert asked.body.messages == chat().body.messages


def test_without_templates_the_messages_are_the_same_bytes() -> None:
    asked = chat()

    assert decided(asked).request.members["messages"] is asked.members["messages"]


def test_a_variants_templates_replace_the_defaults() -> None:
    defaults = {"message_templates": [BRAND]}
    own = variant("v", message_templates=[{"role": "user", "content": "Own."}])

    assert [each.text for each in decided(defaults=defaults, default_route=route("d", own)).prompt] == [
        "Own."
    ]
    none = variant("v", message_templates=[])
    assert not decided(defaults=defaults, default_route=route("d", none)).prompt
    assert [each.text for each in decided(chat(**VARIABLES), defaults=defaults).prompt] == ["For Acme."]


def test_missing_variables_of_the_variant_that_was_chosen() -> None:
    templates = [BRAND, {"role": "user", "content": "{{ask}} {{brand}}"}]

    with pytest.raises(InvalidRequest) as refused:
        decided(default_route=route("d", variant("v", message_templates=templates)))

    assert [each.field for each in refused.value.violations] == [
        "prompt_variables.brand",
        "prompt_variables.ask",
    ]
    assert "(variant 'v' of route 'd' of router 'desk')" in refused.value.message
    other = route("d", variant("v", 0, message_templates=templates), variant("w"))
    assert decided(default_route=other).routed.variant_id == "w"


COMPRESSED = {"role": "user", "content": "x", "compression": {"aggressiveness": 0.5}}
UNSERVED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"web_search": {"max_results": 3}}, {}, "web_search"),
    ({"compression": {}}, {}, "compression"),
    ({"message_templates": [COMPRESSED]}, {}, "message_templates.compression"),
    ({}, {"message_templates": [COMPRESSED]}, "message_templates.compression"),
    ({"text_generation_config": {"reasoning": {"mode": "pro"}}}, {}, "text_generation_config.reasoning.mode"),
]


@pytest.mark.parametrize(("own", "defaults", "field"), UNSERVED)
def test_what_nothing_serves_yet(own: dict[str, Any], defaults: dict[str, Any], field: str) -> None:
    with pytest.raises(NotServed) as refused:
        decided(defaults=defaults, default_route=route("d", variant("v", **own)))

    assert refused.value.fields == (field,)
    assert "variant 'v' of route 'd' of router 'desk'" in refused.value.message


def test_what_does_nothing_is_no_obstacle() -> None:
    assert decided(defaults={"optimize_prompt": True}).routed.variant_id == "default"
