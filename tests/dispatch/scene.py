"""Calls of a fake vendor through the dispatcher."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from service.dispatch.dispatcher import Dispatcher
from service.dispatch.generation import Generation
from service.health.health import Health
from service.providers.provider import Provider
from service.settings import MediaSettings, UpstreamSettings
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.types.observation import Observation
from service.types.plan import Plan, Selection, Target
from service.types.routing_settings import RoutingSettings
from service.types.secret import Secret
from service.types.upstream import Endpoint
from service.upstream.client import UpstreamClient
from service.upstream.media import MediaFetcher
from tests.asking import chat

LIMITS = UpstreamSettings(connect_seconds=2, first_byte_seconds=2, idle_seconds=2, total_seconds=5)
NOWHERE = "http://127.0.0.1:9/v1"


class Scene:
    """A dispatcher with three providers: `acme`, whose keys are given, `other`, and `gone`, which is nowhere.

    `seen` is what was observed, which `health` knows too; `now` is the clock of both.
    """

    def __init__(
        self,
        client: UpstreamClient,
        base_url: str,
        keys: tuple[str, ...],
        limits: UpstreamSettings,
        routing: RoutingSettings,
    ) -> None:
        self._provider = _provider("acme", base_url, keys)
        providers = [self._provider, _provider("other", base_url), _provider("gone", NOWHERE)]
        self.providers = {provider.name: provider for provider in providers}
        self.running: set[Generation] = set()
        self.client = client
        self.seen: list[Observation] = []
        self.now: Callable[[], float] = time.time
        self.health = Health(routing.affinity_seconds, routing.max_rest_seconds)
        self._dispatcher = Dispatcher(
            self.providers,
            upstream=client,
            media=MediaFetcher(MediaSettings()),
            limits=limits,
            routing=routing,
            health=self.health,
            observe=self._observe,
            running=self.running,
            now=self._now,
        )

    def start(self, model: str, **members: Any) -> Generation:
        """Begins a call, streamed unless said otherwise."""
        return self.ask(self._provider.endpoint(model), chat(**{"stream": True, **members}))

    def ask(self, endpoint: Endpoint, request: ChatRequest) -> Generation:
        """Begins a call of one endpoint."""
        return self._dispatcher.start(plan([Target(endpoint)], request))

    def run(self, *ids: str, request: ChatRequest | None = None, **options: Any) -> Generation:
        """Begins a request with these targets, each of another place; streamed unless said otherwise."""
        targets = [Target(self.endpoint(id_), place) for place, id_ in enumerate(ids)]
        return self._dispatcher.start(plan(targets, request or chat(stream=True), **options))

    def start_plan(self, plan: Plan) -> Generation:
        return self._dispatcher.start(plan)

    def endpoint(self, id_: str) -> Endpoint:
        provider, _, model = id_.partition("/")
        return self.providers[provider].endpoint(model)

    async def whole(self, model: str, **members: Any) -> list[Chunk]:
        """Runs a call to its end."""
        return await rest(self.start(model, **members))

    def _now(self) -> float:
        return self.now()

    def _observe(self, observation: Observation) -> None:
        self.seen.append(observation)
        self.health.fold(observation)


def _provider(name: str, base_url: str, keys: tuple[str, ...] = ()) -> Provider:
    return Provider(name=name, dialect="openai", base_url=base_url, keys=tuple(map(Secret, keys)))


def plan(targets: list[Target], request: ChatRequest, **options: Any) -> Plan:
    selection = Selection(reading="pinned", requested=targets[0].endpoint.id)
    return Plan(**{"request": request, "targets": tuple(targets), "selection": selection, **options})


@asynccontextmanager
async def scene(
    base_url: str, *keys: str, routing: RoutingSettings | None = None, **limits: float
) -> AsyncIterator[Scene]:
    """A scene whose limits are short, and these (in seconds, or `max_concurrent`) shorter still."""
    named = {name if name == "max_concurrent" else f"{name}_seconds": value for name, value in limits.items()}
    settings = msgspec.structs.replace(LIMITS, **named)
    client = UpstreamClient()
    try:
        yield Scene(client, base_url, keys, settings, routing or RoutingSettings())
    finally:
        await client.aclose()


async def rest(generation: Generation) -> list[Chunk]:
    """Takes all that is still to come."""
    chunks: list[Chunk] = []
    while (taken := await generation.take()) is not None:
        chunks += taken
    return chunks


async def until_error(generation: Generation) -> tuple[list[Chunk], Exception | None]:
    """Takes all that comes, and the error it ends in."""
    chunks: list[Chunk] = []
    try:
        while (taken := await generation.take()) is not None:
            chunks += taken
    except Exception as error:  # noqa: BLE001 - the test says which
        return chunks, error
    return chunks, None


def text(chunks: list[Chunk]) -> str:
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def elapsed(started: float) -> float:
    return time.monotonic() - started
