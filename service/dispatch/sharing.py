"""Workers tell each other what their calls taught, so that all know the same of every endpoint.

What a worker saw itself it knows at once; the others know it one interval later. When a channel fails, each
goes on with what it sees itself and what comes by the other channels. Every worker numbers what it tells:
what comes twice, by two channels or because an answer was lost, is folded once.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from service.health.health import Health
from service.health.slices import WINDOW_SECONDS
from service.types.observation import Observation

_LOG = logging.getLogger(__name__)
_NOT_SHARED = "what is seen of providers is not shared by %s: %s"
_MOST_WAITING = 10_000
_MOST_WORKERS = 10_000
_AT_ONCE = 500
_LAST_SECONDS = 2.0


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """What a worker tells at once: its observations from the one numbered `first` on.

    `worker` is its name, `sent` the time by its clock, in Unix seconds.
    """

    worker: str
    first: int
    sent: float
    observations: list[Observation]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Batch).decode


class ChannelFailed(Exception):
    """A channel does not work now; the message says why, without secrets."""


class Given(NamedTuple):
    """A batch that some worker gave.

    `seconds_ago` is how long ago, by the channel's own clock; None where all who use it have one clock.
    """

    data: bytes
    seconds_ago: float | None = None


class Channel(Protocol):
    """A way to other workers. `name` is for the log."""

    name: str

    async def give(self, batch: bytes) -> None:
        """Gives a batch to the others. Raises `ChannelFailed`: then they may have it, or not."""
        ...

    async def take(self) -> Sequence[Given]:
        """Takes what was given since the last time; the first time what was within the window.

        It may be one's own. Raises `ChannelFailed`.
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
        self._worker = uuid.uuid4().hex
        self._known: OrderedDict[str, int] = OrderedDict()  # the next number of each other worker
        self._stopping = asyncio.Event()
        self._lines: list[_Line] = []
        self._tasks: list[asyncio.Task[None]] = []

    def observe(self, observation: Observation) -> None:
        """Takes what this worker saw; never waits."""
        self._health.fold(observation)
        for line in self._lines:
            line.tell(observation)

    def start(self, channels: Sequence[Channel]) -> None:
        """Begins to exchange: at once, then every interval."""
        self._lines = [_Line(channel, self._worker, self._clock) for channel in channels]
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

    async def _fold(self, batches: list["_Dated"]) -> None:
        """Folds what others saw, in the order in which it happened."""
        batches.sort(key=_first_number)
        now = self._clock()
        told = [
            each for batch in batches for each in self._news(batch, now) if each.at > now - WINDOW_SECONDS
        ]
        told.sort(key=_at)
        for start in range(0, len(told), _AT_ONCE):
            for each in told[start : start + _AT_ONCE]:
                self._health.fold(each, now)
            await asyncio.sleep(0)  # requests come first

    def _news(self, dated: "_Dated", now: float) -> list[Observation]:
        """What of a batch was not told before, by this worker's clock."""
        batch = dated.batch
        if batch.worker == self._worker:
            return []
        known = self._known.get(batch.worker, 0)
        self._known[batch.worker] = max(known, batch.first + len(batch.observations))
        self._known.move_to_end(batch.worker)
        if len(self._known) > _MOST_WORKERS:
            self._known.popitem(last=False)
        news = batch.observations[max(0, known - batch.first) :]
        return [_shifted(each, dated.ahead, now) for each in news]


class _Dated(NamedTuple):
    """A batch, and by how many seconds the clock of its worker is ahead of this one's."""

    batch: Batch
    ahead: float


class _Line:
    """One channel, what waits for it, and whether it worked the last time."""

    def __init__(self, channel: Channel, worker: str, clock: Callable[[], float]) -> None:
        self.channel = channel
        self._worker = worker
        self._clock = clock
        self._waiting: deque[Observation] = deque(maxlen=_MOST_WAITING)
        self._count = 0
        self._works = True
        self._understood = True

    def tell(self, observation: Observation) -> None:
        """Takes what the others are to be told; if too much waits, the newest of it is kept."""
        self._waiting.append(observation)
        self._count += 1

    async def exchange(self) -> list[_Dated]:
        """Gives what waits, and takes what the others gave."""
        fails = False
        if self._waiting:
            fails = not await self._give()
        taken: Sequence[Given] = []
        try:
            taken = await self.channel.take()
        except Exception as fault:  # noqa: BLE001 - health must not stop being shared, whatever it is
            self._say(fault)
            fails = True
        if not fails and not self._works:
            _LOG.info("what is seen of providers is shared by %s again", self.channel.name)
        self._works = not fails
        now = self._clock()
        return [batch for given in taken if (batch := self._read(given, now))]

    async def _give(self) -> bool:
        batch = list(self._waiting)
        self._waiting.clear()
        first = self._count - len(batch)
        try:
            await self.channel.give(_encode(Batch(self._worker, first, self._clock(), batch)))
        except Exception as fault:  # noqa: BLE001 - see above
            self._say(fault)
            self._waiting = deque([*batch, *self._waiting], maxlen=_MOST_WAITING)
            return False
        return True

    def _say(self, fault: Exception) -> None:
        """Logs why the channel does not work, once."""
        if not self._works:
            return
        self._works = False
        if isinstance(fault, ChannelFailed):
            _LOG.warning(_NOT_SHARED, self.channel.name, fault)
        else:
            _LOG.error(_NOT_SHARED, self.channel.name, "for a reason of ours", exc_info=fault)

    def _read(self, given: Given, now: float) -> _Dated | None:
        try:
            batch = _decode(given.data)
        except msgspec.MsgspecError:
            if self._understood:
                _LOG.warning("what another worker told by %s is not understood", self.channel.name)
            self._understood = False
            return None
        if given.seconds_ago is None:
            # Unless the clock that both have was set back, it was sent before now.
            return _Dated(batch, max(0.0, batch.sent - now))
        return _Dated(batch, batch.sent - (now - given.seconds_ago))


def _first_number(dated: _Dated) -> int:
    return dated.batch.first


def _at(observation: Observation) -> float:
    return observation.at


def _shifted(observation: Observation, ahead: float, now: float) -> Observation:
    """An observation by this worker's clock; it has happened, whatever the clocks say."""
    ahead = max(ahead, observation.at - now)
    if ahead == 0:
        return observation
    return msgspec.structs.replace(
        observation,
        at=observation.at - ahead,
        began=observation.began and observation.began - ahead,
        rest_until=observation.rest_until and observation.rest_until - ahead,
    )
