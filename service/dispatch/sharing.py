"""Workers tell each other what their calls taught, so that all know the same of every endpoint.

What a worker saw itself it knows at once; the others know it one interval later. When a channel fails, each
goes on with what it sees itself and what comes by the other channels.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from service.health.health import Health
from service.types.observation import Observation

WINDOW_SECONDS = 300.0
"""What is older teaches nothing any more."""

_LOG = logging.getLogger(__name__)
_NOT_SHARED = "what is seen of providers is not shared by %s: %s"
_MOST_WAITING = 10_000
_AT_ONCE = 500
_LAST_SECONDS = 2.0
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Observation]).decode


class ChannelFailed(Exception):
    """A channel does not work now; the message says why, without secrets."""


class Channel(Protocol):
    """A way to other workers. `name` is for the log."""

    name: str

    async def exchange(self, batch: bytes | None) -> Sequence[bytes]:
        """Gives a batch to the others and takes theirs; the first time what they left within the window.

        Nobody gets his own. Raises `ChannelFailed`: then the batch was not given.
        """
        ...

    async def aclose(self) -> None:
        """Lets go of what it holds."""
        ...


class Sharing:
    """Folds what this worker and the others see into `health`.

    `share_seconds` is the interval between exchanges; a reload may change it.
    """

    def __init__(self, health: Health, share_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self.share_seconds = share_seconds
        self._health = health
        self._clock = clock
        self._stopping = asyncio.Event()
        self._lines: list[_Line] = []
        self._tasks: list[asyncio.Task[None]] = []

    def observe(self, observation: Observation) -> None:
        """Takes what this worker saw; never waits."""
        self._health.fold(observation)
        for line in self._lines:
            line.waiting.append(observation)

    def start(self, channels: Sequence[Channel]) -> None:
        """Begins to exchange: at once, then every interval."""
        self._lines = [_Line(channel) for channel in channels]
        self._tasks = [asyncio.create_task(self._keep(line)) for line in self._lines]

    async def aclose(self) -> None:
        """Tells the others what is left to tell, for at most 2 seconds, and ends."""
        self._stopping.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in self._lines:
            await line.channel.aclose()

    async def _keep(self, line: "_Line") -> None:
        while True:
            last = self._stopping.is_set()
            await self._fold(await line.exchange())
            if last:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self.share_seconds)

    async def _fold(self, observations: list[Observation]) -> None:
        """Folds what others saw, in the order in which it happened; another machine's clock may be ahead."""
        now = self._clock()
        recent = [_not_after(now, each) for each in observations if each.at > now - WINDOW_SECONDS]
        recent.sort(key=_at)
        for start in range(0, len(recent), _AT_ONCE):
            for each in recent[start : start + _AT_ONCE]:
                self._health.fold(each)
            await asyncio.sleep(0)  # requests come first


class _Line:
    """One channel, what waits for it, and whether it worked the last time."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.waiting: deque[Observation] = deque(maxlen=_MOST_WAITING)
        self._works = True
        self._understood = True

    async def exchange(self) -> list[Observation]:
        """Gives what waits, and takes what the others gave."""
        batch = list(self.waiting)
        self.waiting.clear()
        try:
            taken = await self.channel.exchange(_encode(batch) if batch else None)
        except ChannelFailed as failed:
            if self._works:
                _LOG.warning(_NOT_SHARED, self.channel.name, failed)
        except Exception:  # noqa: BLE001 - health must not stop being shared, whatever it is
            if self._works:
                _LOG.exception(_NOT_SHARED, self.channel.name, "for a reason of ours")
        else:
            if not self._works:
                _LOG.info("what is seen of providers is shared by %s again", self.channel.name)
            self._works = True
            return [each for data in taken for each in self._read(data)]
        self._works = False
        # The newest are kept.
        self.waiting = deque([*batch, *self.waiting], maxlen=_MOST_WAITING)
        return []

    def _read(self, data: bytes) -> list[Observation]:
        try:
            return _decode(data)
        except msgspec.MsgspecError:
            if self._understood:
                _LOG.warning("what another worker told by %s is not understood", self.channel.name)
            self._understood = False
            return []


def _at(observation: Observation) -> float:
    return observation.at


def _not_after(now: float, observation: Observation) -> Observation:
    return observation if observation.at <= now else msgspec.structs.replace(observation, at=now)
