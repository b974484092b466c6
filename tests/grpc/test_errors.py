"""Failures as gRPC statuses with details that programs can read."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from pointsman.v1 import (
    message_pb2,
    provider_preferences_pb2,
    reasoning_config_pb2,
    role_pb2,
    routing_options_pb2,
    tool_choice_pb2,
    tool_pb2,
    web_search_pb2,
)
from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from service.edge.chat_call import ChatCall
from service.errors import ErrorKind, ProviderError
from tests.grpc.callers import KEY_METADATA, SECONDS, Failure, Request, ask, failure, read
from tests.upstreams.fake_vendor import FakeVendor, Script, VendorCall, delta

Code = grpc.StatusCode
Routing = routing_options_pb2.RoutingOptions
Ask = Callable[[Request], Failure]
DOORS = ["whole", "streamed"]


@pytest.fixture(params=DOORS)
def fails(request: pytest.FixtureRequest, grpc_stub: ChatCompletionServiceStub) -> Ask:
    """Asks whole and streamed: both must fail alike."""

    def fail(asked: Request) -> Failure:
        with pytest.raises(grpc.RpcError) as raised:
            read(method(grpc_stub, request.param), request.param, request=asked, timeout=SECONDS)
        return failure(raised.value)

    return fail


def method(stub: ChatCompletionServiceStub, door: str) -> Any:
    return stub.CreateChatCompletion if door == "whole" else stub.StreamChatCompletion


INVALID: dict[str, tuple[Request, set[str]]] = {
    "several at once": (
        ask("fake/hello", temperature=3, top_p=0, n=0, stop=["a", "b", "c", "d", "e"]),
        {"temperature", "top_p", "n", "stop"},
    ),
    "no messages": (Request(model="fake/hello"), {"messages"}),
    "no model": (ask(""), {"model"}),
    "a message without a role": (
        ask("fake/hello", messages=[message_pb2.Message(content="x")]),
        {"messages[0].role"},
    ),
    "a tool turn that answers nothing": (
        ask("fake/hello", messages=[message_pb2.Message(role=role_pb2.ROLE_TOOL, content="x")]),
        {"messages[0]"},
    ),
    "a routing option": (ask("fake/hello", routing=Routing(sort=["beauty"])), {"routing.sort[0]"}),
    "a session": (ask("fake/hello", routing=Routing(session_id="s" * 257)), {"routing.session_id"}),
    "a duration": (
        ask(
            "fake/hello",
            routing=Routing(fallback=routing_options_pb2.FallbackOptions(ttft_timeout="100ms")),
        ),
        {"routing.fallback.ttft_timeout"},
    ),
    "functions by their earlier name": (
        ask("fake/hello", extra_parameters_json='{"functions": [{"name": "f"}]}'),
        {"extra_parameters_json.functions"},
    ),
    "a routing option, deep": (
        ask(
            "fake/hello",
            routing=Routing(provider=provider_preferences_pb2.ProviderPreferences(data_collection="maybe")),
        ),
        {"routing.provider.data_collection"},
    ),
    "text that is no JSON": (ask("fake/hello", extra_parameters_json="{"), {"extra_parameters_json"}),
    "JSON that is no object": (ask("fake/hello", extra_parameters_json="[1]"), {"extra_parameters_json"}),
    "an unknown effort": (
        ask("fake/hello", reasoning=reasoning_config_pb2.ReasoningConfig(effort="huge")),
        {"reasoning.effort"},
    ),
    "no choice of tools": (ask("fake/hello", tool_choice=tool_choice_pb2.ToolChoice()), {"tool_choice"}),
    "a number without a name": (
        ask("fake/hello", messages=[message_pb2.Message(role=99, content="x")]),  # type: ignore[arg-type]
        {"messages[0].role"},
    ),
    "a schema that is no object": (
        ask(
            "fake/hello",
            tools=[tool_pb2.Tool(function=tool_pb2.FunctionDefinition(name="f", parameters_json="[1]"))],
        ),
        {"tools[0].function.parameters_json"},
    ),
}


@pytest.mark.parametrize(("request_", "fields"), INVALID.values(), ids=INVALID)
def test_all_violations_are_named(fails: Ask, request_: Request, fields: set[str]) -> None:
    failed = fails(request_)

    assert (failed.code, failed.http_status) == (Code.INVALID_ARGUMENT, 400)
    assert set(failed.violations) == fields
    assert all(failed.violations.values())
    assert (failed.info.reason, failed.info.domain) == ("INVALID_REQUEST", "pointsman")


NAMES: dict[str, tuple[str, str]] = {
    "unknown provider": ("nobody/hello", "PROVIDER_NOT_FOUND"),
    "unlisted bare name": ("helo", "MODEL_NOT_FOUND"),
}


@pytest.mark.parametrize(("model", "reason"), NAMES.values(), ids=NAMES)
def test_names_that_lead_nowhere(fails: Ask, model: str, reason: str) -> None:
    failed = fails(ask(model))

    assert (failed.code, failed.info.reason) == (Code.INVALID_ARGUMENT, reason)
    assert set(failed.violations) == {"model"}


NOT_SERVED: dict[str, tuple[Request, str]] = {
    "web search": (ask("fake/hello", web_search=web_search_pb2.WebSearch(engine="exa")), "web_search"),
    "thinking context": (
        ask("fake/hello", reasoning=reasoning_config_pb2.ReasoningConfig(context="all_turns")),
        "reasoning.context",
    ),
}


@pytest.mark.parametrize(("request_", "field"), NOT_SERVED.values(), ids=NOT_SERVED)
def test_what_nothing_serves_yet_is_refused_by_name(fails: Ask, request_: Request, field: str) -> None:
    failed = fails(request_)

    assert (failed.code, failed.http_status) == (Code.UNIMPLEMENTED, 501)
    assert failed.message.startswith(f"{field}: ")
    assert failed.info.reason == "NOT_SERVED"


def answers(status: int, message: str = "No.", **headers: str) -> Script:
    async def script(call: VendorCall) -> None:
        await call.reply({"error": {"message": message, "code": "c"}}, status, **headers)

    return script


async def _garbage(call: VendorCall) -> None:
    await call.reply(b"<html>", content_type="text/html")


async def _dropped(call: VendorCall) -> None:
    await call.break_off()


VENDOR_FAILURES: dict[str, tuple[Script, Code, int, str]] = {
    "400": (answers(400), Code.INVALID_ARGUMENT, 400, "PROVIDER_BAD_REQUEST"),
    "401": (answers(401), Code.UNAVAILABLE, 502, "PROVIDER_AUTH"),
    "402": (answers(402), Code.UNAVAILABLE, 502, "PROVIDER_AUTH"),
    "404": (answers(404), Code.NOT_FOUND, 404, "PROVIDER_MODEL_NOT_FOUND"),
    "408": (answers(408), Code.DEADLINE_EXCEEDED, 504, "PROVIDER_TIMEOUT"),
    "413": (answers(413), Code.INVALID_ARGUMENT, 413, "PROVIDER_TOO_LARGE"),
    "422": (answers(422), Code.INVALID_ARGUMENT, 422, "PROVIDER_UNPROCESSABLE"),
    "500": (answers(500), Code.UNAVAILABLE, 502, "PROVIDER_FAILURE"),
    "503": (answers(503), Code.UNAVAILABLE, 503, "PROVIDER_OVERLOADED"),
    "529": (answers(529), Code.UNAVAILABLE, 503, "PROVIDER_OVERLOADED"),
    "garbage": (_garbage, Code.UNAVAILABLE, 502, "PROVIDER_INVALID_RESPONSE"),
    "dropped": (_dropped, Code.UNAVAILABLE, 502, "PROVIDER_UNREACHABLE"),
}


@pytest.mark.parametrize(
    ("script", "expected"), [(row[0], row[1:]) for row in VENDOR_FAILURES.values()], ids=VENDOR_FAILURES
)
def test_vendor_failures(
    fails: Ask, vendor: FakeVendor, script: Script, expected: tuple[Code, int, str]
) -> None:
    vendor.script("failing", script)
    failed = fails(ask("fake/failing"))

    assert (failed.code, failed.http_status, failed.info.reason) == expected
    assert failed.info.metadata["provider"] == "fake"
    attempts = [(each.model, each.success, each.error_type) for each in failed.account.attempts]
    again = expected[2] == "PROVIDER_UNREACHABLE"
    assert attempts == [("fake/failing", False, reason_word(expected[2]))] * (1 + again)
    assert all(each.error_message for each in failed.account.attempts)
    assert failed.trailers["x-generation-id"] == failed.account.generation_id


def reason_word(reason: str) -> str:
    """What the account calls it: one word is longer there."""
    return {"PROVIDER_TOO_LARGE": "provider_request_too_large"}.get(reason, reason.lower())


def test_rate_limits_say_when_to_come_back(fails: Ask, vendor: FakeVendor) -> None:
    vendor.script("limited", answers(429, "Slow down.", retry_after="7"))
    failed = fails(ask("fake/limited"))

    assert (failed.code, failed.http_status) == (Code.RESOURCE_EXHAUSTED, 429)
    assert failed.message == "Provider 'fake' answered 429: Slow down."
    assert (failed.retry_seconds, failed.trailers["retry-after"]) == (7, "7")
    assert failed.info.metadata == {"provider": "fake", "provider_status": "429", "provider_code": "c"}
    assert failed.account.attempts[0].provider_status == 429


def test_an_unreachable_provider(fails: Ask) -> None:
    failed = fails(ask("gone/any"))

    assert (failed.code, failed.http_status) == (Code.UNAVAILABLE, 502)
    assert failed.info.reason == "PROVIDER_UNREACHABLE"


@pytest.mark.parametrize("word", ["é", "模", "%", "\n", "a"])
def test_long_messages_fit_into_the_trailers(fails: Ask, vendor: FakeVendor, word: str) -> None:
    vendor.script("long", answers(429, word * 5000, retry_after="7"))
    failed = fails(ask("fake/long"))

    assert failed.code is Code.RESOURCE_EXHAUSTED
    assert failed.message.startswith(f"Provider 'fake' answered 429: {word * 100}")
    assert failed.retry_seconds == 7
    assert failed.account.generation_id


def test_many_violations_fit_into_the_trailers(fails: Ask) -> None:
    messages = [message_pb2.Message(content="x")] * 500
    failed = fails(ask("fake/hello", messages=messages))

    assert failed.code is Code.INVALID_ARGUMENT
    assert failed.info.reason == "INVALID_REQUEST"


def test_failing_after_the_first_chunks(grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor) -> None:
    async def script(call: VendorCall) -> None:
        await call.start()
        await call.send(delta(content="Hel") + delta(content="lo"))
        await call.send(b'data: {"error": {"message": "Out of memory.", "code": 503}}\n\n')

    vendor.script("broken", script)
    stream = grpc_stub.StreamChatCompletion(ask("fake/broken"), timeout=SECONDS)
    seen: list[Any] = []
    with pytest.raises(grpc.RpcError) as raised:
        seen += (chunk.choices[0].delta.content for chunk in stream)

    failed = failure(raised.value)
    assert (failed.code, failed.info.reason) == (Code.UNAVAILABLE, "PROVIDER_OVERLOADED")
    assert failed.message.endswith("Out of memory.")
    assert failed.account.attempts[0].error_type == "provider_overloaded"


KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "none": (),
    "wrong": (("authorization", "Bearer wrong"),),
    "in another header": (("x-api-key", KEY_METADATA[1].removeprefix("Bearer ")),),
    "with another scheme": (("authorization", KEY_METADATA[1].replace("Bearer", "Digest")),),
}


@pytest.mark.parametrize("metadata", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("door", DOORS)
def test_without_the_key(
    grpc_create_channel: Callable[[], grpc.Channel],
    grpc_stub_cls: type[ChatCompletionServiceStub],
    door: str,
    metadata: tuple[tuple[str, str], ...],
) -> None:
    with grpc_create_channel() as channel:
        call = method(grpc_stub_cls(channel), door)
        with pytest.raises(grpc.RpcError) as raised:
            read(call, door, request=ask("fake/hello"), metadata=metadata, timeout=SECONDS)

    failed = failure(raised.value)
    assert (failed.code, failed.message) == (Code.UNAUTHENTICATED, "Unauthorized")
    assert (failed.info.reason, failed.http_status) == ("INVALID_API_KEY", 401)


def test_a_fault_of_ours_does_not_leak(fails: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise ValueError("secret state")

    monkeypatch.setattr(ChatCall, "open", explode)
    failed = fails(ask("fake/hello"))

    assert (failed.code, failed.message) == (Code.INTERNAL, "Internal error")
    assert failed.info.reason == "INTERNAL"
    assert "secret" not in str(failed.trailers)


def test_an_error_that_cannot_be_printed_is_a_fault_of_ours(
    fails: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ProviderError(ErrorKind.PROVIDER_RATE_LIMIT, "acme", "Slow down.", retry_after=10**30)

    monkeypatch.setattr(ChatCall, "open", fail)
    failed = fails(ask("fake/hello"))

    assert (failed.code, failed.message) == (Code.INTERNAL, "Internal error")
    assert (failed.info.reason, failed.http_status) == ("INTERNAL", 500)


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/pointsman.v1.ChatCompletionService/CreateChatCompletion", "whole"),
        ("/pointsman.v1.ChatCompletionService/StreamChatCompletion", "streamed"),
        ("/pointsman.v1.RestService/ChatCompletions", "streamed"),
        ("/grpc.health.v1.Health/Check", "whole"),
    ],
)
def test_bytes_that_are_no_request(grpc_channel: grpc.Channel, path: str, door: str) -> None:
    call: Any = (grpc_channel.unary_unary if door == "whole" else grpc_channel.unary_stream)(path)
    with pytest.raises(grpc.RpcError) as raised:
        read(call, door, request=b"\xff\xff\xff", timeout=SECONDS)

    failed = failure(raised.value)
    assert failed.code is Code.INVALID_ARGUMENT
    assert "class" not in failed.message
    assert failed.info.reason == "INVALID_REQUEST"
