"""Every method has a row of what it needs; one without a row is the administrator's."""

from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

import pointsman
from service.admission import rights
from service.admission.rights import needed


def methods() -> list[str]:
    """Every method of our services, by its full name."""
    described = descriptor_pb2.FileDescriptorSet.FromString(
        Path(pointsman.__file__).with_name("descriptors.binpb").read_bytes()
    )
    return [
        f"/{file.package}.{service.name}/{method.name}"
        for file in described.file
        if file.package.startswith("pointsman.")
        for service in file.service
        for method in service.method
    ]


METHODS = methods()


def test_the_scan_sees_methods() -> None:
    assert "/pointsman.v1.RestService/ChatCompletions" in METHODS


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_row(method: str) -> None:
    assert rights.is_listed(method)


def test_every_row_is_of_a_method() -> None:
    services = {method[: method.rfind("/") + 1] for method in METHODS}
    ours = [name for name in rights._SERVICES if not name.startswith("/grpc.")]

    assert [name for name in ours if name not in services] == []
    assert [name for name in rights._METHODS if name not in METHODS] == []


@pytest.mark.parametrize(
    ("method", "permissions"),
    [
        ("RestService/ChatCompletions", {"chat"}),
        ("OpenRouterChatService/ChatCompletions", {"chat"}),
        ("ChatCompletionService/StreamChatCompletion", {"chat"}),
        ("ChatCompletionService/ExplainChatCompletion", {"chat", "routers.read"}),
        ("RestExplainService/Explain", {"chat", "routers.read"}),
        ("RestModelService/ListOpenAiModels", set()),
        ("ModelService/GetModel", set()),
        ("RestReadinessService/GetReadiness", None),
        ("RouterService/GetRouter", {"routers.read"}),
        ("RouterService/SimulateRouter", {"routers.read"}),
        ("RouterService/GetOperation", {"routers.read"}),
        ("RouterService/ExplainRouter", {"chat", "routers.read"}),
        ("RouterService/UpdateRouter", {"routers.write"}),
        ("RestRouterService/ListRouters", {"routers.read"}),
        ("RestRouterService/CreateRouter", {"routers.write"}),
        ("RestRouterService/DeleteRouter", {"routers.write"}),
        ("ExperimentService/CreateFeedback", {"chat"}),
        ("RestExperimentService/GetRouterStats", {"routers.read"}),
        ("KeyService/CreateKey", {"admin"}),
        ("RestKeyService/ListKeys", {"admin"}),
        ("RouterService/Unheard", {"admin"}),
        ("ChatCompletionService/Unheard", {"admin"}),
        ("UnheardService/ChatCompletions", {"admin"}),
        ("RestServiceX/ChatCompletions", {"admin"}),
    ],
)
def test_what_a_method_needs(method: str, permissions: set[str] | None) -> None:
    assert needed(f"/pointsman.v1.{method}") == permissions


@pytest.mark.parametrize(
    ("method", "permissions"),
    [
        ("/grpc.health.v1.Health/Check", None),
        ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", set()),
        ("/grpc.health.v1.Health", {"admin"}),
        ("", {"admin"}),
        ("/", {"admin"}),
    ],
)
def test_what_methods_of_others_need(method: str, permissions: set[str] | None) -> None:
    assert needed(method) == permissions
