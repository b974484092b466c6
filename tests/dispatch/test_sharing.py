"""Workers of one machine tell each other what they see."""

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from service.dispatch.sharing import Channel, ChannelFailed, Sharing
from service.dispatch.sharing_folder import FolderChannel, machine_of
from service.health.health import Health
from service.types.observation import Observation
from tests.dispatch.sharers import ENDPOINT, INTERVAL, all_know, sharer, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "observations"


def test_what_one_sees_all_know_and_count_once(folder: Path) -> None:
    async def play() -> None:
        async with (
            sharer(FolderChannel(folder)) as one,
            sharer(FolderChannel(folder)) as two,
            sharer(FolderChannel(folder)) as three,
        ):
            one.see(3)
            assert one.requests == 3
            two.see(2)
            await all_know([one, two, three], 5)
            three.see(1)
            await all_know([one, two, three], 6)

    asyncio.run(play())


def test_a_vendor_that_one_worker_sees_fail_rests_in_all(folder: Path) -> None:
    async def play() -> None:
        async with sharer(FolderChannel(folder)) as one, sharer(FolderChannel(folder)) as two:
            one.see(3, "failed")
            await until(lambda: two.health.vitals(ENDPOINT, time.time()).down)

    asyncio.run(play())


def test_who_comes_later_learns_what_was_seen_even_by_those_who_are_gone(folder: Path) -> None:
    async def play() -> None:
        async with sharer(FolderChannel(folder)) as one:
            one.see(4, conversation="c", cached=True)
        async with sharer(FolderChannel(folder)) as again:
            await all_know([again], 4)
            assert again.health.holder("c", time.time()) == (ENDPOINT, True)

    asyncio.run(play())


def test_what_was_seen_last_is_told_before_the_end(folder: Path) -> None:
    async def play() -> None:
        async with sharer(FolderChannel(folder)) as one, sharer(FolderChannel(folder)) as two:
            one.sharing.share_seconds = 60.0
            await asyncio.sleep(3 * INTERVAL)
            one.see(2)
            await one.sharing.aclose()
            await all_know([two], 2)

    asyncio.run(play())


def test_batches_that_come_in_pieces_are_read_when_they_are_whole(folder: Path) -> None:
    batch = _batch(_observation(time.time()), _observation(time.time()))
    framed = len(batch).to_bytes(4) + batch

    async def play() -> None:
        async with sharer(FolderChannel(folder)) as one:
            for piece in (framed[:2], framed[2:20], framed[20:] + framed[:3]):
                assert one.requests == 0
                append(folder, piece)
                await asyncio.sleep(3 * INTERVAL)
            await all_know([one], 2)
            append(folder, framed[3:])
            await all_know([one], 4)

    asyncio.run(play())


def test_what_cannot_be_read_is_passed_over_and_said_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = _batch(_observation(time.time()))

    async def play() -> None:
        junk = b"\xc1junk"
        append(folder, b"".join(len(each).to_bytes(4) + each for each in (junk, good, junk, good)))
        async with sharer(FolderChannel(folder)) as one:
            await all_know([one], 2)

    asyncio.run(play())
    assert [record.message for record in caplog.records].count(
        f"what another worker told by folder {folder} is not understood"
    ) == 1


def test_files_do_not_grow_without_bound_and_nothing_is_lost(folder: Path) -> None:
    async def play() -> None:
        async with (
            sharer(FolderChannel(folder, large_bytes=1000)) as one,
            sharer(FolderChannel(folder)) as two,
        ):
            for count in range(1, 11):
                one.see(10)
                await until(lambda count=count: two.requests == 10 * count)  # type: ignore[misc]

    asyncio.run(play())
    sizes = [path.stat().st_size for path in folder.glob("*.batches")]
    assert len(sizes) > 2
    assert max(sizes) < 2500


