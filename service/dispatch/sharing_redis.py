"""The channel between machines: a stream of a Redis or Valkey server, to which all workers add."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from service.dispatch.sharing import ChannelFailed, Given
from service.health.slices import WINDOW_SECONDS

_STREAM = "pointsman:batches"
_MOST_BATCHES = 50_000
_AT_ONCE = 2000
_SOCKET_SECONDS = 1.0
_ALL_SECONDS = 2.0
_FIELD = b"batch"
_Answer = TypeVar("_Answer")


class RedisChannel:
    """See `Channel`. Nothing shows the URL's password.

    All times are the server's. Raises `ValueError` or `TypeError` for a URL that is none.
    """

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {
            **parse_url(url),
            "socket_timeout": _SOCKET_SECONDS,
            "socket_connect_timeout": _SOCKET_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            "decode_responses": False,
            "protocol": 2,
        }
        self.name = f"Redis at {_place(options)}"
        pool: Any = ConnectionPool(**options)
        pool.make_connection()  # stumbles over options that there are not
        self._redis = Redis.from_pool(pool)
        self._last: tuple[int, int] | None = None

    async def give(self, batch: bytes) -> None:
        """Adds a batch to the stream."""
        await _within(self._give(batch))

    async def take(self) -> Sequence[Given]:
        """Reads what was added since the last time, at most 2,000 batches."""
        return await _within(self._take())

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()

    async def _give(self, batch: bytes) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.xadd(_STREAM, {_FIELD: batch}, maxlen=_MOST_BATCHES, approximate=True)
            pipeline.expire(_STREAM, int(2 * WINDOW_SECONDS))
            await pipeline.execute()

    async def _take(self) -> list[Given]:
        now, newest = await self._look()
        if self._last is None or newest < self._last:
            # The first time, or the server has lost what we have read.
            self._last = (now - int(WINDOW_SECONDS * 1000), 0)
        streams: Any = await self._redis.xread({_STREAM: f"{self._last[0]}-{self._last[1]}"}, count=_AT_ONCE)
        taken: list[Given] = []
        for _, entries in streams:
            for entry, told in entries:
                self._last = _numbers(entry)
                taken.append(Given(told.get(_FIELD, b""), (now - self._last[0]) / 1000))
        return taken

    async def _look(self) -> tuple[int, tuple[int, int]]:
        """The server's time in milliseconds, and the newest entry that its stream ever had."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.time()
            pipeline.xinfo_stream(_STREAM)
            time, stream = await pipeline.execute(raise_on_error=False)
        if isinstance(time, Exception):
            raise time
        seconds, microseconds = time
        now = seconds * 1000 + microseconds // 1000
        if isinstance(stream, ResponseError):  # there is no stream
            return now, (0, 0)
        if isinstance(stream, Exception):
            raise stream
        return now, _numbers(stream["last-generated-id"])


async def _within(asked: Awaitable[_Answer]) -> _Answer:
    """An answer of the server, in time. Raises `ChannelFailed`."""
    try:
        async with asyncio.timeout(_ALL_SECONDS):
            return await asked
    except (RedisError, OSError, TimeoutError) as error:
        # A refused password is told as the cause of a lost connection. The words may hold what the URL does.
        cause = error.__cause__ if isinstance(error.__cause__, RedisError) else error
        raise ChannelFailed(type(cause).__name__) from None


def _numbers(entry: bytes) -> tuple[int, int]:
    milliseconds, _, number = entry.partition(b"-")
    return int(milliseconds), int(number)


def _place(options: dict[str, Any]) -> str:
    """Where the server is, without what opens it."""
    if path := options.get("path"):
        return str(path)
    return f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"
