"""Vertex AI: the language is the model's."""

import json

import pytest

from service.dialects import DIALECTS
from service.types.upstream import Endpoint, Site
from tests.asking import chat

VERTEX = DIALECTS["vertex"]
BASE = "/v1beta1/projects/p%201/locations/europe-west4"


def endpoint(model: str) -> Endpoint:
    return Endpoint(
        provider="v",
        model=model,
        base_url="https://vertex.test",
        dialect="vertex",
        site=Site(project="p 1", location="europe-west4"),
    )


@pytest.mark.parametrize(
    ("model", "path", "member"),
    [
        (
            "gemini-2.5-flash",
            f"{BASE}/publishers/google/models/gemini-2.5-flash:generateContent",
            "contents",
        ),
        (
            "claude-sonnet-4-5@20250929",
            f"{BASE}/publishers/anthropic/models/claude-sonnet-4-5%4020250929:rawPredict",
            "anthropic_version",
        ),
        ("meta/llama-3.3-70b-instruct-maas", f"{BASE}/endpoints/openapi/chat/completions", "model"),
    ],
)
def test_each_model_in_its_language(model: str, path: str, member: str) -> None:
    sent = VERTEX.encode(chat(), endpoint(model), {})

    assert sent.url.replace("%40", "@") == f"https://vertex.test{path}".replace("%40", "@")
    assert member in json.loads(sent.body)


@pytest.mark.parametrize(
    ("model", "body", "content"),
    [
        (
            "gemini-2.5-flash",
            {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]},
            "Hi",
        ),
        (
            "claude-x",
            {"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"},
            "Hi",
        ),
        ("meta/x", {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}, "Hi"),
    ],
)
def test_each_answer_is_read_in_it(model: str, body: object, content: str) -> None:
    decoder = VERTEX.decoder(chat(), endpoint(model), "application/json")
    [chunk] = [*decoder.feed(json.dumps(body).encode()), *decoder.end()]

    assert chunk.choices[0].delta.content == content
    assert VERTEX.error(endpoint(model), 429, {"retry-after": "3"}, b"{}").retry_after == 3