def test_files_that_matter_no_more_are_removed(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    old, recent = folder / "1-dead-1.batches", folder / "2-dead-1.batches"
    for path, ago in ((old, 601), (recent, 500)):
        path.write_bytes(b"")
        os.utime(path, (time.time() - ago,) * 2)

    async def play() -> None:
        async with sharer(FolderChannel(folder)):
            await until(lambda: not old.exists())

    asyncio.run(play())
    assert recent.exists()


def test_who_finds_its_file_removed_begins_another(folder: Path) -> None:
    async def play() -> None:
        async with sharer(FolderChannel(folder)) as one, sharer(FolderChannel(folder)) as two:
            one.see(1)
            await all_know([two], 1)
            empty(folder)
            one.see(1)
            await all_know([one, two], 2)

    asyncio.run(play())


def test_a_folder_that_others_may_write_to_is_not_used(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir()
    folder.chmod(0o777)

    async def play() -> None:
        async with sharer(FolderChannel(folder)) as one:
            one.see(2)
            await until(lambda: bool(caplog.records))
            await asyncio.sleep(3 * INTERVAL)
            assert one.requests == 2

    asyncio.run(play())
    assert not list(folder.iterdir())
    assert [record.message for record in caplog.records] == [
        f"what is seen of providers is not shared by folder {folder}: others may write to it"
    ]


def test_a_folder_that_comes_back_is_used_again_and_what_waited_is_told(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    folder.write_text("in the way")

    async def play() -> None:
        async with sharer(FolderChannel(folder)) as one, sharer(FolderChannel(folder)) as two:
            one.see(2)
            await until(lambda: len(caplog.records) == 2)
            remove(folder)
            await all_know([one, two], 2)

    asyncio.run(play())
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2 + ["INFO"] * 2


def test_workers_of_a_folder_agree_on_the_name_of_their_machine(folder: Path) -> None:
    name = machine_of(folder)

    assert len(name) == 32
    assert [machine_of(folder) for _ in range(3)] == [name] * 3
    assert [path.name for path in folder.iterdir()] == ["machine"]


class Told:
    """A channel by which one batch comes, and which keeps what it is given."""

    name = "test"

    def __init__(self, *observations: Observation, fails: int = 0) -> None:
        self.given: list[Observation] = []
        self._told = [_batch(*observations)] if observations else []
        self._fails = fails

    async def exchange(self, batch: bytes | None) -> Sequence[bytes]:
        if self._fails:
            self._fails -= 1
            raise ChannelFailed("away")
        if batch:
            self.given += msgspec.msgpack.decode(batch, type=list[Observation])
        told, self._told = self._told, []
        return told

    async def aclose(self) -> None:
        pass


def test_what_another_machine_says_of_the_future_happened_now() -> None:
    async def play() -> None:
        now = time.time()
        async with sharer(Told(_observation(now + 3600))) as one:
            await until(lambda: one.requests == 1)
            assert one.health.vitals(ENDPOINT, time.time()).seen <= time.time()

    asyncio.run(play())


def test_what_is_older_than_the_window_is_passed_over() -> None:
    async def play() -> None:
        now = time.time()
        told = Told(_observation(now - 301), _observation(float("nan")), _observation(now - 100))
        async with sharer(told) as one:
            await until(lambda: one.requests > 0)
            assert one.requests == 1

    asyncio.run(play())


def test_what_waits_while_a_channel_is_away_is_bounded_and_the_newest_of_it_is_told() -> None:
    channel = Told(fails=3)

    async def play() -> None:
        async with sharer(channel) as one:
            for turn in range(2):
                one.see(8000, ago=100.0 - turn)
                await asyncio.sleep(INTERVAL)
            await until(lambda: bool(channel.given))
        assert len(channel.given) == 10_000
        assert sum(each.at > time.time() - 99.5 - 5 for each in channel.given) >= 8000

    asyncio.run(play())


def test_without_channels_a_worker_knows_what_it_sees() -> None:
    async def play() -> None:
        async with sharer() as one:
            one.see(2)
            assert one.requests == 2

    asyncio.run(play())


def test_a_channel_that_hangs_does_not_hold_up_the_end() -> None:
    class Hanging(Told):
        async def exchange(self, batch: bytes | None) -> Sequence[bytes]:
            await asyncio.Event().wait()
            return []

    async def play() -> None:
        channels: list[Channel] = [Hanging(), Told()]
        sharing = Sharing(Health(600.0, 300.0), INTERVAL)
        sharing.start(channels)
        started = time.monotonic()
        await asyncio.sleep(0)
        await sharing.aclose()
        assert time.monotonic() - started < 4

    asyncio.run(play())


def test_many_observations_at_once_leave_room_for_requests() -> None:
    now = time.time()
    told = Told(*(_observation(now - 200 + place / 100) for place in range(20_000)))

    async def play() -> None:
        async with sharer(told) as one:
            longest = 0.0
            while one.requests < 20_000:
                before = time.monotonic()
                await asyncio.sleep(0)
                longest = max(longest, time.monotonic() - before)
            assert longest < 0.2

    asyncio.run(play())


def test_a_channel_with_a_fault_of_ours_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    class Faulty(Told):
        async def exchange(self, batch: bytes | None) -> Sequence[bytes]:
            if not caplog.records:
                raise KeyError("fault")
            return await super().exchange(batch)

    async def play() -> None:
        async with sharer(Faulty(_observation(time.time()))) as one:
            await all_know([one], 1)

    asyncio.run(play())
    assert "KeyError" in caplog.text


def append(folder: Path, data: bytes) -> None:
    """Writes as a worker does that has died since."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "1-dead-1.batches").open("ab") as file:
        file.write(data)


def empty(folder: Path) -> None:
    for path in folder.glob("*.batches"):
        path.unlink()


def remove(path: Path) -> None:
    path.unlink()


def _observation(at: float) -> Observation:
    return Observation(at=at, provider="acme", endpoint=ENDPOINT, outcome="ok")


def _batch(*observations: Observation) -> bytes:
    return msgspec.msgpack.encode(observations)
