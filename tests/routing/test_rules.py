"""One case for each rule by which models are chosen, named by the section of the contract that has it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import pytest

from service.catalog.model_row import PriceTable
from service.errors import InvalidRequest, ModelNotFound, NoEndpoint, NotServed
from service.types.flavour import OPENAI, OPENROUTER, Flavour
from service.types.vitals import Vitals
from tests.routing.scene import NOW, Health, order, plan, price, request, router, row, spread, took, world

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
IMAGE = [
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]}
]
LONG = [{"role": "user", "content": "word " * 20_000}]

# Three providers of one model, the dearest first; beside it a small model, a big one, and a free one.
WORLD = world(
    row(
        "alpha/mid-1", "acme/mid", price=price(3), intelligence=60, coding=70, math=50, context_length=100_000
    ),
    row("beta/acme/mid", "acme/mid", price=price(1), quantization="fp8", zdr=True, trains=False),
    row(
        "gamma/mid", "acme/mid", price=price(2), quantization="mxfp4", tools=False, max_completion_tokens=500
    ),
    row("beta/small", "acme/small", price=price(0.1), intelligence=20, coding=30, math=40, tools=True),
    row("alpha/big", "acme/big", price=price(30), intelligence=90, coding=60, math=80, web_search=True),
    row("gamma/gratis", "acme/gratis", price=price(0), context_length=1000, input_modalities=("text",)),
    row("delta/unpriced", "acme/unpriced", structured_outputs=False, output_modalities=("text",)),
    row("delta/painter", "acme/painter", price=price(0.01), output_modalities=("image",)),
)
ALPHA, BETA, GAMMA = "alpha/mid-1", "beta/acme/mid", "gamma/mid"
SMALL, BIG, GRATIS, UNPRICED = "beta/small", "alpha/big", "gamma/gratis", "delta/unpriced"
MEASURED = Health({ALPHA: took(0.1, speed=50), BETA: took(0.3, speed=90), GAMMA: took(0.2, speed=20)})


class Case(NamedTuple):
    """What is asked, at which door, how endpoints are doing, and who is asked in which order."""

    name: str
    asked: dict[str, Any]
    expected: list[str]
    flavour: Flavour = OPENAI
    health: Health = MEASURED
    settings: Mapping[str, Any] = MappingProxyType({})


ON_V1 = [
    Case("2.1 a model at a provider is asked there alone", {"model": "alpha/mid-1"}, [ALPHA]),
    Case("2.1 a bare name is any provider's, the fastest first", {"model": "mid"}, [ALPHA, GAMMA, BETA]),
    Case("2.1 a model that is not listed goes to its provider", {"model": "alpha/new"}, ["alpha/new"]),
    Case("2.4 models are fallbacks in order", {"model": BIG, "models": [SMALL, ALPHA]}, [BIG, SMALL, ALPHA]),
    Case("2.4 a fallback may be a bare name", {"model": BIG, "models": ["mid"]}, [BIG, ALPHA, GAMMA, BETA]),
    Case("2.4 a model named twice is asked once", {"model": BIG, "models": [SMALL, BIG]}, [BIG, SMALL]),
    Case(
        "2.4 sort orders the fallbacks, and the model stays first",
        {"model": BIG, "models": [ALPHA, SMALL, BETA], "sort": ["price"]},
        [BIG, SMALL, BETA, ALPHA],
    ),
    Case(
        "2.4 with auto, models are the pool",
        {"model": "auto", "models": [BIG, ALPHA, SMALL]},
        [SMALL, ALPHA, BIG],
    ),
    Case(
        "2.4 a pool may name a provider",
        {"model": "auto", "models": ["alpha", SMALL], "sort": ["intelligence"]},
        [BIG, ALPHA, SMALL],
    ),
    Case(
        "2.5 ignore excludes a provider from the pool",
        {"model": "auto", "models": [BIG, ALPHA, SMALL], "ignore": ["alpha"]},
        [SMALL],
    ),
    Case(
        "2.5 ignore excludes one model of a provider",
        {"model": "auto", "models": [BIG, ALPHA, SMALL], "ignore": ["alpha/big"]},
        [SMALL, ALPHA],
    ),
    Case(
        "2.5 ignore excludes from fallbacks and not the model itself",
        {"model": ALPHA, "models": [BIG, SMALL], "ignore": ["alpha"]},
        [ALPHA, SMALL],
    ),
    Case(
        "2.5 ignore chooses among the providers of a bare name",
        {"model": "mid", "ignore": ["alpha"]},
        [GAMMA, BETA],
    ),
    Case(
        "2.6 order is exactly that order",
        {"model": "mid", "provider": {"order": ["gamma", "alpha"]}},
        [GAMMA, ALPHA],
    ),
    Case(
        "2.6 sort does not affect order",
        {"model": "mid", "provider": {"order": ["gamma", "alpha"]}, "sort": ["price"]},
        [GAMMA, ALPHA],
    ),
    Case(
        "2.6 without order, sort orders the providers",
        {"model": "mid", "sort": ["price"]},
        [BETA, GAMMA, ALPHA],
    ),
    Case(
        "2.6 without fallbacks only one provider is asked",
        {"model": "mid", "provider": {"allow_fallbacks": False}},
        [ALPHA],
    ),
    Case(
        "2.6 without fallbacks only the first of the order is asked",
        {"model": "mid", "provider": {"order": ["gamma", "alpha"], "allow_fallbacks": False}},
        [GAMMA],
    ),
    Case(
        "2.6 slugs that do not serve the model are passed over",
        {"model": "mid", "provider": {"order": ["nobody", "gamma"]}},
        [GAMMA],
    ),
    Case(
        "2.7 price, lowest first",
        {"model": "auto", "sort": ["price"]},
        [GRATIS, SMALL, BETA, GAMMA, ALPHA, BIG, UNPRICED],
    ),
    Case("2.7 latency, lowest first", {"model": "mid", "sort": ["latency"]}, [ALPHA, GAMMA, BETA]),
    Case("2.7 throughput, highest first", {"model": "mid", "sort": ["throughput"]}, [BETA, ALPHA, GAMMA]),
    Case(
        "2.7 intelligence",
        {"model": "auto", "models": [ALPHA, SMALL, BIG], "sort": ["intelligence"]},
        [BIG, ALPHA, SMALL],
    ),
    Case(
        "2.7 coding",
        {"model": "auto", "models": [ALPHA, SMALL, BIG], "sort": ["coding"]},
        [ALPHA, BIG, SMALL],
    ),
    Case("2.7 math", {"model": "auto", "models": [ALPHA, SMALL, BIG], "sort": ["math"]}, [BIG, ALPHA, SMALL]),
    Case(
        "2.7 what is not ranked is last",
        {"model": "auto", "models": [GRATIS, SMALL, BIG], "sort": ["coding"]},
        [BIG, SMALL, GRATIS],
    ),
    Case(
        "2.7 further sorts break ties",
        {"model": "auto", "models": [ALPHA, BETA, GAMMA], "sort": ["intelligence", "throughput"]},
        [BETA, ALPHA, GAMMA],
    ),
    Case("2.7 ties are broken by price", {"model": "mid", "sort": ["intelligence"]}, [BETA, GAMMA, ALPHA]),
    Case(
        "2.7 auto has all there is, by price",
        {"model": "auto"},
        [GRATIS, SMALL, BETA, GAMMA, ALPHA, BIG, UNPRICED],
    ),
    Case(
        "2.7 auto may be ordered by setting",
        {"model": "auto"},
        [BIG, BETA, GAMMA, ALPHA, SMALL, GRATIS, UNPRICED],
        settings={"auto_sort": ["intelligence"]},
    ),
    Case(
        "2.7 auto leaves out who cannot use tools",
        {"model": "auto", "models": [GAMMA, SMALL], "tools": [TOOL]},
        [SMALL],
    ),
    Case(
        "9.2 only those who can are asked, of a bare name too",
        {"model": "mid", "tools": [TOOL]},
        [ALPHA, BETA],
    ),
    Case(
        "9.2 output by a schema",
        {"model": "auto", "models": [UNPRICED, SMALL], "response_format": SCHEMA},
        [SMALL],
    ),
    Case("9.2 images to read", {"model": "auto", "models": [GRATIS, SMALL], "messages": IMAGE}, [SMALL]),
    Case(
        "9.2 pictures to make",
        {"model": "auto", "models": [UNPRICED, "delta/painter"], "modalities": ["image"]},
        ["delta/painter"],
    ),
    Case(
        "9.2 a context that suffices", {"model": "auto", "models": [GRATIS, SMALL], "messages": LONG}, [SMALL]
    ),
    Case("9.2 an answer that is long enough", {"model": "mid", "max_tokens": 600}, [ALPHA, BETA]),
    Case("9.2 a named endpoint is taken at its word", {"model": GAMMA, "tools": [TOOL]}, [GAMMA]),
    Case(
        "9.4 what rests after failures is asked last",
        {"model": "mid"},
        [GAMMA, BETA, ALPHA],
        health=Health(
            {ALPHA: Vitals(latency=0.1, seen=NOW, share=0, down=True), BETA: took(0.3), GAMMA: took(0.2)}
        ),
    ),
    Case(
        "9.4 also before its fallback models",
        {"model": ALPHA, "models": [SMALL]},
        [SMALL, ALPHA],
        health=Health({ALPHA: Vitals(share=0, down=True)}),
    ),
    Case(
        "9.4 who asked to be left alone comes after who rests",
        {"model": "mid", "sort": ["price"]},
        [GAMMA, ALPHA, BETA],
        health=Health({ALPHA: Vitals(share=0, down=True), BETA: Vitals(limited_until=NOW + 5)}),
    ),
    Case(
        "9.5 a conversation stays where its cache is",
        {"model": "mid", "session_id": "s"},
        [BETA, ALPHA, GAMMA],
        health=Health(MEASURED.states, holders={"any": (BETA, False)}),
    ),
    Case(
        "9.5 but not when that is down",
        {"model": "mid", "session_id": "s"},
        [ALPHA, GAMMA, BETA],
        health=Health({**MEASURED.states, BETA: Vitals(share=0, down=True)}, holders={"any": (BETA, True)}),
    ),
    Case(
        "9.5 nor when an order is asked for",
        {"model": "mid", "session_id": "s", "provider": {"order": ["alpha", "beta"]}},
        [ALPHA, BETA],
        health=Health(MEASURED.states, holders={"any": (BETA, True)}),
    ),
]

ON_API_V1 = [
    Case("A8 author and name are any provider's, by lot", {"model": "acme/mid"}, [BETA, GAMMA, ALPHA]),
    Case("A3.2 models are fallbacks", {"model": "acme/big", "models": ["acme/small"]}, [BIG, SMALL]),
    Case(
        "A3.2 without a model the first of models is it", {"models": ["acme/big", "acme/small"]}, [BIG, SMALL]
    ),
    Case("A3.1 without any model it is auto", {}, [GRATIS, SMALL, BETA, GAMMA, ALPHA, BIG, UNPRICED]),
    Case(
        "A8 openrouter/auto", {"model": "openrouter/auto", "models": ["acme/small", "acme/big"]}, [SMALL, BIG]
    ),
    Case(
        "A5 order, then the others",
        {"model": "acme/mid", "provider": {"order": ["alpha"]}},
        [ALPHA, BETA, GAMMA],
    ),
    Case(
        "A5 order without fallbacks is closed",
        {"model": "acme/mid", "provider": {"order": ["alpha", "gamma"], "allow_fallbacks": False}},
        [ALPHA, GAMMA],
    ),
    Case(
        "A5 no fallbacks: one provider",
        {"model": "acme/mid", "provider": {"allow_fallbacks": False}},
        [BETA],
    ),
    Case(
        "A5 no fallbacks among providers; fallback models are",
        {"model": "acme/mid", "models": ["acme/small"], "provider": {"allow_fallbacks": False}},
        [BETA, SMALL],
    ),
    Case("A5 only", {"model": "acme/mid", "provider": {"only": ["gamma", "alpha"]}}, [GAMMA, ALPHA]),
    Case("A5 ignore", {"model": "acme/mid", "provider": {"ignore": ["beta"]}}, [GAMMA, ALPHA]),
    Case(
        "A5 require_parameters leaves out who is not known to take them",
        {
            "model": "acme/small",
            "models": ["acme/mid"],
            "tools": [TOOL],
            "provider": {"require_parameters": True},
        },
        [SMALL],
    ),
    Case("A5 data_collection", {"model": "acme/mid", "provider": {"data_collection": "deny"}}, [BETA]),
    Case("A5 zdr", {"model": "acme/mid", "provider": {"zdr": True}}, [BETA]),
    Case(
        "A5 zdr false has no effect", {"model": "acme/mid", "provider": {"zdr": False}}, [BETA, GAMMA, ALPHA]
    ),
    Case("A5 quantizations", {"model": "acme/mid", "provider": {"quantizations": ["fp8"]}}, [BETA]),
    Case("A5 fp4 takes mxfp4", {"model": "acme/mid", "provider": {"quantizations": ["fp4"]}}, [GAMMA]),
    Case(
        "A5 quantization unknown", {"model": "acme/mid", "provider": {"quantizations": ["unknown"]}}, [ALPHA]
    ),
    Case("A5 sort price", {"model": "acme/mid", "provider": {"sort": "price"}}, [BETA, GAMMA, ALPHA]),
    Case("A5 sort latency", {"model": "acme/mid", "provider": {"sort": "latency"}}, [ALPHA, GAMMA, BETA]),
    Case(
        "A5 sort by", {"model": "acme/mid", "provider": {"sort": {"by": "throughput"}}}, [BETA, ALPHA, GAMMA]
    ),
    Case(
        "A5 max_price",
        {"model": "acme/mid", "provider": {"max_price": {"prompt": 2, "completion": "4"}}},
        [BETA, GAMMA],
    ),
    Case(
        "A5 an unknown price is above every limit",
        {"model": "acme/unpriced", "models": ["acme/small"], "provider": {"max_price": {"prompt": 99}}},
        [SMALL],
    ),
    Case(
        "A5 preferred_max_latency puts others last",
        {"model": "acme/mid", "provider": {"preferred_max_latency": 0.25}},
        [GAMMA, ALPHA, BETA],
        health=Health(latencies={ALPHA: spread(0.1), BETA: spread(0.3), GAMMA: spread(0.2)}),
    ),
    Case(
        "A5 preferred_min_throughput at a percentile",
        {"model": "acme/mid", "provider": {"preferred_min_throughput": {"p90": 40}}},
        [GAMMA, ALPHA, BETA],
        health=Health(throughputs={ALPHA: spread(50), BETA: spread(30), GAMMA: spread(40)}),
    ),
    Case("A5.1 display names", {"model": "acme/mid", "provider": {"only": ["Gamma"]}}, [GAMMA]),
    Case(
        "A5.1 a slug with its quantization",
        {"model": "acme/mid", "provider": {"only": ["beta/fp8", "alpha/fp8"]}},
        [BETA],
    ),
    Case(
        "A5.2 without outages first",
        {"model": "acme/mid"},
        [GAMMA, ALPHA, BETA],
        health=Health({BETA: Vitals(share=0, down=True)}),
    ),
    Case(
        "A5.2 a price of 0 is first, an unknown one last",
        {"models": ["acme/gratis", "acme/unpriced"], "route": "sort"},
        [GRATIS, UNPRICED],
    ),
    Case(
        "A5.4 partition by model",
        {"models": ["acme/big", "acme/mid"], "provider": {"sort": {"by": "price", "partition": "model"}}},
        [BIG, BETA, GAMMA, ALPHA],
    ),
    Case(
        "A5.4 no partition",
        {"models": ["acme/big", "acme/mid"], "provider": {"sort": {"by": "price", "partition": "none"}}},
        [BETA, GAMMA, ALPHA, BIG],
    ),
    Case(
        "A5.4 route sort is no partition",
        {"models": ["acme/big", "acme/mid"], "route": "sort", "provider": {"sort": "price"}},
        [BETA, GAMMA, ALPHA, BIG],
    ),
    Case("A5.5 who has tools is preferred", {"model": "acme/mid", "tools": [TOOL]}, [BETA, ALPHA]),
    Case("A8 :nitro", {"model": "acme/mid:nitro"}, [BETA, ALPHA, GAMMA]),
    Case("A8 :floor", {"model": "acme/mid:floor"}, [BETA, GAMMA, ALPHA]),
    Case("A8 :free", {"model": "acme/gratis:free"}, [GRATIS]),
    Case("A8 :online", {"model": "acme/big:online"}, [BIG]),
    Case(
        "A8 an explicit sort wins over a suffix",
        {"model": "acme/mid:nitro", "provider": {"sort": "price"}},
        [BETA, GAMMA, ALPHA],
    ),
    Case(
        "A8 :exacto, by errors, then precision",
        {"model": "acme/mid:exacto"},
        [GAMMA, ALPHA, BETA],
        health=Health({BETA: Vitals(error_rate=0.2)}),
    ),
    Case(
        "A12 a conversation that goes on stays",
        {
            "model": "acme/mid",
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Ho"},
                {"role": "user", "content": "?"},
            ],
        },
        [ALPHA, BETA, GAMMA],
        health=Health(holders={"any": (ALPHA, False)}),
    ),
    Case(
        "A12 a first request stays where the cache was used",
        {"model": "acme/mid"},
        [ALPHA, BETA, GAMMA],
        health=Health(holders={"any": (ALPHA, True)}),
    ),
    Case(
        "A12 a first request like another one does not",
        {"model": "acme/mid"},
        [BETA, GAMMA, ALPHA],
        health=Health(holders={"any": (ALPHA, False)}),
    ),
]


def _by_door() -> list[Any]:
    both = [(case, OPENAI) for case in ON_V1] + [(case, OPENROUTER) for case in ON_API_V1]
    return [pytest.param(case, flavour, id=f"{flavour.name} {case.name}") for case, flavour in both]


@pytest.mark.parametrize(("case", "flavour"), _by_door())
def test_rule(case: Case, flavour: Flavour) -> None:
    planned = plan(WORLD, flavour, health=case.health, settings=case.settings, **case.asked)

    assert order(planned) == case.expected


class Refusal(NamedTuple):
    """What is asked, and how it is refused: the kind of error and what its message must say."""

    name: str
    asked: dict[str, Any]
    error: type[Exception]
    says: list[str]
    flavour: Flavour = OPENROUTER


REFUSALS = [
    Refusal("2.1 an unknown name", {"model": "nothing"}, ModelNotFound, ["nothing"], OPENAI),
    Refusal(
        "2.4 an unknown fallback is named",
        {"model": SMALL, "models": ["nothing"]},
        ModelNotFound,
        ["models[0]"],
        OPENAI,
    ),
    Refusal(
        "2.5 nobody is left of the pool",
        {"model": "auto", "models": [SMALL], "ignore": ["beta"]},
        NoEndpoint,
        ["ignore", SMALL],
        OPENAI,
    ),
    Refusal(
        "2.6 nobody of the order serves it",
        {"model": "mid", "provider": {"order": ["delta"]}},
        NoEndpoint,
        ["provider.order", ALPHA],
        OPENAI,
    ),
    Refusal(
        "9.2 who was dropped for what",
        {"model": "mid", "tools": [TOOL], "max_tokens": 600, "provider": {"only": ["gamma"]}},
        NoEndpoint,
        ["tools", GAMMA, "max_tokens", "500", "provider.only", ALPHA],
        OPENAI,
    ),
    Refusal(
        "2.4 too many models",
        {"model": SMALL, "models": [SMALL] * 65},
        InvalidRequest,
        ["models", "65", "64"],
        OPENAI,
    ),
    Refusal(
        "A5 only",
        {"model": "acme/mid", "provider": {"only": ["delta"]}},
        NoEndpoint,
        ["provider.only", ALPHA],
    ),
    Refusal(
        "A5 a named endpoint is bound by only too",
        {"model": "delta/unpriced", "provider": {"only": ["beta"]}},
        NoEndpoint,
        ["provider.only"],
    ),
    Refusal("A5 zdr", {"model": "acme/big", "provider": {"zdr": True}}, NoEndpoint, ["provider.zdr"]),
    Refusal(
        "A5 data_collection",
        {"model": "acme/big", "provider": {"data_collection": "deny"}},
        NoEndpoint,
        ["provider.data_collection"],
    ),
    Refusal(
        "A5 quantizations",
        {"model": "acme/big", "provider": {"quantizations": ["fp8"]}},
        NoEndpoint,
        ["unknown"],
    ),
    Refusal(
        "A5 max_price",
        {"model": "acme/big", "provider": {"max_price": {"prompt": "29.5"}}},
        NoEndpoint,
        ["provider.max_price.prompt", "30", "29.5"],
    ),
    Refusal(
        "A5 max_price per image",
        {"model": "acme/big", "provider": {"max_price": {"image": 1}}},
        NoEndpoint,
        ["image price", "unknown"],
    ),
    Refusal(
        "A5 enforce_distillable_text",
        {"model": "acme/big", "provider": {"enforce_distillable_text": True}},
        NoEndpoint,
        ["distilled"],
    ),
    Refusal(
        "A5 require_parameters",
        {"model": "acme/mid", "seed": 1, "top_k": 2, "provider": {"require_parameters": True}},
        NoEndpoint,
        ["top_k", ALPHA],
    ),
    Refusal("A8 :free", {"model": "acme/mid:free"}, NoEndpoint, ["free"]),
    Refusal(
        "A8 :online without a search of the vendor's own",
        {"model": "acme/mid:online"},
        NotServed,
        ["web search"],
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case.flavour.name} {case.name}")
def test_refusal(case: Refusal) -> None:
    with pytest.raises(case.error) as caught:
        plan(WORLD, case.flavour, health=MEASURED, **case.asked)

    assert type(caught.value) is case.error
    assert not [words for words in case.says if words not in str(caught.value)]


def test_what_left_somebody_out_is_told_in_openrouters_words() -> None:
    with pytest.raises(NoEndpoint) as caught:
        plan(WORLD, OPENROUTER, model="acme/big", provider={"zdr": True, "max_price": {"prompt": 1}})

    assert set(caught.value.excluded_by) == {"data_policy:zdr", "max_price"}


def test_a_request_of_one_endpoint_that_its_dialect_cannot_say_is_at_fault_itself() -> None:
    claude = world(row("claude/c", "acme/c"), providers={"claude": {"dialect": "anthropic"}})

    with pytest.raises(InvalidRequest) as caught:
        plan(claude, model="claude/c", n=2)

    assert type(caught.value) is InvalidRequest
    assert "n" in str(caught.value)


def test_suffixes_change_what_is_asked_there_alone() -> None:
    fallbacks = ["beta/small", "alpha/big:online"]
    thinking, plain, online = plan(WORLD, model="alpha/mid-1:thinking", models=fallbacks).targets
    (said,) = plan(WORLD, model="alpha/mid-1:thinking", reasoning_effort="low").targets

    assert thinking.request
    assert thinking.request.thinking
    assert thinking.request.thinking.effort == "medium"
    assert plain.request is None
    assert online.request
    assert online.request.thinking is None
    assert online.request.body.web_search_options is not None
    assert bytes(online.request.members["web_search_options"]) == b"{}"
    assert said.request is None


SUFFIXED = [
    ({"model": "acme/mid:free", "models": ["acme/small"]}, [SMALL]),
    ({"model": "acme/small", "models": ["acme/mid:free", "acme/gratis:free"]}, [SMALL, GRATIS]),
    ({"model": "acme/small", "models": ["acme/mid:online"]}, [SMALL]),
    ({"model": "acme/mid", "models": ["acme/small:nitro"]}, [BETA, GAMMA, ALPHA, SMALL]),
    ({"model": "auto:free"}, [GRATIS]),
    ({"model": "auto", "models": ["acme/mid:free", "acme/big"]}, [BIG]),
]


@pytest.mark.parametrize(("asked", "expected"), SUFFIXED, ids=lambda each: str(each)[:60])
def test_a_suffix_touches_its_own_name_alone(asked: dict[str, Any], expected: list[str]) -> None:
    assert order(plan(WORLD, OPENROUTER, health=MEASURED, **asked)) == expected


def test_ttft_timeout_and_the_manners_of_the_door_are_in_the_plan() -> None:
    one = plan(WORLD, model="mid", fallback={"ttft_timeout": "1.5s"})
    other = plan(WORLD, OPENROUTER, model="acme/mid")

    assert (one.ttft_timeout, one.refusals_fall_over) == (1.5, False)
    assert (other.ttft_timeout, other.refusals_fall_over) == (None, True)


def test_who_recovers_goes_first_as_often_as_it_may() -> None:
    health = Health({BETA: Vitals(share=0.3)})

    chosen = plan(WORLD, OPENROUTER, health=health, draw=lambda: 0.2, model="acme/mid")
    spared = plan(WORLD, OPENROUTER, health=health, draw=lambda: 0.4, model="acme/mid")

    assert order(chosen)[0] == BETA
    assert order(spared)[-1] == BETA


def test_now_and_then_somebody_unmeasured_goes_first() -> None:
    states = {ALPHA: took(0.1), BETA: took(0.2), GAMMA: took(0.3, seen=NOW - 120)}

    explored = plan(WORLD, health=Health(states), draw=lambda: 0.04, settings={"explore": 0.05}, model="mid")
    usual = plan(WORLD, health=Health(states), draw=lambda: 0.06, settings={"explore": 0.05}, model="mid")
    priced = plan(
        WORLD, health=Health(states), draw=lambda: 0.0, settings={"explore": 1.0}, model="mid", sort=["price"]
    )

    assert (order(explored)[0], explored.selection.explored) == (GAMMA, True)
    assert (order(usual)[0], usual.selection.explored) == (ALPHA, False)
    assert order(priced)[0] == BETA


def test_what_nobody_has_measured_is_in_the_middle() -> None:
    health = Health({ALPHA: took(0.3), GAMMA: took(0.1)})

    assert order(plan(WORLD, health=health, model="mid"))[0] == GAMMA
    assert order(plan(WORLD, health=health, model="mid"))[-1] == ALPHA


def test_auto_takes_as_many_as_may_be_tried() -> None:
    assert order(plan(WORLD, model="auto", settings={"max_attempts": 2})) == [GRATIS, SMALL]


def test_a_conversation_stays_among_the_endpoints_of_its_model() -> None:
    health = Health(MEASURED.states, holders={"any": (SMALL, True)})

    planned = plan(WORLD, health=health, model="mid", models=[BIG, SMALL], session_id="s")

    assert order(planned) == [ALPHA, GAMMA, BETA, BIG, SMALL]
    assert not planned.selection.sticky


def test_a_conversation_does_not_stay_where_a_soft_limit_is_missed() -> None:
    health = Health(MEASURED.states, latencies={BETA: spread(9)}, holders={"any": (BETA, True)})
    limit = {"preferred_max_latency": 1}

    assert order(plan(WORLD, health=health, model="mid", session_id="s", provider=limit))[0] == ALPHA


def test_an_order_is_kept_whoever_is_unwell() -> None:
    health = Health({ALPHA: Vitals(share=0, down=True), BETA: Vitals(share=0, down=True)})
    planned = plan(WORLD, OPENROUTER, health=health, model="acme/mid", provider={"order": ["alpha"]})

    assert order(planned) == [ALPHA, GAMMA, BETA]


def tiered(prompt: str, above: str) -> PriceTable:
    tiers = [{"min_prompt_tokens": 1000, "prompt": above}]
    return msgspec.convert({"prompt": prompt, "completion": "0", "tiers": tiers}, PriceTable)


TIERED = world(
    row(
        "a/m",
        "x/m",
        price=tiered("0", "10"),
    ),
    row("b/m", "x/m", price=tiered("1", "0")),
)


def test_prices_are_those_of_the_size_of_the_prompt() -> None:
    limit = {"max_price": {"prompt": 2}}

    assert order(plan(TIERED, model="x/m", provider=limit, messages=LONG)) == ["b/m"]
    assert set(order(plan(TIERED, model="x/m", provider=limit))) == {"a/m", "b/m"}
    assert order(plan(TIERED, model="x/m:free")) == ["a/m"]
    assert order(plan(TIERED, model="x/m:free", messages=LONG)) == ["b/m"]


def test_a_list_that_allows_nobody_allows_nobody() -> None:
    with pytest.raises(NoEndpoint):
        plan(WORLD, model="mid", provider={"only": []})
    assert order(plan(WORLD, model="mid", provider={"ignore": [], "order": []}))


def test_names_that_mean_nothing_are_told() -> None:
    asked: dict[str, Any] = {
        "model": "mid",
        "ignore": ["alpah"],
        "provider": {"order": ["betta", "gamma"], "ignore": ["acme/smal"]},
    }

    planned = plan(WORLD, **asked)

    assert [(each.param, each.reason.split("'")[1]) for each in planned.warnings] == [
        ("provider.order", "betta"),
        ("ignore", "alpah"),
        ("provider.ignore", "acme/smal"),
    ]
    with pytest.raises(NoEndpoint) as caught:
        plan(WORLD, model="mid", provider={"only": ["alpah"]})
    assert "'alpah' is no provider" in str(caught.value)


def test_many_that_are_left_out_for_one_reason_are_told_in_short() -> None:
    crowd = world(*(row(f"p{number}/m", "x/m") for number in range(40)))

    with pytest.raises(NoEndpoint) as caught:
        plan(crowd, model="m", provider={"zdr": True})

    assert len(caught.value.violations) == 6
    assert "and 35 more" in str(caught.value)


def test_huge_numbers_are_no_trouble() -> None:
    assert plan(WORLD, model="auto", models=[ALPHA, SMALL], max_tokens=2**53).targets


def test_an_explanation_names_everybody() -> None:
    asked = request(OPENROUTER, model="acme/mid", tools=[TOOL], max_tokens=100)
    told = router(WORLD, MEASURED).explain(asked, OPENROUTER)

    assert [each.model for each in told.candidates] == [BETA, ALPHA]
    assert told.candidates[0].first_chance == pytest.approx(0.9)
    assert told.candidates[0].expected_cost == pytest.approx((1 * told.prompt_tokens + 2 * 100) / 1e6)
    assert [(each.endpoint, each.rule) for each in told.excluded] == [(GAMMA, "tools")]
    assert told.reasoning == f"Selected '{BETA}' for 'acme/mid', sorted by price, by lot"


def test_an_explanation_of_a_refusal_has_nobody() -> None:
    told = router(WORLD).explain(request(model="mid", provider={"zdr": True, "only": ["alpha"]}), OPENAI)

    assert told.candidates == []
    assert {each.endpoint for each in told.excluded} == {ALPHA, BETA, GAMMA}
