"""`pointsman serve`: one worker alone."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2

from pointsman.v1 import chat_completion_request_pb2, chat_completion_service_pb2_grpc, message_pb2, role_pb2
from tests.grpc.callers import check_health
from tests.running import KEY, eventually, launch
from tests.supervisor.streams import held, refuses
from tests.upstreams.fake_vendor import FakeVendor

Request = chat_completion_request_pb2.ChatCompletionRequest
METADATA = (("authorization", f"Bearer {KEY}"),)


class Worker:
    """A worker in a process of its own, at `address`."""

    def __init__(self, process: "subprocess.Popen[bytes]", address: str, channel: grpc.Channel) -> None:
        self.process = process
        self.address = address
        self.chat = chat_completion_service_pb2_grpc.ChatCompletionServiceStub(channel)
        self._channel = channel

    def health(self) -> int:
        """The status of the worker as a whole; it takes no key to ask."""
        return check_health(self._channel)


@contextmanager
def serving(folder: Path, config: str, address: str) -> Iterator[Worker]:
    process = launch(folder, config, arguments=("serve", "--listen", address))
    try:
        with grpc.insecure_channel(address) as channel:
            yield Worker(process, address, channel)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def ask(model: str) -> Request:
    return Request(model=model, messages=[message_pb2.Message(role=role_pb2.ROLE_USER, content="Hi")])


def _port(_: Path) -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _socket(folder: Path) -> str:
    return f"unix:{folder}/worker.sock"


@pytest.mark.parametrize("address_in", [_port, _socket], ids=["port", "socket"])
def test_serves_and_drains(
    tmp_path: Path, vendor: FakeVendor, config: str, address_in: Callable[[Path], str]
) -> None:
    finishing = threading.Event()
    vendor.script("held", held(finishing))
    with serving(tmp_path, config, address_in(tmp_path)) as worker:
        assert worker.health() == health_pb2.HealthCheckResponse.SERVING
        stream = worker.chat.StreamChatCompletion(ask("fake/held"), metadata=METADATA, timeout=20)
        assert next(stream).choices[0].delta.content == "Hel"

        worker.process.send_signal(signal.SIGTERM)
        eventually(lambda: refuses(worker.address))
        assert worker.process.poll() is None

        finishing.set()
        assert [part.choices[0].finish_reason for part in stream][-1] == "stop"
        assert worker.process.wait(5) == 0


def test_second_signal_ends_at_once(tmp_path: Path, vendor: FakeVendor, config: str) -> None:
    vendor.script("held", held(threading.Event()))
    with serving(tmp_path, config, _socket(tmp_path)) as worker:
        worker.health()
        stream = worker.chat.StreamChatCompletion(ask("fake/held"), metadata=METADATA, timeout=20)
        next(stream)
        worker.process.send_signal(signal.SIGTERM)
        eventually(lambda: refuses(worker.address))
        asked_at = time.monotonic()
        worker.process.send_signal(signal.SIGINT)

        assert worker.process.wait(5) == 0
        assert time.monotonic() - asked_at < 2
        assert stream.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        assert vendor.call("held").closed.wait(5)
        assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def test_a_socket_left_by_a_killed_worker_is_no_obstacle(
    tmp_path: Path, vendor: FakeVendor, config: str
) -> None:
    address = _socket(tmp_path)
    with serving(tmp_path, config, address) as worker:
        worker.health()
        worker.process.kill()
        worker.process.wait()
    with serving(tmp_path, config, address) as worker:
        assert worker.health() == health_pb2.HealthCheckResponse.SERVING
        answer = worker.chat.CreateChatCompletion(ask("fake/hello"), metadata=METADATA, timeout=10)
        assert answer.choices[0].message.content == "Hello"
