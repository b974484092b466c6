"""From a model's name to the endpoint that serves it."""

import pytest

from service.catalog.catalog import Catalog
from service.errors import ModelNotFound, NotServed, PointsmanError, ProviderNotFound
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.routing.names import Candidates, resolve
from service.types.facts import Facts, Model


def provider(name: str, *models: str, models_only: bool = False, by_name_only: bool = False) -> Provider:
    return Provider(
        name=name,
        dialect="openai",
        base_url=f"https://{name}.test/v1",
        models=models,
        models_only=models_only,
        by_name_only=by_name_only,
    )


MODEL = Model(id="meta/llama-9")
CATALOG = Catalog(
    {MODEL.id: MODEL},
    {"acme": {"llama-9-turbo": Facts(model=MODEL)}, "gone": {"llama-9": Facts(model=MODEL)}},
)
ON = Directory(
    {
        each.name: each
        for each in (
            provider("openai", "gpt-5", "gpt-5-mini", "o3", "shared"),
            provider("acme", "llama-3", "meta/llama-4", "shared", "gpt-5-acme"),
            provider("closed", "only-this", "meta/only", models_only=True),
            provider("demo", "fast", "gpt-5-demo", models_only=True, by_name_only=True),
            provider("empty"),
            Provider(name="known", catalog="acme", dialect="openai", base_url="https://known.test/v1"),
            # Also an author, whose open model others serve.
            provider("meta", "llama-1"),
        )
    },
    CATALOG,
)


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
        ("llama-9", "known", "llama-9-turbo"),
        ("meta/llama-9", "known", "llama-9-turbo"),
        ("meta/llama-1", "meta", "llama-1"),
        ("meta/llama-10", "meta", "llama-10"),
        ("meta/llama-4", "acme", "meta/llama-4"),
    ],
)
def test_names_that_lead_somewhere(name: str, at: str, model: str) -> None:
    endpoint = resolve(name, ON).endpoints[0]

    assert (endpoint.provider, endpoint.model) == (at, model)
    assert (endpoint.base_url, endpoint.dialect) == (f"https://{at}.test/v1", "openai")
    assert endpoint.id == f"{at}/{model}"


def test_an_id_can_be_sent_back() -> None:
    [endpoint] = resolve("gpt-5", ON).endpoints

    assert resolve(endpoint.id, ON) == Candidates([endpoint], pinned=True)


def test_all_who_serve_it_in_registry_order() -> None:
    assert [each.id for each in resolve("shared", ON).endpoints] == ["openai/shared", "acme/shared"]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        (
            "opnai/gpt-5",
            ProviderNotFound,
            (
                "'opnai' is no configured provider, got 'opnai/gpt-5'; "
                "one of: acme, closed, demo, empty, known, meta, openai; nearest: openai/gpt-5"
            ),
        ),
        (
            "zzz/zzz",
            ProviderNotFound,
            "'zzz' is no configured provider, got 'zzz/zzz'; one of: acme, closed, demo, empty, known, meta",
        ),
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
        ("fast", ModelNotFound, "no configured provider lists 'fast'; nearest: demo/fast"),
        ("auto", NotServed, "model: not served by this version of Pointsman; 'auto' chooses by itself"),
        ("inworld/my-router", NotServed, "'inworld/my-router' names a saved router"),
        ("inworld/", NotServed, "names a saved router"),
    ],
)
def test_names_that_lead_nowhere(name: str, kind: type[PointsmanError], words: str) -> None:
    with pytest.raises(PointsmanError) as caught:
        resolve(name, ON)

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
        resolve("gpt-5x", ON)

    near = caught.value.message.partition("nearest: ")[2].split(", ")
    assert 1 <= len(near) <= 3
    assert len(set(near)) == len(near)
    assert [resolve(name, ON).endpoints[0].id for name in near] == near


def test_without_providers_every_name_is_refused() -> None:
    with pytest.raises(ModelNotFound, match="no configured provider lists 'x'"):
        resolve("x", Directory({}, CATALOG))


@pytest.mark.parametrize("name", ["llama-9", "meta/llama-9"])
def test_who_would_serve_it_if_he_were_on(name: str) -> None:
    off = Directory({}, CATALOG, {"gone": provider("gone"), "other": provider("other")})

    with pytest.raises(ModelNotFound, match=f"'{name}' is served by gone, of which none is on"):
        resolve(name, off)
