"""Filters, orders and pages of `/api/v1/models`."""

import re
from urllib.parse import parse_qs, urlparse

import pytest
from msgspec import structs

from service.edge.models import filters, pages, query, sorts
from service.edge.models.listing import listing
from service.edge.models.measured import Measurements
from service.errors import InvalidRequest
from service.types.facts import Facts
from tests.edge.model_scene import NOW, directory
from tests.routing.scene import Health

BIG, SMALL, UNKNOWN, FREE = "acme/big-1", "tiny/small-2", "own/unknown", "own/ns/unknown:free"
MODELS = listing(directory()).models
NOTHING_MEASURED = Measurements(Health(), NOW)


def chosen(address: str) -> list[str]:
    return [each.id for each in pages.chosen(MODELS, query.parameters(address), NOW, NOTHING_MEASURED)]


def test_lists_may_be_repeated() -> None:
    address = "/x?a=1&b=2&a=3,4"

    assert query.parameters(address, ("a",)) == {"a": "1,3,4", "b": "2"}
    with pytest.raises(InvalidRequest, match="a: is given more than once"):
        query.parameters(address, ("b",))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", [BIG, SMALL, UNKNOWN, FREE]),
        ("q=big", [BIG]),
        ("q=TWO+small", [SMALL]),
        ("q=", [BIG, SMALL, UNKNOWN, FREE]),
        ("supported_parameters=tools", [BIG]),
        ("supported_parameters=tools,web_search_options", [BIG]),
        ("supported_parameters=max_tokens", [BIG, SMALL, UNKNOWN, FREE]),
        ("input_modalities=image,text", [BIG]),
        ("output_modalities=image", [SMALL]),
        ("output_modalities=all", [BIG, SMALL, UNKNOWN, FREE]),
        ("context=8000", [BIG, SMALL]),
        ("context=8001", [BIG]),
        ("context=300000", [BIG]),  # the second provider has so much
        ("context=300000&providers=first", []),
        ("max_price=0", [SMALL]),
        ("min_price=0.15", [BIG]),
        ("min_price=0.15&max_price=0.15", [BIG]),
        ("min_price=0.151", []),
        ("max_output_price=9.99", [SMALL]),
        ("min_output_price=10", [BIG]),
        ("model_authors=Tiny,nobody", [SMALL]),
        ("providers=second", [BIG, SMALL]),
        ("providers=First%20AI", [BIG]),
        ("providers=OWN,second", [BIG, SMALL, UNKNOWN, FREE]),
        ("providers=1st", [BIG]),
        ("providers=second&max_price=100", [SMALL]),  # there the big one's price is unknown
        ("zdr=true", [BIG]),
        ("region=eu", [BIG]),
        ("region=us", []),
        ("max_age_days=10", [BIG]),
        ("min_age_days=11", [SMALL]),
        ("min_intelligence_index=71.5", [BIG]),
        ("max_intelligence_index=71.4", []),
        ("min_coding_index=1", [BIG, SMALL]),
        ("sort=pricing-low-to-high", [SMALL, BIG, UNKNOWN, FREE]),
        ("sort=pricing-high-to-low", [BIG, SMALL, UNKNOWN, FREE]),
        ("sort=context-high-to-low&providers=second", [BIG, SMALL]),
        ("sort=newest", [BIG, SMALL, UNKNOWN, FREE]),
        ("sort=coding-high-to-low", [SMALL, BIG, UNKNOWN, FREE]),
        ("sort=intelligence-high-to-low", [BIG, SMALL, UNKNOWN, FREE]),
        ("sort=intelligence-high-to-low&q=small", [SMALL]),
    ],
)
def test_what_passes(asked: str, found: list[str]) -> None:
    assert chosen(f"/api/v1/models?{asked}") == found


@pytest.mark.parametrize(("asked", "count"), [("", 0), ("output_modalities=all", 1), ("providers=first", 0)])
def test_what_makes_no_text_is_only_listed_when_asked_for(asked: str, count: int) -> None:
    (big, *_) = MODELS
    facts = Facts(model=big.model, output_modalities=("image",))
    offer = structs.replace(big.offers[0], endpoint=structs.replace(big.offers[0].endpoint, facts=facts))

    found = pages.chosen(
        [structs.replace(big, offers=(offer,))], query.parameters(f"?{asked}"), NOW, NOTHING_MEASURED
    )

    assert len(found) == count


