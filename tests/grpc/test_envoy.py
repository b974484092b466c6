"""Native gRPC through the real Envoy, on the port that also serves REST."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2

from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from tests.grpc.callers import KEY_METADATA, SECONDS, AddKey, ask, check_health, failure, waits
from tests.running import KEY, Pointsman
from tests.upstreams.fake_vendor import FakeVendor, delta

SERVICE = "pointsman.v1.ChatCompletionService"
BUF = Path(sys.executable).with_name("buf")


@pytest.fixture(scope="module")
def bare_channel(pointsman: Pointsman) -> Iterator[grpc.Channel]:
    """A channel to Envoy that sends no key."""
    with grpc.insecure_channel(pointsman.address) as channel:
        yield channel


@pytest.fixture(scope="module")
def stub(bare_channel: grpc.Channel) -> ChatCompletionServiceStub:
    return ChatCompletionServiceStub(grpc.intercept_channel(bare_channel, AddKey()))


def test_whole(stub: ChatCompletionServiceStub) -> None:
    answer, call = stub.CreateChatCompletion.with_call(ask("fake/hello"), timeout=SECONDS)

    assert answer.choices[0].message.content == "Hello"
    headers = dict(call.initial_metadata())
    assert headers["x-generation-id"] == answer.metadata.generation_id
    assert headers["x-request-id"]


def test_streamed(stub: ChatCompletionServiceStub) -> None:
    chunks = list(stub.StreamChatCompletion(ask("fake/hello"), timeout=SECONDS))

    assert "".join(chunk.choices[0].delta.content for chunk in chunks) == "Hello"
    assert chunks[-1].HasField("metadata")


def test_the_callers_request_id_is_kept(stub: ChatCompletionServiceStub) -> None:
    metadata = (("x-request-id", "mine-1"),)
    _, call = stub.CreateChatCompletion.with_call(ask("fake/hello"), metadata=metadata, timeout=SECONDS)

    assert dict(call.initial_metadata())["x-request-id"] == "mine-1"


def test_rest_and_grpc_share_the_port(pointsman: Pointsman, stub: ChatCompletionServiceStub) -> None:
    body = {"model": "fake/hello", "messages": [{"role": "user", "content": "Hi"}]}
    url = f"{pointsman.url}/v1/chat/completions"
    rest = httpx.post(url, json=body, headers=pointsman.headers, trust_env=False)

    answer = stub.CreateChatCompletion(ask("fake/hello"), timeout=SECONDS)
    assert rest.json()["choices"][0]["message"]["content"] == answer.choices[0].message.content


@pytest.mark.parametrize("service", ["", SERVICE, "pointsman.v1.RestService"])
def test_health_takes_no_key(bare_channel: grpc.Channel, service: str) -> None:
    assert check_health(bare_channel, service) == health_pb2.HealthCheckResponse.SERVING


def test_without_a_key(bare_channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        ChatCompletionServiceStub(bare_channel).CreateChatCompletion(ask("fake/hello"), timeout=SECONDS)

    failed = failure(raised.value)
    assert (failed.code, failed.message) == (grpc.StatusCode.UNAUTHENTICATED, "Unauthorized")
    assert failed.info.reason == "INVALID_API_KEY"


def test_details_of_failures_come_through(stub: ChatCompletionServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        stub.CreateChatCompletion(ask("fake/unknown"), timeout=SECONDS)

    failed = failure(raised.value)
    assert (failed.code, failed.http_status) == (grpc.StatusCode.NOT_FOUND, 404)
    assert failed.info.metadata["provider"] == "fake"
    assert failed.account.attempts[0].provider_status == 404


def test_long_failures_come_through(stub: ChatCompletionServiceStub, vendor: FakeVendor) -> None:
    async def script(call: Any) -> None:
        await call.reply({"error": {"message": "模" * 9000}}, 429, retry_after="7")

    vendor.script("long", script)
    with pytest.raises(grpc.RpcError) as raised:
        stub.CreateChatCompletion(ask("fake/long"), timeout=SECONDS)

    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert failure(raised.value).retry_seconds == 7


@pytest.mark.parametrize("before", [(), (delta(content="Hel"),)], ids=["silent", "begun"])
def test_deadlines_are_honoured(
    stub: ChatCompletionServiceStub, vendor: FakeVendor, before: tuple[bytes, ...]
) -> None:
    vendor.script("waiting", waits(*before))
    started_at = time.monotonic()
    with pytest.raises(grpc.RpcError) as raised:
        list(stub.StreamChatCompletion(ask("fake/waiting"), timeout=0.4))

    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert 0.3 < time.monotonic() - started_at < 1.5
    assert vendor.call("waiting").closed.wait(1)


def test_cancelling_reaches_the_vendor(
    stub: ChatCompletionServiceStub,
    vendor: FakeVendor,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    vendor.script("waiting", waits(delta(content="Hel")))
    running = stub.StreamChatCompletion(ask("fake/waiting"))
    next(running)
    cancelled_at = time.monotonic()
    running.cancel()

    upstream = vendor.call("waiting")
    assert upstream.closed.wait(1)
    assert upstream.closed_at
    record_testsuite_property("envoy_cancel_ms", round((upstream.closed_at - cancelled_at) * 1000, 1))


def buf_curl(pointsman: Pointsman, *arguments: str, method: str = "", key: str = KEY) -> Any:
    """Calls by reflection alone, as people do who debug."""
    target = f"{pointsman.url}/{SERVICE}/{method}" if method else pointsman.url
    # The key goes with the questions to reflection, too; buf's own default protocol is not gRPC.
    headers = ("-H", f"authorization: Bearer {key}", "--reflect-header", "*") if key else ()
    command = [
        str(BUF),
        "curl",
        "--http2-prior-knowledge",
        "--protocol",
        "grpc",
        *headers,
        *arguments,
        target,
    ]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL
    )


REQUEST = json.dumps({"model": "fake/hello", "messages": [{"role": "ROLE_USER", "content": "Hi"}]})


def test_reflection_lists_the_services(pointsman: Pointsman) -> None:
    done = buf_curl(pointsman, "--list-services")

    assert done.returncode == 0, done.stderr
    assert {SERVICE, "pointsman.v1.RestService", "grpc.health.v1.Health"} <= set(done.stdout.split())


def test_reflection_serves_calls(pointsman: Pointsman) -> None:
    done = buf_curl(pointsman, "--reflect", "-d", REQUEST, method="CreateChatCompletion")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == "Hello"


def test_reflection_serves_streams(pointsman: Pointsman) -> None:
    done = buf_curl(pointsman, "--reflect", "-d", REQUEST, method="StreamChatCompletion")

    assert done.returncode == 0, done.stderr
    assert '"finishReason": "stop"' in done.stdout.replace('":"', '": "')


@pytest.mark.parametrize("key", ["", "wrong"])
def test_reflection_takes_a_key(pointsman: Pointsman, key: str) -> None:
    done = buf_curl(pointsman, "--list-services", key=key)

    assert done.returncode != 0
    assert "not authenticated" in done.stderr
    assert SERVICE not in done.stdout


def test_metadata_key_is_the_one_of_rest(bare_channel: grpc.Channel) -> None:
    basic = (("authorization", f"Basic {KEY}"),)
    for metadata in (basic, (KEY_METADATA,)):
        stub = ChatCompletionServiceStub(bare_channel)
        answer = stub.CreateChatCompletion(ask("fake/hello"), metadata=metadata, timeout=SECONDS)
        assert answer.model == "fake/hello"
