"""Calls a provider as the dispatcher does, for tests of what lies below it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

from service.dialects import DIALECTS
from service.settings import UpstreamSettings
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.types.secret import Secret
from service.types.upstream import Endpoint
from service.upstream.client import UpstreamClient
from service.upstream.credentials import Anonymous, ApiKey

T = TypeVar("T")
LIMITS = UpstreamSettings(connect_seconds=2, first_byte_seconds=2, idle_seconds=2, total_seconds=5)


def limits(**seconds: float) -> UpstreamSettings:
    """The limits of a call, short, and these shorter still."""
    return msgspec.structs.replace(LIMITS, **{f"{name}_seconds": value for name, value in seconds.items()})


def endpoint(base_url: str, model: str) -> Endpoint:
    return Endpoint(provider="acme", model=model, base_url=base_url, dialect="openai")


def run(scene: Coroutine[Any, Any, T]) -> T:
    """Runs a scene to its end, within a time that only a hanging one takes."""

    async def bounded() -> T:
        async with asyncio.timeout(20):
            return await scene

    return asyncio.run(bounded())


async def call(
    client: UpstreamClient, request: ChatRequest, to: Endpoint, credential: Secret | None = None
) -> tuple[int, dict[str, str], list[Chunk]]:
    """One whole call: status, headers and chunks; of an error, its chunks are missing."""
    dialect = DIALECTS[to.dialect]
    opened = ApiKey(credential) if credential else Anonymous()
    async with client.send(dialect.encode(request, to, {}), to, opened, LIMITS) as response:
        headers = dict(response.headers)
        if response.status != 200:
            raise dialect.error(to, response.status, response.headers, await response.error_body())
        decoder = dialect.decoder(request, to, response.content_type)
        chunks: list[Chunk] = []
        while data := await response.read():
            chunks += decoder.feed(data)
        return response.status, headers, chunks + decoder.end()
