"""What must be renewed from time to time, by slow code, for many who wait: tokens, machines' keys."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, Generic, NamedTuple, TypeVar

from service.errors import ErrorKind, ProviderError

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
# Renewed this long before the end, or at half of a shorter life.
_AHEAD_SECONDS: Final = 120.0
# How long a failure is believed before it is tried again.
_FAILURE_SECONDS: Final = 5.0


class Lease(NamedTuple, Generic[T]):
    """A value and for how many seconds it holds."""

    value: T
    seconds: float


class Renewed(Generic[T]):
    """Renews in a thread, once for all who wait; as long as the old one holds nobody waits or fails."""

    def __init__(
        self, provider: str, renew: Callable[[], Lease[T]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.value: T | None = None
        self._provider = provider
        self._renew = renew
        self._clock = clock
        self._renew_at = self._ends_at = clock()
        self._task: asyncio.Task[T] | None = None
        self._failure: ProviderError | None = None
        self._try_again_at = clock()

    async def get(self) -> T:
        """The value. Raises `ProviderError` (`provider_auth`) when there is none to be had."""
        now = self._clock()
        if now >= self._renew_at and self._task is None and now >= self._try_again_at:
            self._task = asyncio.create_task(self._run())
            self._task.add_done_callback(self._done)
        if self.value is not None and now < self._ends_at:
            return self.value
        if self._task:
            # A caller who goes away must not end what others wait for.
            return await asyncio.shield(self._task)
        assert self._failure  # noqa: S101 - without a value and a task there was one
        raise self._failure

    async def _run(self) -> T:
        try:
            value, seconds = await asyncio.to_thread(self._renew)
        except Exception as error:  # noqa: BLE001 - files, networks, libraries: none has a common root
            self._try_again_at = self._clock() + _FAILURE_SECONDS
            # What it says may hold a path or a secret: that goes to the log by its kind alone.
            _LOG.warning("no credentials for provider %s: %s", self._provider, type(error).__name__)
            text = f"Provider '{self._provider}': no credentials to be had: {type(error).__name__}"
            self._failure = ProviderError(ErrorKind.PROVIDER_AUTH, self._provider, text)
            raise self._failure from None
        now = self._clock()
        self.value = value
        self._ends_at = now + seconds
        self._renew_at = now + max(seconds - _AHEAD_SECONDS, seconds / 2)
        return value

    def _done(self, task: "asyncio.Task[T]") -> None:
        self._task = None
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody may have