NO_DATA = "cannot be used here"


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        *((f"{name}=1", name, NO_DATA) for name in filters.NO_DATA),
        *((f"sort={name}", "sort", NO_DATA) for name in sorts.NO_DATA),
        ("sort=cheapest", "sort", "one of pricing-low-to-high, .*, got 'cheapest'"),
        ("srot=newest", "srot", "no query parameter; there are all, .*sort"),
        ("supported_parameters=tool", "supported_parameters", "must be of .*tools"),
        ("input_modalities=smell", "input_modalities", "text, image"),
        ("context=many", "context", "whole number of 0 or more, got 'many'"),
        ("context=-1", "context", "whole number"),
        ("context=%D9%A3", "context", "whole number"),
        ("max_price=cheap", "max_price", "number of 0 or more"),
        ("max_price=NaN", "max_price", "number of 0 or more"),
        ("min_price=-1", "min_price", "number of 0 or more"),
        ("zdr=yes", "zdr", "must be true"),
        ("region=mars", "region", "must be eu or us"),
        ("q=a&q=b", "q", "more than once"),
        ("max_age_days=1.5", "max_age_days", "whole number"),
    ],
)
def test_what_is_refused(asked: str, field: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        chosen(f"/api/v1/models?{asked}")

    (violation,) = refused.value.violations
    assert violation.field == field
    assert re.search(said, violation.description)


@pytest.mark.parametrize(
    "asked",
    ["zdr=true", "region=eu", "context=1", "max_price=1", "min_coding_index=1", "max_age_days=1"]
    + [f"sort={name}" for name in sorts.SORTS],
)
def test_what_nothing_here_states_is_refused(asked: str) -> None:
    unknown = [each for each in MODELS if each.model is None]

    with pytest.raises(InvalidRequest, match=NO_DATA):
        pages.chosen(unknown, query.parameters(f"?{asked}"), NOW, NOTHING_MEASURED)


def test_all_faults_of_spelling_are_told_at_once() -> None:
    with pytest.raises(InvalidRequest) as refused:
        chosen("?provider=a&min_prices=1&q=x")

    assert [each.field for each in refused.value.violations] == ["provider", "min_prices"]


def test_pages_join_to_the_whole() -> None:
    ids, address, rounds = [], "/api/v1/models?limit=3&q=%C3%BC%20&output_modalities=all", 0
    models = MODELS[:4]
    while address:
        given = query.parameters(address)
        printed = pages.page(models, given)
        assert printed["total_count"] == 4
        ids += [each["id"] for each in printed["data"]]
        address, rounds = printed["links"]["next"], rounds + 1
        if address:
            assert parse_qs(urlparse(address).query)["q"] == ["ü "]

    assert (ids, rounds) == ([each.id for each in models], 2)


@pytest.mark.parametrize(
    ("asked", "count"), [("", 4), ("offset=0", 4), ("offset=3", 1), ("offset=9", 0), ("limit=1", 1)]
)
def test_a_page(asked: str, count: int) -> None:
    printed = pages.page(MODELS, query.parameters(f"?{asked}"))

    assert len(printed["data"]) == count
    assert (printed["links"]["next"] is None) is (asked != "limit=1")


@pytest.mark.parametrize("asked", ["offset=-1", "limit=0", "limit=1001", "limit=ten"])
def test_a_page_that_cannot_be(asked: str) -> None:
    with pytest.raises(InvalidRequest, match="whole number"):
        pages.page(MODELS, query.parameters(f"?{asked}"))


def test_every_sdk_parameter_is_known() -> None:
    from openrouter.operations import GetModelsRequest

    headers = {"http_referer", "x_open_router_title", "x_open_router_categories"}
    assert set(GetModelsRequest.model_fields) - headers <= pages.PARAMETERS
