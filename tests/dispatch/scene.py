"""Calls of a fake vendor through the dispatcher."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from service.dispatch.dispatcher import Dispatcher
from service.dispatch.generation import Generation
from service.providers.provider import Provider
from service.settings import MediaSettings, UpstreamSettings
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.types.plan import Plan, Selection, Target
from service.types.secret import Secret
from service.types.upstream import Endpoint
from service.upstream.client import UpstreamClient
from service.upstream.media import MediaFetcher
from tests.asking import chat

LIMITS = UpstreamSettings(connect_seconds=2, first_byte_seconds=2, idle_seconds=2, total_seconds=5)


class Scene:
    """A dispatcher with one provider, `acme`."""

    def __init__(
        self, client: UpstreamClient, base_url: str, keys: tuple[str, ...], limits: UpstreamSettings
    ) -> None:
        provider = Provider(name="acme", dialect="openai", base_url=base_url, keys=tuple(map(Secret, keys)))
        self._provider = provider
        self.running: set[Generation] = set()
        self._dispatcher = Dispatcher(
            {"acme": provider},
            upstream=client,
            media=MediaFetcher(MediaSettings()),
            limits=limits,
            running=self.running,
        )

    def start(self, model: str, **members: Any) -> Generation:
        """Begins a call, streamed unless said otherwise."""
        return self.ask(self._provider.endpoint(model), chat(**{"stream": True, **members}))

    def ask(self, endpoint: Endpoint, request: ChatRequest) -> Generation:
        """Begins a call of one endpoint."""
        selection = Selection(reading="pinned", requested=endpoint.id)
        return self._dispatcher.start(Plan(request=request, targets=(Target(endpoint),), selection=selection))

    async def whole(self, model: str, **members: Any) -> list[Chunk]:
        """Runs a call to its end."""
        return await rest(self.start(model, **members))


@asynccontextmanager
async def scene(base_url: str, *keys: str, **seconds: float) -> AsyncIterator[Scene]:
    """A scene whose limits are short, and these shorter still."""
    limits = msgspec.structs.replace(LIMITS, **{f"{name}_seconds": value for name, value in seconds.items()})
    client = UpstreamClient()
    try:
        yield Scene(client, base_url, keys, limits)
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
