"""Between provider and caller: bursts leave whole, slow readers hold the writer back."""

import asyncio

import pytest

from service.dispatch.mailbox import Mailbox
from service.types.chunk import Chunk


def chunks(*names: int) -> list[Chunk]:
    return [Chunk(extra={"n": name}) for name in names]


def names(taken: list[Chunk] | None) -> list[int] | None:
    return None if taken is None else [chunk.extra["n"] for chunk in taken]


def test_what_came_together_leaves_together() -> None:
    async def scene() -> None:
        mailbox = Mailbox()
        await mailbox.put(chunks(1, 2))
        await mailbox.put(chunks(3))

        assert names(await mailbox.take()) == [1, 2, 3]

    asyncio.run(scene())


def test_a_waiting_reader_is_woken() -> None:
    async def scene() -> None:
        mailbox = Mailbox()
        reading = asyncio.create_task(mailbox.take())
        await asyncio.sleep(0)
        await mailbox.put(chunks(1))

        assert names(await reading) == [1]

    asyncio.run(scene())


def test_waiting_ends_in_time_and_can_be_taken_up_again() -> None:
    async def scene() -> None:
        mailbox = Mailbox()
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await mailbox.take(0.001)
        await mailbox.put(chunks(1))
        assert names(await mailbox.take(0.001)) == [1]

    asyncio.run(scene())


def test_the_end_comes_after_everything_and_stays() -> None:
    async def scene() -> None:
        mailbox = Mailbox()
        await mailbox.put(chunks(1))
        mailbox.close()

        assert mailbox.closed
        assert [names(await mailbox.take()) for _ in range(3)] == [[1], None, None]

    asyncio.run(scene())


def test_an_error_comes_after_everything_and_stays() -> None:
    async def scene() -> None:
        mailbox = Mailbox()
        await mailbox.put(chunks(1))
        mailbox.close(ValueError("broken"))

        assert names(await mailbox.take()) == [1]
        for _ in range(2):
            with pytest.raises(ValueError, match="broken"):
                await mailbox.take()

    asyncio.run(scene())


@pytest.mark.parametrize("first", [None, ValueError("first")])
def test_the_first_end_counts(first: ValueError | None) -> None:
    async def scene() -> None:
        mailbox = Mailbox()
        mailbox.close(first)
        mailbox.close(ValueError("second"))
        if first:
            with pytest.raises(ValueError, match="first"):
                await mailbox.take()
        else:
            assert await mailbox.take() is None

    asyncio.run(scene())


def test_a_reader_that_waits_learns_of_the_end() -> None:
    async def scene() -> None:
        mailbox = Mailbox()
        reading = asyncio.create_task(mailbox.take())
        await asyncio.sleep(0)
        mailbox.close()

        assert await reading is None

    asyncio.run(scene())


def test_a_slow_reader_holds_the_writer_back() -> None:
    async def scene() -> None:
        mailbox = Mailbox()
        written = 0

        async def write() -> None:
            nonlocal written
            for _ in range(5000):
                await mailbox.put(chunks(0))
                written += 1
            mailbox.close()

        writing = asyncio.create_task(write())
        await asyncio.sleep(0.01)
        assert 0 < written < 2000

        read = 0
        while (taken := await mailbox.take()) is not None:
            read += len(taken)
        await writing
        assert read == written == 5000

    asyncio.run(scene())
