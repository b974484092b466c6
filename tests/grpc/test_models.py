"""ModelService, over pytest-grpc's stub and through Envoy."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from pointsman.v1.model_pb2 import Model
from pointsman.v1.model_service_pb2 import GetModelRequest, ListModelsRequest
from pointsman.v1.model_service_pb2_grpc import ModelServiceStub
from tests.grpc.callers import AddKey, failure
from tests.running import Pointsman


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[ModelServiceStub]:
    return ModelServiceStub


def ids(models: Any) -> list[str]:
    return [model.id for model in models]


def test_a_list_has_what_is_served(grpc_stub: ModelServiceStub) -> None:
    listed = grpc_stub.ListModels(ListModelsRequest(), timeout=10).models

    assert {"fake/hello", "demo/fast"} <= {*ids(listed)}
    assert all(model.served for model in listed)


@pytest.mark.parametrize("name", ["fake", "Fake"])
def test_a_list_of_one_provider(grpc_stub: ModelServiceStub, name: str) -> None:
    listed = grpc_stub.ListModels(ListModelsRequest(provider=name), timeout=10).models

    assert ids(listed) == ["fake/hello"]


def test_a_list_of_everything(grpc_stub: ModelServiceStub) -> None:
    response = grpc_stub.ListModels(ListModelsRequest(include_unserved=True), timeout=10)
    known = {model.id: model for model in response.models}

    model = known["anthropic/claude-sonnet-4-5"]
    assert not model.served
    assert model.canonical_id.startswith("anthropic/")
    assert model.capabilities.tools
    assert float(model.pricing.prompt) > 0
    assert known["fake/hello"].served
    assert response.ByteSize() < 2 * 1024 * 1024  # half of what clients take by default


@pytest.mark.parametrize(
    ("name", "everything", "found"),
    [
        ("fake/hello", False, "fake/hello"),
        ("hello", False, "fake/hello"),
        ("anthropic/claude-sonnet-4-5", True, "anthropic/claude-sonnet-4-5"),
    ],
)
def test_one_model(grpc_stub: ModelServiceStub, name: str, everything: bool, found: str) -> None:
    model = grpc_stub.GetModel(GetModelRequest(id=name, include_unserved=everything), timeout=10)

    assert model.id == found
    assert f"{model.provider}/{model.provider_model}" == found


def test_what_is_unknown_is_absent(grpc_stub: ModelServiceStub) -> None:
    model: Model = grpc_stub.GetModel(GetModelRequest(id="fake/hello"), timeout=10)

    assert not model.HasField("context_length")
    assert not model.pricing.HasField("prompt")
    assert not model.capabilities.HasField("tools")


@pytest.mark.parametrize("name", ["fake/nope", "nope", "", "anthropic/claude-sonnet-4-5"])
def test_a_model_that_nothing_lists(grpc_stub: ModelServiceStub, name: str) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        grpc_stub.GetModel(GetModelRequest(id=name), timeout=10)

    told = failure(failed.value)
    assert (told.code, told.info.reason) == (grpc.StatusCode.NOT_FOUND, "MODEL_NOT_FOUND")
    assert told.http_status == 404


def test_a_provider_that_does_not_exist(grpc_stub: ModelServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        grpc_stub.ListModels(ListModelsRequest(provider="nobody"), timeout=10)

    told = failure(failed.value)
    assert told.code == grpc.StatusCode.INVALID_ARGUMENT
    assert {"fake", "gone", "demo"} <= set(told.violations["provider"].partition("one of: ")[2].split(", "))


def test_a_key_is_needed(grpc_create_channel: Callable[[], grpc.Channel]) -> None:
    with grpc_create_channel() as channel, pytest.raises(grpc.RpcError) as failed:
        ModelServiceStub(channel).ListModels(ListModelsRequest(), timeout=10)

    assert failure(failed.value).code == grpc.StatusCode.UNAUTHENTICATED


def test_through_envoy(pointsman: Pointsman) -> None:
    with grpc.insecure_channel(pointsman.address) as channel:
        stub = ModelServiceStub(grpc.intercept_channel(channel, AddKey()))

        assert stub.ListModels(ListModelsRequest(), timeout=10).models is not None
        with pytest.raises(grpc.RpcError) as failed:
            stub.GetModel(GetModelRequest(id="fake/nope"), timeout=10)
        assert failure(failed.value).code == grpc.StatusCode.NOT_FOUND
