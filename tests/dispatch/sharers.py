"""Workers that share, without the workers: what they see and what they are told."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from service.dispatch.sharing import Channel, Given, Sharing
from service.health.health import Health
from service.types.observation import Observation

ENDPOINT = "acme/model"
INTERVAL = 0.02


class Counted:
    """A channel that counts how often it was read: what it gave before is folded by then."""

    def __init__(self, channel: Channel) -> None:
        self.name = channel.name
        self.turns = 0
        self._channel = channel

    async def give(self, batch: bytes) -> None:
        await self._channel.give(batch)

    async def take(self) -> Sequence[Given]:
        self.turns += 1
        return await self._channel.take()

    async def aclose(self) -> None:
        await self._channel.aclose()


class Sharer:
    """One worker's view, and its way to the others; its clock is so many seconds `ahead`."""

    def __init__(self, channels: Sequence[Channel], ahead: float = 0.0) -> None:
        self.health = Health(600.0, 300.0)
        self.sharing = Sharing(self.health, INTERVAL, clock=lambda: time.time() + ahead)
        self.channels = [Counted(channel) for channel in channels]
        self._ahead = ahead

    @property
    def now(self) -> float:
        """The time by its clock."""
        return time.time() + self._ahead

    def see(self, count: int = 1, outcome: str = "ok", ago: float = 0.0, **facts: object) -> None:
        for _ in range(count):
            at = self.now - ago
            self.sharing.observe(
                Observation(at=at, provider="acme", endpoint=ENDPOINT, outcome=outcome, **facts)  # type: ignore[arg-type]
            )

    @property
    def requests(self) -> int:
        """How many calls it knows of."""
        return self.health.vitals(ENDPOINT, self.now).requests


@asynccontextmanager
async def sharer(*channels: Channel, ahead: float = 0.0) -> AsyncIterator[Sharer]:
    """A worker that shares for the length of a block."""
    each = Sharer(channels, ahead)
    each.sharing.start(each.channels)
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
    await all_shared(sharers)
    assert [each.requests for each in sharers] == [count] * len(sharers)


async def all_shared(sharers: Sequence[Sharer]) -> None:
    """Waits until all have told what they know, and then until all have read and folded it."""
    for _ in range(2):
        seen = [(channel, channel.turns) for each in sharers for channel in each.channels]
        # The first of these turns may have begun before, the second has ended when the third begins.
        await until(lambda seen=seen: all(channel.turns >= turns + 3 for channel, turns in seen))  # type: ignore[misc]
