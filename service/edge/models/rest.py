"""The REST doors of models and providers. Each answers from the directory and the measurements of the moment.

Those that filter are strict about their query; the others read `all` and leave what SDKs add alone.
"""

from collections.abc import Callable
from typing import Any

from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from pointsman.v1 import rest_service_pb2, rest_service_pb2_grpc
from service.edge import error_shapes, json_answer, openai_json
from service.edge.call_context import Context
from service.edge.models import inworld, openai, openrouter, pages, query
from service.edge.models.listing import Listed, Listing, listing
from service.edge.models.lookup import NotListed, model_named, offer_named
from service.edge.models.measured import Measurements
from service.errors import PointsmanError
from service.providers.directory import Directory
from service.types.vitals import HealthView

_ENDPOINTS = "/endpoints"
_Body = httpbody_pb2.HttpBody
_Empty = empty_pb2.Empty
_GetModel = rest_service_pb2.GetRestModelRequest


def _openai_error(error: PointsmanError) -> dict[str, Any]:
    return openai_json.error(error, None)


class RestModels(rest_service_pb2_grpc.RestModelServiceServicer):
    """Models in the shapes of OpenAI and Inworld. `clock` gives Unix seconds."""

    def __init__(
        self, directory: Callable[[], Directory], health: HealthView, clock: Callable[[], float]
    ) -> None:
        self._directory = directory
        self._health = health
        self._clock = clock

    async def ListOpenAiModels(self, _: _Empty, context: Context) -> _Body:  # noqa: N802 - the RPC's name
        """Answers `GET /v1/models`."""
        return await _answer(context, _openai_error, self._models)

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

    def _models(self, given: dict[str, str]) -> dict[str, Any]:
        return openai.models(_listing(self._directory(), given).offers, self._measurements())

    def _model(self, name: str, given: dict[str, str]) -> dict[str, Any]:
        offer = offer_named(name, self._directory(), everything=_everything(given))
        return openai.model(offer, self._measurements().of(offer.endpoint.id))

    def _measurements(self) -> Measurements:
        return Measurements(self._health, self._clock())


class OpenRouterModels(rest_service_pb2_grpc.OpenRouterModelServiceServicer):
    """Models and providers in OpenRouter's shapes. `clock` gives Unix seconds."""

    def __init__(
        self, directory: Callable[[], Directory], health: HealthView, clock: Callable[[], float]
    ) -> None:
        self._directory = directory
        self._health = health
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
            context, error_shapes.openrouter, lambda given: {"data": self._endpoints(request.id, given)}
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
        models, now = _listing(self._directory(), given).models, self._clock()
        return pages.chosen(models, given, now, Measurements(self._health, now))

    def _endpoints(self, path: str, given: dict[str, str]) -> dict[str, Any]:
        listed = self._model(_before_endpoints(path), given)
        return openrouter.endpoints(listed, Measurements(self._health, self._clock()))

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
    context: Context, shape: json_answer.Shape, make: Callable[[dict[str, str]], dict[str, Any]]
) -> _Body:
    """Answers what is made of the query parameters, unless one of them would say what the path does."""

    def checked(given: dict[str, str]) -> dict[str, Any]:
        query.check_unbound(given, rest_service_pb2.GetRestModelRequest.DESCRIPTOR.fields_by_name)
        return make(given)

    return await json_answer.answer(context, shape, checked)
