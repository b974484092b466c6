"""Callers that go away, or wait no longer: the vendor's request is closed, and the worker goes on."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from tests.grpc.callers import KEY_METADATA, SECONDS, ask, failure, raised_by_threads, waits
from tests.running import eventually
from tests.upstreams.fake_vendor import FakeVendor, VendorCall, delta

CLOSED_SECONDS = 1.0  # the aim is 0.1; a loaded machine gets more
Record = Callable[[str, object], None]


def whole(stub: ChatCompletionServiceStub, model: str, timeout: float | None = None) -> Any:
    return stub.CreateChatCompletion.future(ask(model), timeout=timeout)


def streamed(stub: ChatCompletionServiceStub, model: str, timeout: float | None = None) -> Any:
    return stub.StreamChatCompletion(ask(model), timeout=timeout)


DOORS = pytest.mark.parametrize("call", [whole, streamed])
SENT = pytest.mark.parametrize("before", [(), (delta(content="Hel"),)], ids=["silent", "begun"])


@DOORS
@SENT
def test_cancelling_closes_the_vendors_request(
    grpc_stub: ChatCompletionServiceStub,
    vendor: FakeVendor,
    call: Callable[..., Any],
    before: tuple[bytes, ...],
    record_testsuite_property: Record,
) -> None:
    vendor.script("waiting", waits(*before))
    running = call(grpc_stub, "fake/waiting")
    upstream = vendor.call("waiting")
    if before and call is streamed:
        assert next(running).choices[0].delta.content == "Hel"
    cancelled_at = time.monotonic()
    running.cancel()

    assert upstream.closed.wait(CLOSED_SECONDS)
    assert upstream.closed_at
    record_testsuite_property(
        f"{call.__name__}_cancel_ms", round((upstream.closed_at - cancelled_at) * 1000, 1)
    )


@DOORS
@SENT
def test_deadlines_reach_the_vendor(
    grpc_stub: ChatCompletionServiceStub,
    vendor: FakeVendor,
    call: Callable[..., Any],
    before: tuple[bytes, ...],
) -> None:
    vendor.script("waiting", waits(*before))
    started_at = time.monotonic()
    running = call(grpc_stub, "fake/waiting", timeout=0.3)
    with pytest.raises(grpc.RpcError) as raised:
        list(running) if call is streamed else running.result()

    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert 0.25 < time.monotonic() - started_at < 1.0
    assert vendor.call("waiting").closed.wait(CLOSED_SECONDS)


def test_a_channel_that_closes_closes_the_vendors_request(
    grpc_create_channel: Callable[[], grpc.Channel], vendor: FakeVendor
) -> None:
    vendor.script("waiting", waits())
    with grpc_create_channel() as channel:
        stub = ChatCompletionServiceStub(channel)
        running = stub.StreamChatCompletion(ask("fake/waiting"), metadata=(KEY_METADATA,))
        upstream = vendor.call("waiting")

    assert upstream.closed.wait(CLOSED_SECONDS)
    assert running.code() is grpc.StatusCode.CANCELLED


def test_a_caller_that_does_not_read_and_goes_away(
    grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor
) -> None:
    """The worker is then stuck in a write, not in the wait for the vendor."""
    filled = threading.Event()

    async def script(call: VendorCall) -> None:
        await call.start()
        frame = delta(content="x" * 100_000)
        for number in range(10_000):  # far more than all buffers on the way hold
            await call.send(frame)
            if number == 20:
                filled.set()

    vendor.script("flood", script)
    running = grpc_stub.StreamChatCompletion(ask("fake/flood"))
    next(running)
    assert filled.wait(5)
    upstream = vendor.call("flood")
    assert not upstream.closed.wait(0.3), "the vendor is slowed down, not cut"
    running.cancel()

    assert upstream.closed.wait(CLOSED_SECONDS)


def test_a_cancelled_call_is_recorded_with_the_usage_known(
    grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pointsman.request")
    vendor.script("recorded", waits(delta(content="Hel")))
    running = grpc_stub.StreamChatCompletion(ask("fake/recorded"))
    next(running)
    running.cancel()

    def recorded() -> list[Any]:
        records = [getattr(line, "record", None) for line in caplog.records]
        return [record for record in records if record and record.model == "fake/recorded"]

    (record,) = eventually(recorded)
    assert (record.status, record.door, record.stream) == ("cancelled", "grpc", True)
    assert record.time_to_first_token_ms is not None


def test_a_mixed_load(grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor) -> None:
    """Fifty calls at once, ten of a kind: answered, streamed, cancelled, expired, refused."""
    vendor.script("waiting", waits(delta(content="Hel")))

    def answered() -> None:
        answer = grpc_stub.CreateChatCompletion(ask("fake/hello"), timeout=SECONDS)
        assert answer.choices[0].message.content == "Hello"

    def read() -> None:
        chunks = list(grpc_stub.StreamChatCompletion(ask("fake/hello"), timeout=SECONDS))
        assert chunks[-1].HasField("metadata")

    def cancelled() -> None:
        running = streamed(grpc_stub, "fake/waiting")
        next(running)
        running.cancel()

    def expired() -> None:
        with pytest.raises(grpc.RpcError) as raised:
            list(streamed(grpc_stub, "fake/waiting", timeout=0.5))
        assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED

    def refused() -> None:
        with pytest.raises(grpc.RpcError) as raised:
            grpc_stub.CreateChatCompletion(ask("fake/hello", temperature=3), timeout=SECONDS)
        assert failure(raised.value).violations.keys() == {"temperature"}

    assert raised_by_threads([answered, read, cancelled, expired, refused] * 10) == []
    calls = vendor.calls("waiting")
    eventually(lambda: all(call.closed.is_set() for call in calls))
    assert 10 <= len(calls) <= 20  # one that expires may not have come so far
    answered()
