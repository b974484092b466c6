"""The Azure dialect: what differs from OpenAI's, with the `openai` SDK's Azure client as judge."""

import json
from typing import Any

import httpx2
import msgspec
import openai
import pytest

from service.dialects.azure import AzureOpenAI, AzureResponses
from service.types.upstream import Endpoint, Site
from tests.asking import chat

AZURE = AzureOpenAI()
ENDPOINT = Endpoint(provider="azure", model="gpt 4/o", base_url="https://r.openai.azure.com", dialect="azure")
ASKED: dict[str, Any] = {"model": "gpt 4/o", "messages": [{"role": "user", "content": "Hi"}]}


def sent_by(client: type[openai.OpenAI], **options: Any) -> httpx2.Request:
    """What the SDK sends."""
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(500)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    with pytest.raises(openai.InternalServerError):
        client(api_key="k", max_retries=0, http_client=http, **options).chat.completions.create(**ASKED)
    return requests[0]


CLASSIC, V1 = openai.AzureOpenAI, openai.OpenAI
STYLES: list[tuple[str, str | None, type[openai.OpenAI], dict[str, Any]]] = [
    ("https://r.openai.azure.com", "2025-01-01", CLASSIC, {"azure_endpoint": "https://r.openai.azure.com"}),
    (
        "https://r.openai.azure.com/openai",
        "2025-01-01-preview",
        CLASSIC,
        {"base_url": "https://r.openai.azure.com/openai"},
    ),
    (
        "https://r.openai.azure.com/openai/deployments/d",
        "2025-01-01",
        CLASSIC,
        {"base_url": "https://r.openai.azure.com/openai/deployments/d"},
    ),
    (
        "https://r.openai.azure.com/openai",
        None,
        CLASSIC,
        {"azure_endpoint": "https://r.openai.azure.com", "api_version": "2024-10-21"},
    ),
    ("https://r.openai.azure.com/openai/v1", None, V1, {"base_url": "https://r.openai.azure.com/openai/v1"}),
    (
        "https://r.openai.azure.com/openai/v1",
        "preview",
        V1,
        {"base_url": "https://r.openai.azure.com/openai/v1", "default_query": {"api-version": "preview"}},
    ),
]


@pytest.mark.parametrize(("base_url", "version", "client", "options"), STYLES)
def test_addresses_are_the_sdks(
    base_url: str, version: str | None, client: type[openai.OpenAI], options: dict[str, Any]
) -> None:
    if client is CLASSIC:
        options = {"api_version": version, **options}
    theirs = sent_by(client, **options)

    endpoint = msgspec.structs.replace(ENDPOINT, base_url=base_url, site=Site(api_version=version))
    ours = AZURE.encode(chat(), endpoint, {})

    assert ours.url == str(theirs.url)
    assert json.loads(ours.body) == json.loads(theirs.content)
    if client is CLASSIC:
        assert theirs.headers[AZURE.key_header] == "k"


@pytest.mark.parametrize(
    ("base_url", "version", "url"),
    [
        ("https://r.openai.azure.com", None, "https://r.openai.azure.com/openai/v1/responses"),
        ("https://r.openai.azure.com", "2024-10-21", "https://r.openai.azure.com/openai/v1/responses"),
        ("https://r.openai.azure.com/openai", None, "https://r.openai.azure.com/openai/v1/responses"),
        (
            "https://r.openai.azure.com/openai/deployments/d",
            None,
            "https://r.openai.azure.com/openai/v1/responses",
        ),
        (
            "https://r.openai.azure.com/openai/v1",
            "preview",
            "https://r.openai.azure.com/openai/v1/responses?api-version=preview",
        ),
    ],
)
def test_the_address_of_responses(base_url: str, version: str | None, url: str) -> None:
    endpoint = msgspec.structs.replace(ENDPOINT, base_url=base_url, site=Site(api_version=version))

    request = AzureResponses().encode(chat(), endpoint, {})

    assert request.url == url
    assert json.loads(request.body)["model"] == "gpt 4/o"
    assert AzureResponses().key_header == "api-key"


def test_models_of_other_makers() -> None:
    base = "https://r.services.ai.azure.com/models"
    endpoint = msgspec.structs.replace(ENDPOINT, base_url=base)

    assert AZURE.encode(chat(), endpoint, {}).url == f"{base}/chat/completions?api-version=2024-05-01-preview"


FILTERED = {
    "error": {
        "message": "The prompt triggered Azure OpenAI's content management policy.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}},
    }
}
ERRORS: list[tuple[int, Any, str]] = [
    (400, FILTERED, "content_policy_violation"),
    (404, {"error": {"code": "DeploymentNotFound", "message": "no"}}, "provider_model_not_found"),
    (
        429,
        {"error": {"code": "429", "message": "Requests have exceeded call rate limit"}},
        "provider_rate_limit",
    ),
    (
        401,
        {"error": {"code": "401", "message": "Access denied due to invalid subscription key"}},
        "provider_auth",
    ),
    (401, {"statusCode": 401, "message": "Unauthorized"}, "provider_auth"),
    (400, {"error": {"code": "context_length_exceeded", "message": "too long"}}, "context_length_exceeded"),
]


@pytest.mark.parametrize(("status", "body", "kind"), ERRORS)
def test_errors(status: int, body: Any, kind: str) -> None:
    assert AZURE.error(ENDPOINT, status, {}, json.dumps(body).encode()).kind == kind


def test_an_answer_that_was_filtered() -> None:
    choice = {"index": 0, "finish_reason": "content_filter", "message": {"role": "assistant", "content": "x"}}
    decoder = AZURE.decoder(chat(), ENDPOINT, "application/json")
    decoder.feed(json.dumps({"choices": [choice], "prompt_filter_results": [{"prompt_index": 0}]}).encode())

    [chunk] = decoder.end()

    assert (chunk.choices[0].finish_reason, chunk.choices[0].native_finish_reason) == ("content_filter",) * 2
    assert chunk.extra == {"prompt_filter_results": [{"prompt_index": 0}]}
