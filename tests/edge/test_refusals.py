"""Calls that may not come in, refused in the shape of their path."""

import asyncio
import json
from typing import Any

import pytest

from service.edge import json_answer
from service.errors import PermissionDenied, PointsmanError, Unauthenticated, Unavailable
from tests.edge.store_scene import Context

ROUTERS, MODELS, LISTED = "/router/v1/routers?x=1", "/v1/models", "/llm/v1alpha/models"
DENIED, AWAY = PermissionDenied("routers.write is needed"), Unavailable("away")


def refused(how: Any, error: PointsmanError, address: str) -> tuple[int, str, Any]:
    context: Any = Context(address)
    answer = asyncio.run(how(context, error))
    body = answer.data.decode()
    plain = answer.content_type == "text/plain"
    return context.http_status, answer.content_type, body if plain else json.loads(body)


@pytest.mark.parametrize("how", [json_answer.refuse, json_answer.refuse_as_openai])
@pytest.mark.parametrize("address", [ROUTERS, MODELS, LISTED, ""])
def test_without_a_key(how: Any, address: str) -> None:
    assert refused(how, Unauthenticated(), address) == (401, "text/plain", "Unauthorized")


@pytest.mark.parametrize("address", [ROUTERS, LISTED])
@pytest.mark.parametrize(("error", "status", "code"), [(DENIED, 403, 7), (AWAY, 503, 14)])
def test_as_a_status(address: str, error: PointsmanError, status: int, code: int) -> None:
    told = refused(json_answer.refuse, error, address)

    assert told[:2] == (status, "application/json")
    assert (told[2]["code"], told[2]["message"]) == (code, error.message)


@pytest.mark.parametrize(
    ("how", "address"), [(json_answer.refuse, MODELS), (json_answer.refuse_as_openai, "/v1/feedback")]
)
def test_as_openai(how: Any, address: str) -> None:
    status, kind, body = refused(how, DENIED, address)

    assert (status, kind) == (403, "application/json")
    assert body["error"]["code"] == "permission_denied"


def test_as_openrouter() -> None:
    assert refused(json_answer.refuse_as_openrouter, DENIED, "/api/v1/models")[2]["error"]["code"] == 403
