"""Looking things up: facts, names, suggestions, and the operator's own rows."""

import json
import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.catalog.catalog import Catalog
from service.catalog.model_row import ModelRow
from service.errors import InvalidRequest
from service.types import checked
from service.types.facts import Facts, Model
from service.types.price import Price

SHIPPED = Catalog.load()
OSS = Model(id="openai/gpt-oss-120b", name="GPT OSS 120B")
SONNET = Model(id="anthropic/claude-sonnet-4.5")
SMALL = Catalog(
    {
        "openai/gpt-oss-120b": OSS,
        "anthropic/claude-sonnet-4.5": SONNET,
        "copy/gpt-oss-120b": Model(id="copy/gpt-oss-120b"),
    },
    {
        "first": {
            "gpt-oss-120b": Facts(model=OSS, tools=True, context_length=10, price=Price(prompt=Decimal(1))),
            "gpt-oss-120b-Turbo": Facts(model=OSS, tools=False),
            "old": Facts(model=OSS),
        },
        "second": {
            "Open/GPT-OSS-120B": Facts(model=OSS, zdr=True, regions=("eu",), price=Price(request=Decimal(1)))
        },
        "third": {
            "claude": Facts(model=SONNET, reasoning=True),
            "mine": Facts(model=Model(id="copy/gpt-oss-120b")),
        },
    },
    unlisted=frozenset({("first", "old"), ("third", "claude")}),
    aliases={"anthropic/claude-sonnet-4.5-20250929": "anthropic/claude-sonnet-4.5"},
)
ALL_OSS = (("first", "gpt-oss-120b"), ("first", "gpt-oss-120b-Turbo"), ("second", "Open/GPT-OSS-120B"))
CLAUDE = (("third", "claude"),)

