"""Starts plans: whom to ask is decided, what it takes to ask them stands here."""

import time
from collections.abc import Callable, Mapping

import msgspec

from service.dispatch.errands import Health
from service.dispatch.generation import Generation, Means
from service.dispatch.keys import Keys
from service.providers.provider import Provider
from service.settings import UpstreamSettings
from service.types.observation import Observation
from service.types.plan import Plan
from service.types.routing_settings import RoutingSettings
from service.upstream.client import UpstreamClient
from service.upstream.media import MediaFetcher


class Dispatcher:
    """Starts requests and keeps them in `running` until they end.

    What calls teach goes to `observe`; `health` is what was observed so far. `clock`
    measures, `now` gives Unix seconds.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        *,
        upstream: UpstreamClient,
        media: MediaFetcher,
        limits: UpstreamSettings,
        routing: RoutingSettings,
        health: Health,
        observe: Callable[[Observation], None],
        running: set[Generation],
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._running = running
        self._means = Means(
            upstream=upstream,
            media=media,
            keys=Keys(providers),
            limits={name: _limits(provider, limits) for name, provider in providers.items()},
            routing=routing,
            health=health,
            observe=observe,
            clock=clock,
            now=now,
        )

    def start(self, plan: Plan) -> Generation:
        """Begins to ask the plan's targets."""
        return Generation(plan, self._means, running=self._running)


def _limits(provider: Provider, limits: UpstreamSettings) -> UpstreamSettings:
    if provider.max_concurrent is None:
        return limits
    return msgspec.structs.replace(limits, max_concurrent=provider.max_concurrent)
