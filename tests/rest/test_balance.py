"""All workers work, also behind a single connection of a single caller."""

import sys
from pathlib import Path

import grpc
import pytest

from pointsman.v1 import (
    chat_completion_request_pb2,
    chat_completion_service_pb2_grpc,
    message_pb2,
    role_pb2,
)
from tests.rest.scene import Scene, Wire
from tests.upstreams.fake_vendor import hello

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc to tell which process holds a connection"
)


def _workers_of(scene: Scene, ports: set[int]) -> set[int]:
    """The workers at the other end of the vendor's connections."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:]]
    inodes = {row[9] for row in rows if int(row[1].partition(":")[2], 16) in ports}
    holders = set()
    for pid in scene.pointsman.workers():
        links = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
        if links & {f"socket:[{inode}]" for inode in inodes}:
            holders.add(pid)
    return holders


def _who_served(scene: Scene) -> set[int]:
    return _workers_of(scene, {call.peer_port for call in scene.vendor.calls(scene.name)})


def test_both_workers_serve_one_http1_connection(scene: Scene) -> None:
    scene.plays(hello)
    with Wire(scene.pointsman) as wire:
        for _ in range(30):
            wire.ask(scene.body())
            assert wire.read_head() == 200
            wire.read_body()

    assert _who_served(scene) == set(scene.pointsman.workers())
    assert len(scene.pointsman.workers()) == 2


def test_both_workers_serve_one_http2_connection(scene: Scene) -> None:
    """A channel of generated stubs is one connection for all of a service's calls."""
    message = message_pb2.Message(role=role_pb2.ROLE_USER, content="Hi")
    request = chat_completion_request_pb2.ChatCompletionRequest(
        model=scene.plays(hello).model, messages=[message]
    )
    metadata = tuple(scene.pointsman.headers.items())

    with grpc.insecure_channel(f"127.0.0.1:{scene.pointsman.port}") as channel:
        stub = chat_completion_service_pb2_grpc.ChatCompletionServiceStub(channel)
        for _ in range(30):
            assert stub.CreateChatCompletion(request, metadata=metadata, timeout=10).choices

    assert _who_served(scene) == set(scene.pointsman.workers())
