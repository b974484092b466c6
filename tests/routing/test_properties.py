"""What holds for every plan, whatever is asked and however endpoints are doing."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.errors import NoEndpoint
from service.types.flavour import OPENAI, OPENROUTER, Flavour
from service.types.plan import Plan
from service.types.vitals import Vitals
from tests.routing.scene import NOW, Health, order, plan, price, request, router, row, spread, world

PROVIDERS = ("alpha", "beta", "gamma", "delta")
WORLD = world(
    *(
        row(
            f"{provider}/{name}",
            f"acme/{name}",
            price=None if (place + number) % 5 == 4 else price((place * 3 + number * 7) % 6),
            quantization=("fp8", None, "int4", "bf16")[place],
            zdr=(True, None, False, True)[(place + number) % 4],
            trains=(False, True, None, False)[(place + number) % 4],
            tools=(True, None, False, True)[place],
            intelligence=number * 20,
        )
        for place, provider in enumerate(PROVIDERS)
        for number, name in enumerate(("one", "two", "three"))
        if (place, number) != (3, 0)
    )
)
ENDPOINTS = {each.id: each for each in WORLD.listed()}
NAMES = st.sampled_from(
    ["one", "two", "three", *ENDPOINTS, "one:nitro", "two:floor", "one:free", "three:free"]
)
SLUGS = st.lists(st.sampled_from([*PROVIDERS, "nobody"]), max_size=3)
PREFERENCES = st.fixed_dictionaries(
    {},
    optional={
        "order": SLUGS,
        "only": SLUGS,
        "ignore": SLUGS,
        "allow_fallbacks": st.booleans(),
        "zdr": st.booleans(),
        "data_collection": st.sampled_from(["allow", "deny"]),
        "quantizations": st.lists(st.sampled_from(["fp8", "int4", "bf16", "unknown"]), max_size=2),
        "sort": st.sampled_from(["price", "throughput", "latency", "exacto"]),
        "max_price": st.fixed_dictionaries({}, optional={"prompt": st.integers(0, 6)}),
    },
)
STATES = st.dictionaries(
    st.sampled_from(list(ENDPOINTS)),
    st.builds(
        Vitals,
        latency=st.none() | st.floats(0.01, 9),
        throughput=st.none() | st.floats(1, 99),
        share=st.floats(0, 1),
        down=st.booleans(),
        limited_until=st.sampled_from([0.0, NOW + 9]),
    ),
)
ASKED = st.fixed_dictionaries(
    {"model": NAMES | st.just("auto")},
    optional={
        "models": st.lists(NAMES, max_size=4),
        "ignore": SLUGS,
        "sort": st.lists(st.sampled_from(["price", "latency", "intelligence"]), min_size=1, max_size=2),
        "provider": PREFERENCES,
        "tools": st.just([{"type": "function", "function": {"name": "f"}}]),
        "session_id": st.just("s"),
    },
)
FLAVOURS = st.sampled_from([OPENAI, OPENROUTER])


def _planned(asked: dict[str, Any], flavour: Flavour, states: dict[str, Vitals], seed: int) -> Plan | None:
    """The plan, or None when nobody is left; then the error says who was left out for what."""
    try:
        return plan(
            WORLD,
            flavour,
            health=Health(states),
            draw=Random(seed).random,
            settings={"explore": 0.5},
            **asked,
        )
    except NoEndpoint as error:
        told = error.violations
    assert told
    assert all(violation.field and violation.description for violation in told)
    return None


@given(ASKED, FLAVOURS, STATES, st.integers(0, 999))
def test_hard_constraints_are_never_violated(
    asked: dict[str, Any], flavour: Flavour, states: dict[str, Vitals], seed: int
) -> None:
    planned = _planned(asked, flavour, states, seed)
    wanted = asked.get("provider", {})
    for target in planned.targets if planned else ():
        endpoint, facts = target.endpoint, target.endpoint.facts
        named = endpoint.id in (asked["model"], *asked.get("models", ()))
        assert not wanted.get("only") or endpoint.provider in wanted["only"]
        assert endpoint.provider not in (wanted.get("ignore") or ())
        assert endpoint.id == asked["model"] or endpoint.provider not in (asked.get("ignore") or ())
        if wanted.get("order") and (wanted.get("allow_fallbacks") is False or flavour is OPENAI):
            assert endpoint.provider in wanted["order"]
        assert not wanted.get("zdr") or facts.zdr is True
        assert wanted.get("data_collection") != "deny" or facts.trains is False
        assert not wanted.get("quantizations") or (facts.quantization or "unknown") in wanted["quantizations"]
        if "prompt" in wanted.get("max_price", {}):
            assert facts.price
            assert facts.price.prompt is not None
            assert facts.price.prompt <= wanted["max_price"]["prompt"]
        assert named or not asked.get("tools") or facts.tools is not False


@given(ASKED, FLAVOURS, STATES, st.integers(0, 999))
def test_a_plan_has_everybody_once_and_those_who_are_down_last(
    asked: dict[str, Any], flavour: Flavour, states: dict[str, Vitals], seed: int
) -> None:
    planned = _planned(asked, flavour, states, seed)
    if planned is None:
        return
    ids = order(planned)
    assert ids
    assert len(ids) == len(set(ids))
    if asked.get("provider", {}).get("order"):
        return  # an order is kept whoever is unwell
    down = [each in states and (states[each].down or states[each].limited_until > NOW) for each in ids]
    assert down == sorted(down)


@given(ASKED, FLAVOURS, STATES, st.integers(0, 999))
def test_the_order_is_the_same_under_the_same_lots(
    asked: dict[str, Any], flavour: Flavour, states: dict[str, Vitals], seed: int
) -> None:
    one, other = (_planned(asked, flavour, states, seed) for _ in range(2))

    assert (one and order(one)) == (other and order(other))


CROWD = world(
    *(
        row(f"p{number}/m", "acme/m", price=price(number % 7 + 1), intelligence=number % 5)
        for number in range(20)
    )
)
CROWD_STATES = st.dictionaries(
    st.sampled_from([each.id for each in CROWD.listed()]),
    st.builds(
        Vitals,
        latency=st.none() | st.floats(0.01, 9),
        down=st.booleans(),
        limited_until=st.sampled_from([0.0, NOW + 9]),
    ),
)
CROWD_ASKED = st.fixed_dictionaries(
    {
        "model": st.just("acme/m"),
        "session_id": st.just("s"),
        "sort": st.sampled_from([["price"], ["latency"], ["intelligence", "price"]]),
    },
    optional={"provider": st.fixed_dictionaries({"preferred_max_latency": st.sampled_from([0.5, 5.0])})},
)


@given(CROWD_ASKED, CROWD_STATES, FLAVOURS, st.sampled_from(["p3/m", "p17/m", "gone/m"]), st.integers(0, 999))
def test_a_plan_is_the_beginning_of_its_explanation(
    asked: dict[str, Any], states: dict[str, Vitals], flavour: Flavour, holder: str, seed: int
) -> None:
    latencies = {name: spread(its.latency) for name, its in states.items() if its.latency}
    health = Health(states, latencies=latencies, holders={"any": (holder, False)})
    made = request(flavour, **asked)

    planned = router(CROWD, health, draw=Random(seed).random, max_attempts=4).plan(made, flavour)
    told = router(CROWD, health, draw=Random(seed).random).explain(made, flavour)

    well = sum(each.standing == "well" for each in told.candidates)
    first = min(4, well)
    assert order(planned)[:first] == [each.model for each in told.candidates][:first]


@given(st.lists(st.sampled_from(PROVIDERS), unique=True, min_size=1), FLAVOURS, st.integers(0, 999))
def test_an_order_is_kept(providers: list[str], flavour: Flavour, seed: int) -> None:
    asked = {"model": "two", "provider": {"order": providers}}
    planned = _planned(asked, flavour, {}, seed)

    assert planned
    found = [target.endpoint.provider for target in planned.targets]
    assert found[: len(providers)] == providers
    assert set(found[len(providers) :]) == (set() if flavour is OPENAI else set(PROVIDERS) - set(providers))


def test_lots_fall_by_the_square_of_the_price() -> None:
    """The documented example: one dollar against three is nine to one (OpenRouter A5.2)."""
    trio = world(
        row("a/m", "x/m", price=price(1)),
        row("b/m", "x/m", price=price(2)),
        row("c/m", "x/m", price=price(3)),
    )
    health, random = Health({"b/m": Vitals(share=0, down=True)}), Random(1)

    plans = [
        order(plan(trio, OPENROUTER, health=health, draw=random.random, model="x/m")) for _ in range(4000)
    ]

    first = sum(each[0] == "a/m" for each in plans)
    assert 0.88 < first / len(plans) < 0.92
    assert {each[-1] for each in plans} == {"b/m"}
