"""The channel between machines: a stream of a Redis or Valkey server.

Every worker adds its batches with the name of its machine, and passes over those of its own machine, which
come by the folder.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from service.dispatch.sharing import WINDOW_SECONDS, ChannelFailed

_STREAM = "pointsman:observations"
_MOST_BATCHES = 50_000
_AT_ONCE = 2000
_SOCKET_SECONDS = 1.0
_ALL_SECONDS = 2.0
_FIELD_MACHINE = b"machine"
_FIELD_BATCH = b"batch"


class RedisChannel:
    """See `Channel`. Nothing shows the URL's password.

    Raises `ValueError` or `TypeError` for a URL that is none.
    """

    def __init__(self, url: str, machine: str) -> None:
        options: dict[str, Any] = {
            **parse_url(url),
            "socket_timeout": _SOCKET_SECONDS,
            "socket_connect_timeout": _SOCKET_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            "decode_responses": False,
            "protocol": 2,
        }
        self.name = f"Redis at {_place(options)}"
        self._machine = machine.encode()
        pool: Any = ConnectionPool(**options)
        pool.make_connection()  # stumbles over options that there are not
        self._redis = Redis.from_pool(pool)
        self._last = f"{int((time.time() - WINDOW_SECONDS) * 1000)}-0"

    async def exchange(self, batch: bytes | None) -> Sequence[bytes]:
        """Adds a batch to the stream and reads what other machines have added, at most 2,000 at a time."""
        try:
            async with asyncio.timeout(_ALL_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                if batch:
                    fields: dict[Any, Any] = {_FIELD_MACHINE: self._machine, _FIELD_BATCH: batch}
                    pipeline.xadd(_STREAM, fields, maxlen=_MOST_BATCHES, approximate=True)
                    pipeline.expire(_STREAM, int(2 * WINDOW_SECONDS))
                pipeline.xread({_STREAM: self._last}, count=_AT_ONCE)
                *_, streams = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            # Its words may hold what the URL does.
            raise ChannelFailed(type(error).__name__) from None
        batches: list[bytes] = []
        for _, entries in streams:
            for entry, told in entries:
                self._last = entry
                if told.get(_FIELD_MACHINE) != self._machine:
                    batches.append(told.get(_FIELD_BATCH, b""))
        return batches

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


def _place(options: dict[str, Any]) -> str:
    """Where the server is, without what opens it."""
    if path := options.get("path"):
        return str(path)
    return f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"
