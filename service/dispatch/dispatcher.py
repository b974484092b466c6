"""Runs plans: which dialect, which credential, which limits go into a call."""

import time
from collections.abc import Callable, Mapping

from service.dialects import DIALECTS
from service.dispatch.generation import Generation
from service.providers.provider import Provider
from service.settings import UpstreamSettings
from service.types.chat_request import ChatRequest
from service.types.plan import Plan
from service.types.secret import Secret
from service.upstream.client import UpstreamClient


class Dispatcher:
    """Starts calls and keeps them in `running` until they end. Keys of a provider take turns."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        upstream: UpstreamClient,
        limits: UpstreamSettings,
        running: set[Generation],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._providers = providers
        self._upstream = upstream
        self._limits = limits
        self._running = running
        self._clock = clock
        self._turns: dict[str, int] = {}

    def start(self, request: ChatRequest, plan: Plan) -> Generation:
        """Begins the call that the plan names. Raises `NotServed` for what its dialect cannot express."""
        return Generation(
            request,
            plan.endpoint,
            dialect=DIALECTS[plan.endpoint.dialect],
            credential=self._credential(plan.endpoint.provider),
            upstream=self._upstream,
            limits=self._limits,
            clock=self._clock,
            running=self._running,
        )

    def _credential(self, provider: str) -> Secret | None:
        keys = self._providers[provider].keys
        if not keys:
            return None
        turn = self._turns[provider] = self._turns.get(provider, -1) + 1
        return keys[turn % len(keys)]
