"""ExplainChatCompletion, over pytest-grpc's stub and through Envoy; and measurements of ModelService."""

from collections.abc import Callable

import grpc
import pytest

from pointsman.v1.chat_completion_request_pb2 import ChatCompletionRequest
from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from pointsman.v1.message_pb2 import Message
from pointsman.v1.model_service_pb2 import GetModelRequest
from pointsman.v1.model_service_pb2_grpc import ModelServiceStub
from pointsman.v1.provider_preferences_pb2 import ProviderPreferences
from pointsman.v1.role_pb2 import ROLE_USER
from pointsman.v1.routing_options_pb2 import RoutingOptions
from tests.grpc.callers import AddKey, failure
from tests.running import Pointsman
from tests.upstreams.fake_vendor import FakeVendor, hello

HI = Message(role=ROLE_USER, content="Hi")


def request(model: str, **routing: object) -> ChatCompletionRequest:
    options = RoutingOptions(**routing) if routing else None  # type: ignore[arg-type]
    return ChatCompletionRequest(model=model, messages=[HI], routing=options)


def test_an_explanation(grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor) -> None:
    vendor.script("explained", hello)

    told = grpc_stub.ExplainChatCompletion(request("fake/explained"), timeout=10)

    assert (told.requested, told.reading) == ("fake/explained", "pinned")
    assert told.reasoning == "Using specified model: 'fake/explained'"
    assert not told.HasField("conversation")
    (candidate,) = told.candidates
    assert (candidate.position, candidate.model, candidate.provider) == (1, "fake/explained", "fake")
    assert not candidate.HasField("expected_cost_usd")
    assert not candidate.HasField("latency_ms")
    assert vendor.calls("explained") == []


def test_who_is_left_out_is_told_in_typed_names(grpc_stub: ChatCompletionServiceStub) -> None:
    asked = request("fake/hello", provider=ProviderPreferences(zdr=True))

    told = grpc_stub.ExplainChatCompletion(asked, timeout=10)

    assert not told.candidates
    assert [(each.model, each.rule, each.field) for each in told.excluded] == [
        ("fake/hello", "data_policy:zdr", "routing.provider.zdr")
    ]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (request("nope"), "model"),
        (ChatCompletionRequest(model="fake/hello"), "messages"),
        (request("fake/hello", sort=["cheapest"]), "routing.sort[0]"),
    ],
    ids=["model", "messages", "option"],
)
def test_faults(grpc_stub: ChatCompletionServiceStub, asked: ChatCompletionRequest, field: str) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        grpc_stub.ExplainChatCompletion(asked, timeout=10)

    told = failure(failed.value)
    assert told.code == grpc.StatusCode.INVALID_ARGUMENT
    assert field in told.violations


def test_a_key_is_needed(grpc_create_channel: Callable[[], grpc.Channel]) -> None:
    with grpc_create_channel() as channel, pytest.raises(grpc.RpcError) as failed:
        ChatCompletionServiceStub(channel).ExplainChatCompletion(request("fake/hello"), timeout=10)

    assert failure(failed.value).code == grpc.StatusCode.UNAUTHENTICATED


def test_measurements_are_told(grpc_channel: grpc.Channel) -> None:
    chat, models = ChatCompletionServiceStub(grpc_channel), ModelServiceStub(grpc_channel)
    for _ in range(2):
        list(chat.StreamChatCompletion(request("demo/clever"), timeout=10))

    (candidate,) = chat.ExplainChatCompletion(request("demo/clever"), timeout=10).candidates
    measured = models.GetModel(GetModelRequest(id="demo/clever"), timeout=10).measured

    assert candidate.requests >= 2
    assert (candidate.standing, candidate.error_rate) == ("well", 0.0)
    assert candidate.latency_ms > 0
    assert (measured.window_seconds, measured.standing) == (300, "well")
    assert measured.requests == candidate.requests
    assert measured.latency_ms.p99 >= measured.latency_ms.p50 > 0


def test_through_envoy(pointsman: Pointsman) -> None:
    with grpc.insecure_channel(pointsman.address) as channel:
        stub = ChatCompletionServiceStub(grpc.intercept_channel(channel, AddKey()))

        told = stub.ExplainChatCompletion(request("fake/hello"), timeout=10)

        assert [each.model for each in told.candidates] == ["fake/hello"]
        with pytest.raises(grpc.RpcError) as failed:
            stub.ExplainChatCompletion(request("nope"), timeout=10)
        assert failure(failed.value).code == grpc.StatusCode.INVALID_ARGUMENT