NAMED: dict[str, tuple[tuple[str, str], ...]] = {
    "gpt-oss-120b": ALL_OSS,
    "GPT-OSS-120B": ALL_OSS,
    "gpt_oss:120b": ALL_OSS,
    "openai/gpt-oss-120b": ALL_OSS,
    "copy/gpt-oss-120b": (("third", "mine"),),
    "claude-sonnet-4-5": CLAUDE,
    "claude-sonnet-4.5": CLAUDE,
    "anthropic/claude-sonnet-4-5": CLAUDE,
    "claude-sonnet-4-5-20250929": CLAUDE,
    "gpt-oss-120b-turbo": (("first", "gpt-oss-120b-Turbo"),),
    "open/gpt-oss-120b": (("second", "Open/GPT-OSS-120B"),),
    "old": (("first", "old"),),
    "someone/gpt-oss-120b": (),
    "gpt-oss-20b": (),
    "": (),
    "/": (),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_name_means_all_that_serve_the_model(name: str) -> None:
    assert SMALL.named(name) == NAMED[name]


@pytest.mark.parametrize(
    ("names", "providers"),
    [
        (
            ("gpt-oss-120b", "openai/gpt-oss-120b"),
            {"groq", "cerebras", "together", "fireworks", "amazon-bedrock"},
        ),
        (
            ("llama-3.3-70b-instruct", "meta-llama/llama-3.3-70b-instruct", "meta/llama-3.3-70b-instruct"),
            {"groq", "together", "deepinfra", "azure", "nvidia", "cloudflare"},
        ),
        (
            (
                "claude-sonnet-4-5",
                "claude-sonnet-4.5",
                "anthropic/claude-sonnet-4-5",
                "claude-sonnet-4-5-20250929",
            ),
            {"anthropic", "amazon-bedrock", "google-vertex", "openrouter", "databricks"},
        ),
        (
            ("mistral/mistral-large-2512", "mistralai/mistral-large-2512"),
            {"mistral", "amazon-bedrock", "nvidia"},
        ),
        (("xai/grok-4.3", "x-ai/grok-4.3", "grok-4-3"), {"xai", "openrouter"}),
    ],
)
def test_names_of_the_shipped_data(names: tuple[str, ...], providers: set[str]) -> None:
    found = {SHIPPED.named(name) for name in names}

    assert len(found) == 1
    assert providers <= {provider for provider, _ in found.pop()}


def test_every_listed_endpoint_is_found_by_its_own_id_and_by_its_models() -> None:
    for provider in SHIPPED.providers:
        for model_id in SHIPPED.listed(provider):
            model = SHIPPED.facts(provider, model_id).model
            assert model is SHIPPED.models[model.id if model else ""]
            assert (provider, model_id) in SHIPPED.named(model.id)
            assert SHIPPED.named(model_id), model_id


@given(st.text(max_size=30))
def test_any_text_may_be_asked_for(text: str) -> None:
    SHIPPED.named(text)
    SHIPPED.model(text)


def test_facts_of_what_is_not_known_are_unknown() -> None:
    assert SMALL.facts("nowhere", "gpt-oss-120b") == Facts()
    assert SMALL.facts("first", "nothing") == Facts()
    assert SMALL.facts("nowhere", "gpt-oss-120b", like="nowhere") == Facts()


def test_a_provider_like_another_has_its_abilities_but_not_its_price_or_promises() -> None:
    assert SMALL.facts("mine", "gpt-oss-120b", like="first") == Facts(
        model=OSS, tools=True, context_length=10
    )
    assert SMALL.facts("mine", "Open/GPT-OSS-120B", like="second") == Facts(model=OSS)
    assert SMALL.facts("first", "gpt-oss-120b", like="third") == SMALL.facts("first", "gpt-oss-120b")


def test_a_profile_of_a_region_is_the_endpoint() -> None:
    plain = SHIPPED.facts("amazon-bedrock", "amazon.nova-lite-v1:0")

    assert plain.price
    assert SHIPPED.facts("amazon-bedrock", "us.amazon.nova-lite-v1:0") == plain
    assert SHIPPED.facts("amazon-bedrock", "moon.amazon.nova-lite-v1:0") == Facts()


def test_what_is_listed() -> None:
    assert SMALL.listed("first") == ("gpt-oss-120b", "gpt-oss-120b-Turbo")
    assert SMALL.listed("third") == ("mine",)
    assert SMALL.listed("nowhere") == ()
    assert SMALL.providers == ("first", "second", "third")
    assert "claude-3-opus-20240229" not in SHIPPED.listed("anthropic")
    assert SHIPPED.facts("anthropic", "claude-3-opus-20240229").max_completion_tokens


def rows(text: str) -> list[ModelRow]:
    """As the settings read them."""
    return [checked.decode(json.dumps(row).encode(), ModelRow) for row in tomllib.loads(text)["models"]]


def test_the_operator_overrides_field_by_field() -> None:
    after = SMALL.with_rows(
        rows('[[models]]\nprovider = "first"\nid = "gpt-oss-120b"\nzdr = true\ntools = false')
    )

    assert after.facts("first", "gpt-oss-120b") == Facts(
        model=OSS, tools=False, context_length=10, zdr=True, price=Price(prompt=Decimal(1))
    )
    assert SMALL.facts("first", "gpt-oss-120b").zdr is None


def test_a_price_is_replaced_as_a_whole_and_is_exact() -> None:
    text = (
        '[[models]]\nprovider = "first"\nid = "gpt-oss-120b"\nprice = { completion = 0.1, request = "0.005" }'
    )
    after = SMALL.with_rows(rows(text))

    price = after.facts("first", "gpt-oss-120b").price
    assert price
    assert (price.prompt, price.completion, price.request) == (None, Decimal("0.1"), Decimal("0.005"))


def test_the_operator_adds_an_endpoint_of_a_known_model_by_its_id() -> None:
    after = SMALL.with_rows(
        rows('[[models]]\nprovider = "mine"\nid = "openai/GPT-OSS-120B"\nregions = ["eu"]')
    )

    assert after.facts("mine", "openai/GPT-OSS-120B") == Facts(model=OSS, regions=("eu",))
    assert after.named("gpt-oss-120b") == (*ALL_OSS, ("mine", "openai/GPT-OSS-120B"))
    assert after.listed("mine") == ("openai/GPT-OSS-120B",)


def test_the_operator_adds_a_model() -> None:
    text = (
        '[[models]]\nprovider = "mine"\nid = "a"\nmodel = "me/best-1"\nname = "Best"\nintelligence = 99\n'
        '[[models]]\nprovider = "other"\nid = "b"\nmodel = "me/best-1"\n'
        '[[models]]\nprovider = "other"\nid = "c"'
    )
    after = SMALL.with_rows(rows(text))

    assert after.models["me/best-1"] == Model(id="me/best-1", name="Best", intelligence=99.0)
    assert after.named("best-1") == (("mine", "a"), ("other", "b"))
    assert after.facts("other", "b").model is after.models["me/best-1"]
    assert after.facts("other", "c") == Facts(model=Model(id="other/c"))


def test_what_is_said_of_a_model_holds_wherever_it_is_served() -> None:
    after = SMALL.with_rows(rows('[[models]]\nprovider = "first"\nid = "gpt-oss-120b"\ncoding = 50'))

    assert [facts.model.coding if facts.model else None for facts in (
        after.facts("first", "gpt-oss-120b"), after.facts("second", "Open/GPT-OSS-120B")
    )] == [50.0, 50.0]  # fmt: skip


def test_a_row_of_the_operator_is_listed() -> None:
    after = SMALL.with_rows(rows('[[models]]\nprovider = "first"\nid = "old"'))

    assert "old" in after.listed("first")


@pytest.mark.parametrize(
    ("member", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"model": "no-author"}, "model"),
        ({"context_length": 0}, "context_length"),
        ({"intelligence": 101}, "intelligence"),
        ({"input_modalities": ["smell"]}, "input_modalities"),
        ({"efforts": ["lots"]}, "efforts"),
        ({"price": {"prompt": -1}}, "price"),
        ({"price": {"prompt": "NaN"}}, "price"),
        ({"price": {"promt": 1}}, "price.promt"),
        ({"price": {"tiers": [{"min_prompt_tokens": 1, "completion": "-1"}]}}, "price.tiers"),
        ({"price": {"tiers": [{"min_prompt_tokens": 2}, {"min_prompt_tokens": 1}]}}, "price"),
    ],
)
def test_a_faulty_row_is_refused(member: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        checked.decode(json.dumps({"provider": "p", "id": "m", **member}).encode(), ModelRow)

    assert [violation.field for violation in caught.value.violations] == [field]
