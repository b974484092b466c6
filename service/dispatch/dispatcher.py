"""Runs plans: which dialect, which credential, which limits go into a call."""

import time
from collections.abc import Callable, Mapping, Sequence

from service.dialects import DIALECTS
from service.dispatch.generation import Generation
from service.providers.provider import Provider
from service.settings import UpstreamSettings
from service.types.plan import Plan
from service.upstream.client import UpstreamClient
from service.upstream.credentials import Credential, credentials_of
from service.upstream.media import MediaFetcher


class Dispatcher:
    """Starts calls and keeps them in `running` until they end. Keys of a provider take turns."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        *,
        upstream: UpstreamClient,
        media: MediaFetcher,
        limits: UpstreamSettings,
        running: set[Generation],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._providers = providers
        self._upstream = upstream
        self._media = media
        self._credentials: dict[tuple[str, str], Sequence[Credential]] = {}
        self._limits = limits
        self._running = running
        self._clock = clock
        self._turns: dict[str, int] = {}

    def start(self, plan: Plan) -> Generation:
        """Begins the call that the plan names."""
        endpoint = plan.targets[0].endpoint
        dialect = DIALECTS[endpoint.dialect]
        return Generation(
            plan.request,
            endpoint,
            dialect=dialect,
            credential=self._credential(endpoint.provider, dialect.key_header),
            upstream=self._upstream,
            media=self._media,
            limits=self._limits,
            clock=self._clock,
            running=self._running,
        )

    def _credential(self, name: str, key_header: str) -> Credential:
        credentials = self._credentials.get((name, key_header))
        if credentials is None:
            provider = self._providers[name]
            credentials = credentials_of(name, provider.keys, provider.account, key_header)
            self._credentials[name, key_header] = credentials
        turn = self._turns[name] = self._turns.get(name, -1) + 1
        return credentials[turn % len(credentials)]
