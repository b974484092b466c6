"""Models in every shape: what is known is printed, what is unknown is never printed as 0."""

from decimal import Decimal
from typing import Any

import pytest
from openrouter.components import ListEndpointsResponse, Model, ModelsListResponse
from openrouter.operations import ListProvidersResponse

from service.edge.models import inworld, openai, openrouter, pages, typed
from service.edge.models.listing import Listed, Offer, listing
from service.edge.models.measured import Measurements
from service.edge.models.money import per_token, plain, strings
from service.types.price import Price
from tests.edge.model_scene import NOW, directory
from tests.routing.scene import Health

ALL = listing(directory(), everything=True)
OFFERS = ALL.offer
NOTHING_MEASURED = Measurements(Health(), NOW)
BIG, SMALL, UNKNOWN = (
    OFFERS["first/big-1-0601"],
    OFFERS["second/small-2"],
    OFFERS["own/ns/unknown:free"],
)


def listed(name: str) -> Listed:
    return ALL.model[name]


@pytest.mark.parametrize(
    ("per_million", "printed"),
    [
        ("0.15", "0.00000015"),
        ("10.0", "0.00001"),
        ("0", "0"),
        ("0.000", "0"),
        ("0.0000001", "0.0000000000001"),
        ("1000000", "1"),
        ("25000000", "25"),
        ("1E+2", "0.0001"),
    ],
)
def test_prices_are_plain_decimals_per_token(per_million: str, printed: str) -> None:
    assert plain(per_token(Decimal(per_million))) == printed


def test_prices_of_one_are_not_divided() -> None:
    price = Price(request=Decimal("0.01"), image=Decimal(2), web_search=Decimal("0.5"), prompt=Decimal(1))

    assert strings(price) == {"request": "0.01", "image": "2", "web_search": "0.5", "prompt": "0.000001"}


def test_openai() -> None:
    assert openai.model(BIG) == {
        "id": "first/big-1-0601",
        "object": "model",
        "created": BIG.facts.model and BIG.facts.model.created,
        "owned_by": "acme",
        "name": "Big One",
        "canonical_id": "acme/big-1",
        "context_length": 200_000,
        "max_completion_tokens": 8_192,
        "input_modalities": ("text", "image"),
        "output_modalities": ("text",),
        "supported_parameters": (
            *("temperature", "top_p", "frequency_penalty", "presence_penalty", "max_tokens"),
            *("max_completion_tokens", "logit_bias", "logprobs", "top_logprobs", "seed", "response_format"),
            *("structured_outputs", "stop", "tools", "tool_choice", "parallel_tool_calls"),
            *("include_reasoning", "reasoning", "reasoning_effort"),
        ),
        "pricing": {
            "prompt": "0.00000015",
            "completion": "0.00001",
            "input_cache_read": "0.0000000000001",
            "request": "0.002",
        },
    }


def test_openai_of_the_unknown() -> None:
    assert openai.model(UNKNOWN) == {
        "id": "own/ns/unknown:free",
        "object": "model",
        "created": 0,
        "owned_by": "own",
        "supported_parameters": (
            *("frequency_penalty", "presence_penalty", "max_tokens", "max_completion_tokens", "logit_bias"),
            *("logprobs", "top_logprobs", "seed", "stop"),
        ),
    }


def test_inworld() -> None:
    (printed,) = inworld.models([BIG])["models"]

    assert printed["pricing"] == {
        "prompt": 1.5e-7,
        "completion": 1e-5,
        "promptToken": 1.5e-7,
        "completionToken": 1e-5,
    }
    assert (printed["model"], printed["provider"], printed["modelCreator"]) == ("big-1-0601", "first", "acme")
    assert printed["spec"]["contextLength"] == 200_000
    assert printed["spec"]["capabilities"] == {
        "functionCalling": True,
        "reasoning": True,
        "promptCaching": True,
        "responseSchema": True,
        "vision": True,
        "reasoningCapability": {
            "supported": True,
            "supportedLevels": ["EFFORT_NONE", "EFFORT_LOW", "EFFORT_HIGH"],
        },
    }


def test_inworld_tells_free_from_unknown() -> None:
    free, unknown = inworld.models([SMALL, UNKNOWN])["models"]

    assert free["pricing"]["prompt"] == 0
    assert free["spec"]["capabilities"]["reasoningCapability"] == {"supported": False, "supportedLevels": []}
    assert unknown["pricing"] == {}
    assert unknown["spec"]["capabilities"] == {}
    assert "contextLength" not in unknown["spec"]


