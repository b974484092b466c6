"""The REST doors of models and providers. Each answers from the directory of the moment.

Those that filter are strict about their query; the others read `all` and leave what SDKs add alone.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from pointsman.v1 import rest_service_pb2, rest_service_pb2_grpc
from service.edge import error_shapes, openai_json
from service.edge.call_context import Context, header
from service.edge.models import inworld, openai, openrouter, pages, query
from service.edge.models.listing import Listed, Listing, listing
from service.edge.models.lookup import NotListed, model_named, offer_named
from service.errors import Internal, PointsmanError
from service.providers.directory import Directory

_LOG = logging.getLogger(__name__)
_JSON = "application/json"
_ADDRESS = "x-envoy-original-path"  # Envoy takes it from callers and writes it itself
_ENDPOINTS = "/endpoints"
_Body = httpbody_pb2.HttpBody
_Empty = empty_pb2.Empty
_GetModel = rest_service_pb2.GetRestModelRequest
_Shape = Callable[[PointsmanError], dict[str, Any]]


def _openai_error(error: PointsmanError) -> dict[str, Any]:
    return openai_json.error(error, None)


class RestModels(rest_service_pb2_grpc.RestModelServiceServicer):
    """Models in the shapes of OpenAI and Inworld."""

    def __init__(self, directory: Callable[[], Directory]) -> None:
        self._directory = directory

    async def ListOpenAiModels(self, _: _Empty, context: Context) -> _Body:  # noqa: N802 - the RPC's name
        """Answers `GET /v1/models`."""
        return await _answer(
            context, _openai_error, lambda given: openai.models(_listing(self._directory(), given).offers)
        )

    async def GetOpenAiModel(self, request: _GetModel, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /v1/models/{id}`."""
        return await _answer(context, _openai_error, lambda given: self._model(request.id, given))

    async def ListInworldModels(self, _: _Empty, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /llm/v1alpha/models`."""
        return await _answer(
            context,
            error_shapes.status,
            lambda given: inworld.models(_listing(self._directory(), given).offers),
        )

    def _model(self, name: str, given: dict[str, str]) -> dict[str, Any]:
        return openai.model(offer_named(name, self._directory(), everything=_everything(given)))


class OpenRouterModels(rest_service_pb2_grpc.OpenRouterModelServiceServicer):
    """Models and providers in OpenRouter's shapes. `clock` gives Unix seconds."""

    def __init__(self, directory: Callable[[], Directory], clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._clock = clock

    async def ListModels(self, _: _Empty, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /api/v1/models`."""
        return await _answer(
            context, error_shapes.openrouter, lambda given: pages.page(self._chosen(given), given)
        )

    async def CountModels(self, _: _Empty, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /api/v1/models/count`."""
        return await _answer(
            context, error_shapes.openrouter, lambda given: {"data": {"count": len(self._chosen(given))}}
        )

    async def ListEndpoints(self, request: _GetModel, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /api/v1/models/{author}/{slug}/endpoints`."""
        return await _answer(
            context,
            error_shapes.openrouter,
            lambda given: {"data": openrouter.endpoints(self._model(_before_endpoints(request.id), given))},
        )

    async def GetModel(self, request: _GetModel, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /api/v1/model/{author}/{slug}`."""
        return await _answer(
            context,
            error_shapes.openrouter,
            lambda given: {"data": openrouter.model(self._model(request.id, given))},
        )

    async def ListProviders(self, _: _Empty, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /api/v1/providers`."""
        return await _answer(context, error_shapes.openrouter, self._providers)

    def _chosen(self, given: dict[str, str]) -> Any:
        models = _listing(self._directory(), given).models
        return pages.chosen(models, given, self._clock())

    def _model(self, name: str, given: dict[str, str]) -> Listed:
        return model_named(name, self._directory(), everything=_everything(given))

    def _providers(self, given: dict[str, str]) -> dict[str, Any]:
        directory = self._directory()
        those = [(provider, True) for provider in directory.providers.values()]
        if _everything(given):
            those += [(provider, False) for provider in directory.off.values()]
        return {"data": openrouter.providers(those)}


def _everything(given: dict[str, str]) -> bool:
    return query.read(given, "all", query.flag, default=False)


def _listing(directory: Directory, given: dict[str, str]) -> Listing:
    return listing(directory, everything=_everything(given))


def _before_endpoints(path: str) -> str:
    """The model's id in a path below `/api/v1/models`, where there is nothing but its endpoints."""
    name = path.removesuffix(_ENDPOINTS)
    if name == path:
        raise NotListed(
            f"there is nothing at this path; a model's endpoints are at {pages.PATH}/ID{_ENDPOINTS}"
        )
    return name


async def _answer(
    context: Context, shape: _Shape, make: Callable[[dict[str, str]], dict[str, Any]]
) -> httpbody_pb2.HttpBody:
    """Answers what is made of the query parameters, or a failure in the shape of the path."""
    try:
        given = query.parameters(header(context, _ADDRESS) or "")
        query.check_unbound(given, rest_service_pb2.GetRestModelRequest.DESCRIPTOR.fields_by_name)
        return _body(make(given))
    except PointsmanError as error:
        failure = error
    except Exception:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
        _LOG.exception("models could not be listed")
        failure = Internal()
    return await _failed(context, failure, shape)


async def _failed(context: Context, error: PointsmanError, shape: _Shape) -> httpbody_pb2.HttpBody:
    await context.send_initial_metadata((("x-http-status", str(error.row.http_status)),))
    return _body(shape(error))


def _body(content: dict[str, Any]) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type=_JSON, data=openai_json.encode(content))


async def refuse(context: Context, error: PointsmanError) -> httpbody_pb2.HttpBody:
    """Refuses a call of `RestModels` without a key: plain text, as the contract has it (Inworld 1)."""
    await context.send_initial_metadata((("x-http-status", str(error.row.http_status)),))
    return httpbody_pb2.HttpBody(content_type="text/plain", data=error.message.encode())


async def refuse_as_openrouter(context: Context, error: PointsmanError) -> httpbody_pb2.HttpBody:
    """Refuses a call of `OpenRouterModels` without a key."""
    return await _failed(context, error, error_shapes.openrouter)
