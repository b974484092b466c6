"""From a model's name to the endpoint that serves it."""

import pytest

from service.errors import ModelNotFound, NotServed, PointsmanError, ProviderNotFound
from service.providers.provider import Provider
from service.routing.names import resolve


def provider(name: str, *models: str, models_only: bool = False, by_name_only: bool = False) -> Provider:
    return Provider(
        name=name,
        dialect="openai",
        base_url=f"https://{name}.test/v1",
        models=models,
        models_only=models_only,
        by_name_only=by_name_only,
    )


PROVIDERS = {
    each.name: each
    for each in (
        provider("openai", "gpt-5", "gpt-5-mini", "o3", "shared"),
        provider("acme", "llama-3", "meta/llama-4", "shared", "gpt-5-acme"),
        provider("closed", "only-this", "meta/only", models_only=True),
        provider("demo", "fast", "gpt-5-demo", models_only=True, by_name_only=True),
        provider("empty"),
    )
}


@pytest.mark.parametrize(
    ("name", "at", "model"),
    [
        ("openai/gpt-5", "openai", "gpt-5"),
        ("openai/gpt-77-not-yet-known", "openai", "gpt-77-not-yet-known"),
        ("acme/meta/llama-4", "acme", "meta/llama-4"),
        ("acme/meta/unlisted", "acme", "meta/unlisted"),
        ("acme//odd", "acme", "/odd"),
        ("acme/shared", "acme", "shared"),
        ("empty/anything", "empty", "anything"),
        ("closed/only-this", "closed", "only-this"),
        ("closed/meta/only", "closed", "meta/only"),
        ("demo/fast", "demo", "fast"),
        ("gpt-5", "openai", "gpt-5"),
        ("llama-3", "acme", "llama-3"),
        ("only-this", "closed", "only-this"),
        ("openai/auto", "openai", "auto"),
        ("OpenAI/gpt-5", "openai", "gpt-5"),
    ],
)
def test_names_that_lead_somewhere(name: str, at: str, model: str) -> None:
    plan = resolve(name, PROVIDERS)

    assert (plan.endpoint.provider, plan.endpoint.model) == (at, model)
    assert (plan.endpoint.base_url, plan.endpoint.dialect) == (f"https://{at}.test/v1", "openai")
    assert plan.endpoint.id == f"{at}/{model}"
    assert plan.reason == f"Using specified model: '{at}/{model}'"


def test_an_id_can_be_sent_back() -> None:
    endpoint = resolve("gpt-5", PROVIDERS).endpoint

    assert resolve(endpoint.id, PROVIDERS).endpoint == endpoint


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        (
            "opnai/gpt-5",
            ProviderNotFound,
            (
                "'opnai' is no configured provider, got 'opnai/gpt-5'; "
                "one of: acme, closed, demo, empty, openai; nearest: openai/gpt-5"
            ),
        ),
        (
            "zzz/zzz",
            ProviderNotFound,
            "'zzz' is no configured provider, got 'zzz/zzz'; one of: acme, closed, demo, empty, openai",
        ),
        ("meta/llama-4", ProviderNotFound, "nearest: acme/meta/llama-4"),
        ("/gpt-5", ProviderNotFound, "'' is no configured provider"),
        ("openai/", ModelNotFound, "names no model after the slash, got 'openai/'"),
        (
            "closed/only-thiss",
            ModelNotFound,
            "'closed' serves no model 'only-thiss'; nearest: closed/only-this",
        ),
        ("demo/slow", ModelNotFound, "'demo' serves no model 'slow'"),
        ("gpt5", ModelNotFound, "no configured provider lists 'gpt5'; nearest: openai/gpt-5"),
        ("xyzzy", ModelNotFound, "no configured provider lists 'xyzzy'"),
        (
            "shared",
            ModelNotFound,
            "'shared' is listed by several providers; name one: openai/shared, acme/shared",
        ),
        ("fast", ModelNotFound, "no configured provider lists 'fast'; nearest: demo/fast"),
        ("auto", NotServed, "model: not served by this version of Pointsman; 'auto' chooses by itself"),
        ("inworld/my-router", NotServed, "'inworld/my-router' names a saved router"),
        ("inworld/", NotServed, "names a saved router"),
    ],
)
def test_names_that_lead_nowhere(name: str, kind: type[PointsmanError], words: str) -> None:
    with pytest.raises(PointsmanError) as caught:
        resolve(name, PROVIDERS)

    assert type(caught.value) is kind
    assert caught.value.param == "model"
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("kind", "code"), [(ModelNotFound, "model_not_found"), (ProviderNotFound, "provider_not_found")]
)
def test_names_that_lead_nowhere_are_the_callers_fault(kind: type[PointsmanError], code: str) -> None:
    assert (kind.kind, kind("x").row.http_status) == (code, 400)


def test_at_most_three_names_are_near_and_all_can_be_sent() -> None:
    with pytest.raises(ModelNotFound) as caught:
        resolve("gpt-5x", PROVIDERS)

    near = caught.value.message.partition("nearest: ")[2].split(", ")
    assert 1 <= len(near) <= 3
    assert len(set(near)) == len(near)
    assert [resolve(name, PROVIDERS).endpoint.id for name in near] == near


def test_without_providers_every_name_is_refused() -> None:
    with pytest.raises(ModelNotFound, match="no configured provider lists 'x'"):
        resolve("x", {})
