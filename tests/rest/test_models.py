"""Lists of models and providers through the real Envoy, read by the SDKs whose shapes they have."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import openai
import pytest
from openrouter import OpenRouter
from openrouter.errors import BadRequestResponseError, NotFoundResponseError, OpenRouterDefaultError

from tests.running import KEY, Pointsman, client_of, running

CONFIG = """
[server]
workers = 1

[providers.openai]
api_key = "sk-nobody-asks"

[providers.anthropic]
api_key = "sk-nobody-asks"

[providers.own]
dialect = "openai"
base_url = "http://127.0.0.1:9/v1"
models = ["bare", "ns/slashed:free"]

[[models]]
provider = "own"
id = "bare"
name = "Bare Metal"
price = { prompt = 0.3, completion = 2.5 }

[providers.demo]
"""
LISTS = ("/v1/models", "/llm/v1alpha/models", "/api/v1/models")
GETS = (
    *LISTS,
    "/v1/models/own/bare",
    "/api/v1/models/count",
    "/api/v1/models/own/bare/endpoints",
    "/api/v1/model/own/bare",
    "/api/v1/providers",
)


@pytest.fixture(scope="module")
def listing() -> Iterator[Pointsman]:
    with running(CONFIG) as pointsman:
        yield pointsman


@pytest.fixture(scope="module")
def get(listing: Pointsman) -> Iterator[httpx.Client]:
    with client_of(listing) as client:
        yield client


@pytest.fixture(scope="module")
def router(listing: Pointsman) -> Iterator[OpenRouter]:
    with OpenRouter(api_key=KEY, server_url=f"{listing.url}/api/v1") as client:
        yield client


@pytest.fixture(scope="module")
def vendor_sdk(listing: Pointsman) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{listing.url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def test_openais_sdk_lists_models(vendor_sdk: openai.OpenAI) -> None:
    listed = {model.id: model for model in vendor_sdk.models.list()}

    assert {
        "openai/gpt-4o",
        "anthropic/claude-sonnet-4-5",
        "own/bare",
        "own/ns/slashed:free",
        "demo/fast",
    } <= {*listed}
    assert listed["openai/gpt-4o"].created > 1_500_000_000
    assert {model.object for model in listed.values()} == {"model"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("own/bare", "own/bare"),
        ("own/ns/slashed:free", "own/ns/slashed:free"),
        ("gpt-4o", "openai/gpt-4o"),
        ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
    ],
)
def test_openais_sdk_gets_a_model(
    vendor_sdk: openai.OpenAI, get: httpx.Client, asked: str, found: str
) -> None:
    assert vendor_sdk.models.retrieve(asked).id == found  # it encodes the slashes
    assert get.get(f"/v1/models/{asked}").json()["id"] == found


@pytest.mark.parametrize("name", ["nope", "openai/nope", "groq/llama-3.3-70b-versatile", "own/bare/x", "ü"])
def test_a_model_that_nothing_lists(vendor_sdk: openai.OpenAI, name: str) -> None:
    with pytest.raises(openai.NotFoundError) as failed:
        vendor_sdk.models.retrieve(name)

    assert failed.value.code == "model_not_found"
    assert failed.value.param == "model"


def test_openrouters_sdk_lists_models(router: OpenRouter) -> None:
    listed: dict[str, Any] = {}
    response: Any = router.models.list(limit=7)
    while response:
        listed |= {model.id: model for model in response.result.data}
        response = response.next()

    assert len(listed) == router.models.count().data.count
    assert listed["own/bare"].pricing.prompt == "0.0000003"
    assert listed["own/bare"].name == "Bare Metal"
    assert Decimal(listed["openai/gpt-4o"].pricing.prompt) > 0
    assert "tools" in listed["openai/gpt-4o"].supported_parameters
    assert listed["own/ns/slashed:free"].pricing.prompt == "-1"


def test_openrouters_sdk_filters_and_sorts(router: OpenRouter) -> None:
    response = router.models.list(providers="Anthropic", min_price=1, sort="pricing-high-to-low")
    assert response

    prices = [
        Decimal(model.pricing.prompt) + Decimal(model.pricing.completion) for model in response.result.data
    ]
    assert len(prices) > 2
    assert prices == sorted(prices, reverse=True)


@pytest.mark.parametrize(("author", "slug"), [("openai", "gpt-4o"), ("own", "bare")])
def test_openrouters_sdk_reads_one_model(router: OpenRouter, author: str, slug: str) -> None:
    assert router.models.get(author=author, slug=slug).data.id == f"{author}/{slug}"
    endpoints = router.endpoints.list(author=author, slug=slug).data.endpoints
    assert [endpoint.tag for endpoint in endpoints] == [author]


def test_openrouters_sdk_lists_providers(router: OpenRouter) -> None:
    listed = {each.slug: each for each in router.providers.list().data}

    assert set(listed) == {"openai", "anthropic", "own", "demo"}
    assert str(listed["openai"].privacy_policy_url).startswith("https://")
    assert listed["own"].privacy_policy_url is None


def test_openrouters_sdk_reads_failures(router: OpenRouter, listing: Pointsman) -> None:
    with pytest.raises(BadRequestResponseError, match="how much models are used is not recorded"):
        router.models.list(sort="most-popular")
    with pytest.raises(NotFoundResponseError, match="nothing here lists"):
        router.models.get(author="own", slug="nope")
    stranger = OpenRouter(api_key="wrong", server_url=f"{listing.url}/api/v1")
    with stranger, pytest.raises(OpenRouterDefaultError, match='"code":401'):
        stranger.providers.list()


def test_inworld(get: httpx.Client) -> None:
    models = {f"{each['provider']}/{each['model']}": each for each in get.get(LISTS[1]).json()["models"]}

    assert all(each["isSupported"] is True for each in models.values())
    assert models["own/bare"]["pricing"] == {
        "prompt": 3e-7,
        "completion": 2.5e-6,
        "promptToken": 3e-7,
        "completionToken": 2.5e-6,
    }
    assert models["openai/gpt-4o"]["spec"]["capabilities"]["functionCalling"] is True
    assert models["openai/gpt-4o"]["spec"]["capabilities"]["vision"] is True


@pytest.mark.parametrize("path", LISTS)
def test_all_adds_what_is_off(get: httpx.Client, path: str) -> None:
    def ids(query: str) -> dict[str, dict[str, Any]]:
        body = get.get(path + query).json()
        return {
            each.get("id") or f"{each['provider']}/{each['model']}": each
            for each in body.get("data") or body["models"]
        }

    some, everything = ids(""), ids("?all=true")

    assert some.keys() < everything.keys()
    assert ids("?all=false") == some
    marks = {
        each.get("available", each.get("isSupported", True))
        for name, each in everything.items()
        if name not in some
    }
    assert marks == {False}


def _code(path: str, body: Any) -> object:
    """What went wrong, in a word, where the shape of the path has it."""
    match path.split("/")[1]:
        case "v1":
            return body["error"]["code"]
        case "api":
            return body["error"]["metadata"]["error_type"]
        case _:
            return body["details"][0]["reason"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/models?all=perhaps", 400, "invalid_request"),
        ("/v1/models/own/bare?id=other", 400, "invalid_request"),
        ("/v1/models/nope", 404, "model_not_found"),
        ("/llm/v1alpha/models?all=perhaps", 400, "INVALID_REQUEST"),
        ("/api/v1/models?modality=text", 400, "invalid_request"),
        ("/api/v1/models/count?categories=x", 400, "invalid_request"),
        ("/api/v1/models/own/bare", 404, "not_found"),
        ("/api/v1/models/own/nope/endpoints", 404, "not_found"),
        ("/api/v1/model/own/nope", 404, "not_found"),
    ],
)
def test_failures_have_the_shape_of_their_path(get: httpx.Client, path: str, status: int, code: str) -> None:
    response = get.get(path)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert _code(path, response.json()) == code
    if path.startswith("/api"):
        assert response.json()["error"]["code"] == status


@pytest.mark.parametrize("path", GETS)
def test_a_key_is_needed(listing: Pointsman, path: str) -> None:
    response = httpx.get(listing.url + path, trust_env=False)

    assert response.status_code == 401
    if path.startswith("/api"):
        assert response.json() == {
            "error": {"code": 401, "message": "Unauthorized", "metadata": {"error_type": "authentication"}}
        }
    else:
        assert (response.headers["content-type"], response.text) == ("text/plain", "Unauthorized")


@pytest.mark.parametrize("path", GETS)
def test_the_transport_does_not_show(get: httpx.Client, path: str) -> None:
    response = get.get(path, headers={"accept": "text/html"})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert not [name for name in response.headers if name.startswith(("grpc-", "x-envoy-", "x-http-status"))]
    assert response.content == get.get(path).content


@pytest.mark.parametrize(
    "path", ["/v1/models?client_version=1&beta=true", "/v1/models/own%2Fbare?api-version=2"]
)
def test_what_sdks_add_does_no_harm(get: httpx.Client, path: str) -> None:
    assert get.get(path).status_code == 200
