"""Workers of one machine tell each other what they see."""

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from service.dispatch.sharing import Batch, Channel, ChannelFailed, Given, Sharing
from service.dispatch.sharing_folder import FolderChannel
from service.health.health import Health
from service.types.observation import Observation
from tests.dispatch.sharers import ENDPOINT, INTERVAL, all_know, all_shared, sharer, until


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
            await all_shared([one])
            one.sharing.share_seconds = 60.0
            one.see(2)
            await one.sharing.aclose()
            await all_know([two], 2)

    asyncio.run(play())


def test_batches_that_come_in_pieces_are_read_when_they_are_whole(folder: Path) -> None:
    framed, again = (
        len(batch).to_bytes(4) + batch
        for batch in (
            _batch(_observation(time.time()), _observation(time.time()), first=first) for first in (0, 2)
        )
    )

    async def play() -> None:
        async with sharer(FolderChannel(folder)) as one:
            for piece in (framed[:2], framed[2:20], framed[20:] + again[:3]):
                assert one.requests == 0
                append(folder, piece)
                await all_shared([one])
            await all_know([one], 2)
            append(folder, again[3:])
            await all_know([one], 4)

    asyncio.run(play())


def test_what_cannot_be_read_is_passed_over_and_said_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, better = (_batch(_observation(time.time()), first=first) for first in (0, 1))

    async def play() -> None:
        junk = b"\xc1junk"
        append(folder, b"".join(len(each).to_bytes(4) + each for each in (junk, good, junk, better)))
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
            await all_shared([one])
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


class Told:
    """A channel by which batches come, and which keeps what it is given.

    `fails` is how often giving fails, `seconds_ago` when the batches were given.
    """

    name = "test"

    def __init__(self, *batches: bytes, fails: int = 0, seconds_ago: float | None = None) -> None:
        self.given: list[Batch] = []
        self._told = [Given(batch, seconds_ago) for batch in batches]
        self._fails = fails

    @property
    def observations(self) -> list[Observation]:
        return [each for batch in self.given for each in batch.observations]

    async def give(self, batch: bytes) -> None:
        if self._fails:
            self._fails -= 1
            raise ChannelFailed("away")
        self.given.append(msgspec.msgpack.decode(batch, type=Batch))

    async def take(self) -> Sequence[Given]:
        told, self._told = self._told, []
        return told

    async def aclose(self) -> None:
        pass


def test_what_a_batch_says_of_the_future_happened_now() -> None:
    async def play() -> None:
        now = time.time()
        async with sharer(Told(_batch(_observation(now + 3600)))) as one:
            await until(lambda: one.requests == 1)
            assert one.health.vitals(ENDPOINT, time.time()).seen <= time.time()

    asyncio.run(play())


@pytest.mark.parametrize("seconds_ago", [0.0, 200.0])
@pytest.mark.parametrize("ahead", [100.0, 0.0, -100.0])
def test_what_a_machine_tells_whose_clock_is_wrong_is_put_right(ahead: float, seconds_ago: float) -> None:
    """A call of three seconds that ended a second before it was told, and a rest of ten."""
    now = time.time()
    sent = now - seconds_ago + ahead
    call = msgspec.structs.replace(
        _observation(sent - 1), began=sent - 4, rest_until=sent + 9, key="k1", told=True
    )
    channel = Told(_batch(call, sent=sent), seconds_ago=seconds_ago)
    folded: list[Observation] = []

    class Keeping(Health):
        def fold(self, observation: Observation, now: float | None = None) -> None:
            folded.append(observation)
            super().fold(observation, now)

    async def play() -> None:
        sharing = Sharing(Keeping(600.0, 300.0), INTERVAL, clock=lambda: now)
        sharing.start([channel])
        await until(lambda: bool(folded))
        await sharing.aclose()

    asyncio.run(play())
    (told,) = folded
    assert told.began is not None
    found = [each - now + seconds_ago for each in (told.began, told.at, told.rest_until)]
    assert found == pytest.approx([-4, -1, 9], abs=1e-3)


