"""ModelService: models for generated stubs."""

import logging
from collections.abc import Callable
from typing import NoReturn

from pointsman.v1 import model_pb2, model_service_pb2, model_service_pb2_grpc
from service.edge.call_context import Context
from service.edge.grpc_chat import refuse
from service.edge.models import typed
from service.edge.models.listing import Listing, Offer, listing, slug
from service.edge.models.lookup import offer_named
from service.edge.models.measured import Measurements
from service.errors import Internal, InvalidRequest, PointsmanError, Violation
from service.providers.directory import Directory
from service.types.vitals import HealthView

_LOG = logging.getLogger(__name__)


class GrpcModels(model_service_pb2_grpc.ModelServiceServicer):
    """The typed door of models. It answers from the directory and the measurements of the moment.

    `clock` gives Unix seconds.
    """

    def __init__(
        self, directory: Callable[[], Directory], health: HealthView, clock: Callable[[], float]
    ) -> None:
        self._directory = directory
        self._health = health
        self._clock = clock

    async def ListModels(  # noqa: N802 - the RPC's name
        self, request: model_service_pb2.ListModelsRequest, context: Context
    ) -> model_service_pb2.ListModelsResponse:
        """Lists models, all or one provider's."""
        try:
            directory = self._directory()
            found = listing(directory, everything=request.include_unserved)
            offers = _of_provider(request.provider, directory, found) if request.provider else found.offers
            measurements = self._measurements()
            models = [typed.model(offer, measurements.of(offer.endpoint.id)) for offer in offers]
            return model_service_pb2.ListModelsResponse(models=models)
        except Exception as error:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
            await _abort(context, error)

    async def GetModel(  # noqa: N802 - the RPC's name
        self, request: model_service_pb2.GetModelRequest, context: Context
    ) -> model_pb2.Model:
        """Gives one model."""
        try:
            offer = offer_named(request.id, self._directory(), everything=request.include_unserved)
            return typed.model(offer, self._measurements().of(offer.endpoint.id))
        except Exception as error:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
            await _abort(context, error)

    def _measurements(self) -> Measurements:
        return Measurements(self._health, self._clock())


def _of_provider(name: str, directory: Directory, found: Listing) -> list[Offer]:
    """The offers of the provider that is meant. Raises `InvalidRequest` naming those there are."""
    offers = [offer for offer in found.offers if slug(name) in offer.provider_slugs]
    if not offers and directory.provider(name) is None:
        names = dict.fromkeys([*directory.providers, *(offer.provider.name for offer in found.offers)])
        described = f"is no provider that is listed, got '{name[:100]}'; one of: {', '.join(names)}"
        raise InvalidRequest([Violation("provider", described)])
    return offers


async def _abort(context: Context, error: Exception) -> NoReturn:
    if not isinstance(error, PointsmanError):
        _LOG.error("models could not be listed", exc_info=error)
        error = Internal()
    await refuse(context, error)
    raise error