def test_openrouter_joins_the_endpoints_of_a_model() -> None:
    printed = openrouter.model(listed("acme/big-1"))

    assert (printed["id"], printed["name"]) == ("acme/big-1", "Big One")
    assert printed["context_length"] == 400_000  # the largest
    assert printed["top_provider"]["context_length"] == 200_000  # the first, which answers
    assert printed["pricing"]["prompt"] == "0.00000015"
    assert printed["pricing"]["overrides"] == [{"min_prompt_tokens": 128_000, "prompt": "0.0000003"}]
    assert {"tools", "web_search_options"} <= set(printed["supported_parameters"])
    assert printed["architecture"]["modality"] == "text+image->text"
    assert printed["reasoning"] == {
        "mandatory": False,
        "supported_efforts": ["high", "low", "none"],
        "supports_max_tokens": False,
    }
    assert printed["scores"] == {"intelligence": 71.5, "coding": 60.0}


@pytest.mark.parametrize("name", [each.id for each in ALL.models])
def test_openrouters_sdk_reads_every_model_and_endpoint(name: str) -> None:
    model = Model.model_validate(openrouter.model(listed(name)))
    found = ListEndpointsResponse.model_validate(openrouter.endpoints(listed(name), NOTHING_MEASURED))

    assert model.id == found.id == name
    assert [each.tag for each in found.endpoints] == [
        "/".join(filter(None, (offer.provider.name, offer.facts.quantization)))
        for offer in listed(name).offers
    ]
    assert all(each.uptime_last_30m is None and each.latency_last_30m is None for each in found.endpoints)


def test_openrouters_sdk_reads_lists() -> None:
    there = directory()
    those = [(each, True) for each in there.providers.values()] + [
        (each, False) for each in there.off.values()
    ]

    page = ModelsListResponse.model_validate(pages.page(ALL.models, {}))
    providers = ListProvidersResponse.model_validate({"data": openrouter.providers(those)})

    assert page.total_count == len(page.data) == 5
    assert [each.name for each in providers.data] == ["First AI", "Second", "own", "Third"]


@pytest.mark.parametrize("name", ["own/unknown", "own/ns/unknown:free", "acme/hidden"])
def test_an_unknown_price_is_not_zero(name: str) -> None:
    pricing = openrouter.model(listed(name))["pricing"]

    assert pricing == {"prompt": "-1", "completion": "-1"}
    assert openrouter.model(listed("tiny/small-2"))["pricing"] == {"prompt": "0", "completion": "0"}


def _marks(offer: Offer) -> list[Any]:
    model = listed(offer.model_id)
    (endpoint,) = (
        each
        for each in openrouter.endpoints(model, NOTHING_MEASURED)["endpoints"]
        if each["provider_name"] == (offer.provider.title or offer.provider.name)
    )
    return [
        openai.model(offer).get("available", True),
        inworld.models([offer])["models"][0]["isSupported"],
        endpoint.get("available", True),
        typed.model(offer).served,
    ]


@pytest.mark.parametrize(
    ("name", "served"), [("first/big-1-0601", True), ("third/big-1", False), ("third/hidden", False)]
)
def test_what_is_off_is_marked_in_every_shape(name: str, served: bool) -> None:
    assert set(_marks(OFFERS[name])) == {served}
    assert ("available" in openrouter.model(listed("acme/hidden"))) is True
    assert ("available" in openrouter.model(listed("acme/big-1"))) is False


def test_typed() -> None:
    printed = typed.model(BIG)

    assert (printed.pricing.prompt, printed.pricing.completion) == ("0.15", "10")
    assert (printed.pricing.tiers[0].min_prompt_tokens, printed.pricing.tiers[0].prompt) == (128_000, "0.3")
    assert not printed.pricing.HasField("input_cache_write")
    assert list(printed.capabilities.reasoning_efforts) == ["none", "low", "high"]
    assert (printed.scores.intelligence, printed.scores.HasField("math")) == (71.5, False)
    assert (printed.zero_data_retention, list(printed.regions)) == (True, ["eu-west"])
    assert not printed.capabilities.HasField("web_search")


def test_typed_of_the_unknown_has_nothing_but_names() -> None:
    printed = typed.model(UNKNOWN)

    said = {field.name for field, _ in printed.ListFields()}
    assert said == {"id", "provider", "provider_model", "served", "capabilities", "pricing"}
    assert {field.name for field, _ in printed.capabilities.ListFields()} == {"supported_parameters"}
    assert printed.pricing.ListFields() == []
