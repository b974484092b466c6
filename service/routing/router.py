"""Chooses whom to ask. Pure: a request and snapshots in, a plan out."""

from collections.abc import Callable

from service.providers.directory import Directory
from service.routing.eligible import first_eligible
from service.routing.names import resolve
from service.types.chat_request import ChatRequest
from service.types.flavour import Flavour
from service.types.plan import Plan, Selection, Target
from service.types.routing_settings import RoutingSettings
from service.types.vitals import HealthView


class Router:
    """Plans requests over one snapshot of endpoints.

    `clock` gives Unix seconds, `draw` numbers from 0 to below 1.
    """

    def __init__(
        self,
        directory: Directory,
        health: HealthView,
        settings: RoutingSettings,
        *,
        clock: Callable[[], float],
        draw: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._health = health
        self._settings = settings
        self._clock = clock
        self._draw = draw

    def plan(self, request: ChatRequest, flavour: Flavour) -> Plan:
        """Decides whom to ask, in which order. Raises `InvalidRequest` when there is nobody."""
        del flavour
        endpoint = first_eligible(request, resolve(request.body.model, self._directory))
        selection = Selection(reading="pinned", requested=request.body.model)
        return Plan(request=request, targets=(Target(endpoint),), selection=selection)
