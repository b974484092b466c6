"""Workers that share, without the workers: what they see and what they are told."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from service.dispatch.sharing import Channel, Sharing
from service.health.health import Health
from service.types.observation import Observation

ENDPOINT = "acme/model"
INTERVAL = 0.02


class Sharer:
    """One worker's view, and its way to the others."""

    def __init__(self) -> None:
        self.health = Health(600.0, 300.0)
        self.sharing = Sharing(self.health, INTERVAL)

    def see(self, count: int = 1, outcome: str = "ok", ago: float = 0.0, **facts: object) -> None:
        for _ in range(count):
            at = time.time() - ago
            self.sharing.observe(
                Observation(at=at, provider="acme", endpoint=ENDPOINT, outcome=outcome, **facts)  # type: ignore[arg-type]
            )

    @property
    def requests(self) -> int:
        """How many calls it knows of."""
        return self.health.vitals(ENDPOINT, time.time()).requests


@asynccontextmanager
async def sharer(*channels: Channel) -> AsyncIterator[Sharer]:
    """A worker that shares for the length of a block."""
    each = Sharer()
    each.sharing.start(channels)
    try:
        yield each
    finally:
        await each.sharing.aclose()


async def until(look: Callable[[], bool], seconds: float = 5.0) -> None:
    """Lets the event loop run until what is looked for is there."""
    async with asyncio.timeout(seconds):
        while not look():  # noqa: ASYNC110 - there is nothing to be woken by
            await asyncio.sleep(0.005)


async def all_know(sharers: Sequence[Sharer], count: int) -> None:
    """Waits until all know of so many calls, and sees that they do not come to know of more."""
    await until(lambda: all(each.requests >= count for each in sharers))
    await asyncio.sleep(5 * INTERVAL)
    assert [each.requests for each in sharers] == [count] * len(sharers)
