"""Renewal of tokens: once for all, ahead of time, and without losing what still holds."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from service.errors import ErrorKind, ProviderError
from service.upstream.renewed import Lease, Renewed


class Source:
    """Gives tokens of 100 seconds, fails on request, and can be held up."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls = 0
        self.fails = False
        self.open = threading.Event()
        self.open.set()
        self.renewed = Renewed("acme", self._renew, lambda: self.now)

    def _renew(self) -> Lease[str]:
        self.calls += 1
        assert self.open.wait(5)
        if self.fails:
            raise ValueError("secret detail")
        return Lease(f"token-{self.calls}", 100.0)


async def until(seen: Callable[[], bool]) -> None:
    """Waits for what happens in a thread."""
    async with asyncio.timeout(5):
        while not seen():  # noqa: ASYNC110 - a thread sets no event of this loop
            await asyncio.sleep(0.001)


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, 10))


def test_all_who_wait_share_one_renewal() -> None:
    async def scene() -> None:
        source = Source()
        assert await asyncio.gather(*(source.renewed.get() for _ in range(5))) == ["token-1"] * 5
        assert source.calls == 1

    run(scene())


def test_it_is_renewed_ahead_while_the_old_one_is_used() -> None:
    async def scene() -> None:
        source = Source()
        await source.renewed.get()
        source.now = 51.0
        source.open.clear()
        assert [await source.renewed.get() for _ in range(3)] == ["token-1"] * 3
        source.open.set()
        await until(lambda: source.renewed.value != "token-1")
        assert await source.renewed.get() == "token-2"
        assert source.calls == 2

    run(scene())


def test_a_failed_renewal_costs_nothing_while_the_old_one_holds() -> None:
    async def scene() -> None:
        source = Source()
        await source.renewed.get()
        source.fails, source.now = True, 60.0
        assert await source.renewed.get() == "token-1"
        await until(lambda: source.renewed._failure is not None)
        assert await source.renewed.get() == "token-1"
        source.now = 101.0
        with pytest.raises(ProviderError, match="'acme': no credentials to be had: ValueError") as caught:
            await source.renewed.get()
        assert caught.value.kind is ErrorKind.PROVIDER_AUTH
        assert "secret detail" not in str(caught.value)

    run(scene())


def test_a_failure_is_believed_for_a_while() -> None:
    async def scene() -> None:
        source = Source()
        source.fails = True
        for _ in range(3):
            with pytest.raises(ProviderError):
                await source.renewed.get()
        assert source.calls == 1
        source.fails, source.now = False, 6.0
        assert await source.renewed.get() == "token-2"

    run(scene())


def test_a_caller_who_goes_away_ends_nothing() -> None:
    async def scene() -> None:
        source = Source()
        source.open.clear()
        first, second = (asyncio.create_task(source.renewed.get()) for _ in range(2))
        await until(lambda: source.calls == 1)
        first.cancel()
        source.open.set()
        assert await second == "token-1"
        assert source.calls == 1

    run(scene())
