"""Claude on Vertex AI: what the SDK's own Vertex client sends is what we send."""

import json
from typing import Any

import httpx2
import msgspec
import pytest
from anthropic import AnthropicVertex

from service.dialects.anthropic.vertex import AnthropicOnVertex
from service.errors import ErrorKind
from service.types.media import Media
from service.types.upstream import Endpoint, Site
from tests.asking import chat

DIALECT = AnthropicOnVertex()
SITE = Site(project="my-project", location="europe-west1")


def endpoint(
    model: str = "claude-sonnet-4-5@20250929", base: str = "https://v.test", **members: Any
) -> Endpoint:
    told = {"provider": "vertex", "model": model, "base_url": base, "dialect": "vertex", "site": SITE}
    return Endpoint(**{**told, **members})


@pytest.mark.parametrize("model", ["claude-sonnet-4-5@20250929", "claude-opus-5", "../a/b?c#d;e"])
@pytest.mark.parametrize("stream", [False, True])
def test_the_request_is_the_sdks(model: str, stream: bool) -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={})

    client = AnthropicVertex(
        region="europe-west1",
        project_id="my-project",
        access_token="token",
        base_url="https://v.test/v1",
        http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
    )
    client.messages.create(
        model=model,
        max_tokens=5,
        messages=[{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        stream=stream,
    )
    ours = DIALECT.encode(chat(max_tokens=5, stream=stream), endpoint(model, "https://v.test/v1"), {})

    theirs = json.loads(seen[0].content)
    theirs = {name: value for name, value in theirs.items() if value is not False}
    # The SDK names the newest version, which refuses the sampling parameters of older models.
    theirs["anthropic_version"] = "vertex-2023-10-16"
    assert ours.url == str(seen[0].url)
    assert json.loads(ours.body) == theirs
    assert "anthropic-version" not in ours.headers


@pytest.mark.parametrize(
    ("base", "prefix"),
    [
        ("https://v.test", "https://v.test/v1beta1/projects/"),
        ("https://v.test/v1", "https://v.test/v1/projects/"),
        ("https://v.test/v1beta1", "https://v.test/v1beta1/projects/"),
    ],
)
def test_the_apis_version_is_added_where_it_is_missing(base: str, prefix: str) -> None:
    assert DIALECT.encode(chat(), endpoint(base=base), {}).url.startswith(prefix)


def test_urls_are_fetched_for_vertex() -> None:
    url = "https://a.test/x.png"
    request = chat(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}])

    assert DIALECT.links(request, endpoint()) == (url,)
    body = json.loads(DIALECT.encode(request, endpoint(), {url: Media("image/png", "AA==")}).body)
    assert body["messages"][0]["content"][0]["source"]["type"] == "base64"


def test_instructions_in_the_middle_join_the_others() -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief."}]
    body = json.loads(DIALECT.encode(chat(messages=messages), endpoint("claude-opus-5"), {}).body)

    assert [turn["role"] for turn in body["messages"]] == ["user"]
    assert body["system"] == [{"type": "text", "text": "Be brief."}]


def test_a_missing_place_is_an_obstacle() -> None:
    bare = msgspec.structs.replace(endpoint(), site=Site(project="p"))

    assert [each.description for each in DIALECT.obstacles(chat(), bare)] == ["'vertex' has no location"]
    assert not DIALECT.obstacles(chat(), endpoint())


@pytest.mark.parametrize(
    ("told", "kind", "retry_after"),
    [
        (
            {
                "error": {
                    "code": 429,
                    "status": "RESOURCE_EXHAUSTED",
                    "message": "Quota exceeded",
                    "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12s"}],
                }
            },
            ErrorKind.PROVIDER_RATE_LIMIT,
            12,
        ),
        (
            {"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down"}},
            ErrorKind.PROVIDER_RATE_LIMIT,
            None,
        ),
    ],
)
def test_errors_are_googles_or_claudes(told: Any, kind: ErrorKind, retry_after: int | None) -> None:
    for body in (told, [told]):
        error = DIALECT.error(endpoint(), 429, {}, json.dumps(body).encode())

        assert (error.kind, error.retry_after) == (kind, retry_after)
        assert told["error"]["message"] in error.message
