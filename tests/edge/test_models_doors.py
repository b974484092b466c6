"""The doors of models: a fault of ours is told in the shape of the path, and shows nothing of itself."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty

from pointsman.v1.rest_service_pb2 import GetRestModelRequest
from service.edge.models.rest import OpenRouterModels, RestModels
from service.providers.directory import Directory
from tests.edge.model_scene import NOW, directory
from tests.routing.scene import Health

SECRET = "sk-secret"


class Context:
    """A call as Envoy sends it."""

    def __init__(self, address: str = "") -> None:
        self._address = address
        self.headers: dict[str, str] = {}

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("x-envoy-original-path", self._address),)

    async def send_initial_metadata(self, headers: tuple[tuple[str, str], ...]) -> None:
        self.headers |= dict(headers)


def broken() -> Directory:
    raise RuntimeError(SECRET)


def answer(call: Callable[[Any, Any], Any], request: Any, context: Context) -> Any:
    return json.loads(asyncio.run(call(request, context)).data)


@pytest.mark.parametrize(
    ("door", "method", "told"),
    [
        (RestModels, "ListOpenAiModels", lambda body: body["error"]["code"] == "internal_error"),
        (RestModels, "GetOpenAiModel", lambda body: body["error"]["code"] == "internal_error"),
        (RestModels, "ListInworldModels", lambda body: body["code"] == 13),
        (OpenRouterModels, "ListModels", lambda body: body["error"]["code"] == 500),
        (OpenRouterModels, "CountModels", lambda body: body["error"]["code"] == 500),
        (OpenRouterModels, "GetModel", lambda body: body["error"]["code"] == 500),
        (OpenRouterModels, "ListProviders", lambda body: body["error"]["code"] == 500),
    ],
)
def test_a_fault_of_ours(door: Callable[..., Any], method: str, told: Callable[[Any], bool]) -> None:
    context = Context()
    request = GetRestModelRequest(id="x") if method.startswith("Get") else Empty()

    body = answer(getattr(door(broken, Health(), lambda: NOW), method), request, context)

    assert context.headers == {"x-http-status": "500"}
    assert told(body)
    assert SECRET not in json.dumps(body)


def test_a_reload_is_seen_at_once() -> None:
    current = directory()
    door = RestModels(lambda: current, Health(), lambda: NOW)

    before = answer(door.ListOpenAiModels, Empty(), Context())
    current = Directory({}, current.catalog)

    assert len(before["data"]) == 5
    assert answer(door.ListOpenAiModels, Empty(), Context()) == {"object": "list", "data": []}


def test_an_installation_without_models() -> None:
    door = OpenRouterModels(lambda: Directory({}, directory().catalog), Health(), lambda: NOW)

    assert answer(door.ListModels, Empty(), Context("/api/v1/models?sort=newest&context=1&providers=x")) == {
        "data": [],
        "total_count": 0,
        "links": {"next": None},
    }
    assert answer(door.CountModels, Empty(), Context()) == {"data": {"count": 0}}