def test_a_clock_that_was_set_back_puts_right_what_was_told_before() -> None:
    """Workers of one machine have one clock: only what was told in the future is shifted."""
    now = time.time()
    early = msgspec.structs.replace(
        _observation(now + 3599), began=now + 3597, rest_until=now + 3609, key="k1", told=True
    )

    async def play() -> None:
        async with sharer(Told(_batch(early, sent=now + 3600))) as one:
            await until(lambda: one.requests == 1)
            rest = one.health.rest_of("acme", ENDPOINT, "k1", now + 2)
            assert rest is not None
            assert rest.until == pytest.approx(now + 9, abs=5)

    asyncio.run(play())


def test_what_comes_twice_is_folded_once() -> None:
    """By another channel, or because an answer was lost; a batch that was begun anew may hold more."""
    now = time.time()
    calls = [_observation(now - 9 + place) for place in range(9)]
    first, more, other = (
        _batch(*calls[:4]),
        _batch(*calls[2:6], first=2),
        _batch(*calls[6:], worker="another"),
    )

    async def play() -> None:
        async with sharer(Told(first, first, more), Told(other, first, more, other)) as one:
            await all_know([one], 6 + 3)

    asyncio.run(play())


def test_what_is_told_out_of_order_is_folded_in_order() -> None:
    now = time.time()
    first, second = _batch(*[_observation(now)] * 3), _batch(*[_observation(now)] * 2, first=3)

    async def play() -> None:
        async with sharer(Told(second, first)) as one:
            await all_know([one], 5)

    asyncio.run(play())


def test_who_reads_its_own_batches_passes_over_them() -> None:
    class Echo(Told):
        async def give(self, batch: bytes) -> None:
            self._told.append(Given(batch))

    async def play() -> None:
        async with sharer(Echo()) as one:
            one.see(2)
            await all_know([one], 2)

    asyncio.run(play())


def test_who_cannot_give_still_takes() -> None:
    async def play() -> None:
        async with sharer(Told(_batch(_observation(time.time())), fails=1_000_000)) as one:
            one.see(1)
            await all_know([one], 2)

    asyncio.run(play())


def test_what_is_older_than_the_window_is_passed_over() -> None:
    async def play() -> None:
        now = time.time()
        told = _batch(_observation(now - 301), _observation(float("nan")), _observation(now - 100))
        async with sharer(Told(told)) as one:
            await all_know([one], 1)

    asyncio.run(play())


def test_what_waits_while_a_channel_is_away_is_bounded_and_the_newest_of_it_is_told() -> None:
    channel = Told(fails=3)

    async def play() -> None:
        async with sharer(channel) as one:
            one.see(8000, ago=200.0)
            one.see(8000, ago=100.0)
            await until(lambda: bool(channel.given))
        (batch,) = channel.given
        assert batch.first == 6000
        assert len(batch.observations) == 10_000
        assert sum(each.at > time.time() - 150 for each in batch.observations) == 8000

    asyncio.run(play())


def test_without_channels_a_worker_knows_what_it_sees() -> None:
    async def play() -> None:
        async with sharer() as one:
            one.see(2)
            assert one.requests == 2

    asyncio.run(play())


def test_a_channel_that_hangs_does_not_hold_up_the_end() -> None:
    class Hanging(Told):
        async def take(self) -> Sequence[Given]:
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
    told = _batch(*(_observation(now - 200 + place / 100) for place in range(20_000)))

    async def play() -> None:
        async with sharer(Told(told)) as one:
            known = []
            while one.requests < 20_000:
                await asyncio.sleep(0)
                known.append(one.requests)
            most = max(after - before for before, after in pairwise(known))
            assert most <= 500, "so many are folded before a request gets its turn"

    asyncio.run(play())


def test_a_channel_with_a_fault_of_ours_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    class Faulty(Told):
        async def take(self) -> Sequence[Given]:
            if not caplog.records:
                raise KeyError("fault")
            return await super().take()

    async def play() -> None:
        async with sharer(Faulty(_batch(_observation(time.time())))) as one:
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


def _batch(
    *observations: Observation, worker: str = "other", first: int = 0, sent: float | None = None
) -> bytes:
    sent = time.time() if sent is None else sent
    return msgspec.msgpack.encode(Batch(worker, first, sent, list(observations)))
