"""Writes what requests of routers did behind their answers: in batches, and never in anybody's way.

While the store is down, rows wait, up to a bound; what does not fit is dropped and counted.
"""

import asyncio
import contextlib
import hashlib
import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

from service.errors import Unavailable
from service.settings import StoreSettings
from service.store.requests import Requests, StoredRequest
from service.telemetry.record import RequestRecord
from service.types.metadata import Attempt

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 10_000
_BATCH = 500
_LONGEST_RETRY_SECONDS = 10.0
_QUIET_SECONDS = 60.0
"""What is dropped is told at most that often."""
_PRUNE_SECONDS = 3600.0
_PRUNE_ROWS = 1000
_PRUNE_ROUNDS = 10
_FIRST_PRUNE_SECONDS = 60.0
_DAY_SECONDS = 86_400.0
_USER_BYTES = 16
_MOST_NUMBER = 2**31 - 1


class WriteBehind:
    """Takes records of requests and writes them when it suits; `dropped` counts those that it could not keep.

    `clock` gives Unix seconds, `monotonic` seconds that never go back.
    """

    def __init__(
        self,
        requests: Requests,
        settings: StoreSettings,
        *,
        most_waiting: int = _MOST_WAITING,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.dropped = 0
        self._requests = requests
        self._settings = settings
        self._most_waiting = most_waiting
        self._clock = clock
        self._monotonic = monotonic
        self._waiting: deque[StoredRequest] = deque()
        self._full = asyncio.Event()
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._told = 0
        self._tell_at = 0.0
        self._prune_at = monotonic() + _FIRST_PRUNE_SECONDS

    @property
    def waiting(self) -> int:
        """How many rows are not written yet."""
        return len(self._waiting)

    def note(self, record: RequestRecord) -> None:
        """Takes the record of a request, if a router sent it somewhere. Never waits, never fails."""
        try:
            row = stored(record)
        except Exception:  # noqa: BLE001 - nor the answer
            _LOG.exception("what a request did cannot be kept, for a reason of ours")
            return
        if row is None:
            return
        if len(self._waiting) >= self._most_waiting:
            self._drop(1)
            return
        self._waiting.append(row)
        if len(self._waiting) >= _BATCH:
            self._full.set()

    def start(self) -> None:
        """Begins to write."""
        self._running = asyncio.create_task(self._run())

    async def aclose(self, seconds: float) -> None:
        """Writes what waits, and ends within so many seconds."""
        self._stopping.set()
        self._full.set()
        if self._running:
            await asyncio.wait({self._running}, timeout=seconds)
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        if self._waiting:
            self._tell_at = 0.0
            self._drop(len(self._waiting))
            self._waiting.clear()

    async def _run(self) -> None:
        wait = self._settings.write_seconds
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._full.wait()
            if await self._flush():
                wait = self._settings.write_seconds
                await self._prune()
            else:
                wait = min(2 * wait, max(_LONGEST_RETRY_SECONDS, self._settings.write_seconds))
        await self._flush()  # what came while the last round was busy with other things

    async def _flush(self) -> bool:
        """Writes all that waits; tells whether the store took it."""
        while self._waiting:
            batch = list(itertools.islice(self._waiting, _BATCH))
            if not await self._written(batch):
                if not self._stopping.is_set():
                    self._full.clear()  # to come again at once would not help
                return False
            for _ in batch:
                self._waiting.popleft()
        if not self._stopping.is_set():
            self._full.clear()
        return True

    async def _written(self, batch: Sequence[StoredRequest]) -> bool:
        try:
            await self._requests.add(batch)
        except Unavailable:
            return False
        except Exception:  # noqa: BLE001 - a fault of ours must not end the writing
            _LOG.exception("what %d requests did cannot be written, for a reason of ours", len(batch))
            self._drop(len(batch))
        return True

    async def _prune(self) -> None:
        """Forgets some of what is too old, and goes on after the next flush until nothing is."""
        if self._monotonic() < self._prune_at:
            return
        before = self._clock() - self._settings.keep_days * _DAY_SECONDS
        for _ in range(_PRUNE_ROUNDS):
            if self._full.is_set():
                return
            if not await self._pruned(before):
                self._prune_at = self._monotonic() + _PRUNE_SECONDS
                return

    async def _pruned(self, before: float) -> int:
        try:
            return await self._requests.prune(before, _PRUNE_ROWS)
        except Unavailable:
            return 0
        except Exception:  # noqa: BLE001 - a fault of ours must not end the writing
            _LOG.exception("old requests cannot be removed, for a reason of ours")
            return 0

    def _drop(self, count: int) -> None:
        self.dropped += count
        now = self._monotonic()
        if now >= self._tell_at:
            _LOG.warning(
                "what %d requests of routers did was not written: the store does not take it",
                self.dropped - self._told,
            )
            self._told, self._tell_at = self.dropped, now + _QUIET_SECONDS


def stored(record: RequestRecord) -> StoredRequest | None:
    """What is kept of a request; None of one that no router sent anywhere."""
    if None in (record.generation_id, record.router, record.route_id, record.variant_id):
        return None
    usage = record.usage
    cost = usage.cost if usage else None
    return StoredRequest(
        generation_id=record.generation_id or "",
        router=_text(record.router or ""),
        route_id=_text(record.route_id or ""),
        variant_id=_text(record.variant_id or ""),
        user_hash=user_hash(record.user) if record.user else None,
        status=record.status,
        http_status=record.http_status,
        ttft_ms=None if record.time_to_first_token_ms is None else _count(record.time_to_first_token_ms),
        duration_ms=_count(record.duration_ms),
        prompt_tokens=_count(usage.prompt_tokens if usage else None),
        completion_tokens=_count(usage.completion_tokens if usage else None),
        cost=None if cost is None else float(cost),
        fallbacks=_fallbacks(record.attempts),
        model=None if record.model is None else _text(record.model),
        unix_time=record.unix_time,
    )


def user_hash(user: str) -> str:
    """Tells users apart without saying who they are to those who do not know the name already."""
    return hashlib.blake2b(user.encode("utf-8", "surrogatepass"), digest_size=_USER_BYTES).hexdigest()


def _fallbacks(attempts: Sequence[Attempt]) -> int:
    """How often another endpoint took over; another key of the same is none."""
    return sum(one.model != other.model for one, other in itertools.pairwise(attempts))


def _count(number: int | None) -> int:
    """A number that fits into a column: vendors may say what they like."""
    return min(max(number or 0, 0), _MOST_NUMBER)


def _text(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
