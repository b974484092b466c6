"""Chat completions for generated stubs."""

import json

import pytest

from pointsman.v1 import response_format_pb2, role_pb2, tool_choice_pb2, tool_pb2
from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from tests.grpc.callers import SECONDS, ask
from tests.upstreams.fake_vendor import DONE, USAGE, FakeVendor, VendorCall, completion, delta, event

REQUIRED = tool_choice_pb2.TOOL_CHOICE_MODE_REQUIRED
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
DETAILED_USAGE = {
    **USAGE,
    "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": 0, "strange_tokens": 7},
    "completion_tokens_details": {"reasoning_tokens": 2},
    "cost": 0.25,
}


def test_whole(grpc_stub: ChatCompletionServiceStub) -> None:
    answer, call = grpc_stub.CreateChatCompletion.with_call(ask("fake/hello"), timeout=SECONDS)

    (choice,) = answer.choices
    assert (choice.message.role, choice.message.content) == (role_pb2.ROLE_ASSISTANT, "Hello")
    assert choice.finish_reason == "stop"
    assert answer.model == "fake/hello"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (
        3,
        2,
        5,
    )
    assert answer.id == f"chatcmpl-{answer.metadata.generation_id}"
    (attempt,) = answer.metadata.attempts
    assert (attempt.model, attempt.success, attempt.HasField("error_type")) == ("fake/hello", True, False)
    assert answer.metadata.reasoning
    assert dict(call.initial_metadata())["x-generation-id"] == answer.metadata.generation_id


def test_streamed(grpc_stub: ChatCompletionServiceStub) -> None:
    stream = grpc_stub.StreamChatCompletion(ask("fake/hello"), timeout=SECONDS)
    chunks = list(stream)

    assert "".join(chunk.choices[0].delta.content for chunk in chunks) == "Hello"
    assert [chunk.choices[0].delta.role for chunk in chunks][:2] == [role_pb2.ROLE_ASSISTANT, 0]
    assert {chunk.id for chunk in chunks} == {f"chatcmpl-{chunks[-1].metadata.generation_id}"}
    assert {chunk.model for chunk in chunks} == {"fake/hello"}
    assert [chunk.HasField("metadata") for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.total_tokens == 5
    assert dict(stream.initial_metadata())["x-generation-id"] == chunks[-1].metadata.generation_id


def _weather_tool() -> tool_pb2.Tool:
    function = tool_pb2.FunctionDefinition(name="weather", parameters_json=json.dumps(SCHEMA))
    return tool_pb2.Tool(function=function)


def test_tools(grpc_stub: ChatCompletionServiceStub) -> None:
    request = ask("demo/fast", tools=[_weather_tool()], tool_choice=tool_choice_pb2.ToolChoice(mode=REQUIRED))

    (choice,) = grpc_stub.CreateChatCompletion(request, timeout=SECONDS).choices

    (call,) = choice.message.tool_calls
    assert (call.type, call.function.name, json.loads(call.function.arguments)) == (
        "function",
        "weather",
        {"city": "Hi"},
    )
    assert call.id
    assert choice.finish_reason == "tool_calls"
    assert not choice.message.HasField("content")


def test_tools_streamed(grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor) -> None:
    async def script(call: VendorCall) -> None:
        await call.start()
        for index, name in ((0, "a"), (1, "b")):
            head = {"index": index, "id": f"call-{name}", "type": "function", "function": {"name": name}}
            await call.send(delta(tool_calls=[head]))
            for piece in ('{"x"', ": 1}"):
                await call.send(delta(tool_calls=[{"index": index, "function": {"arguments": piece}}]))
        await call.send(delta(finish="tool_calls") + DONE)

    vendor.script("parallel", script)
    chunks = list(grpc_stub.StreamChatCompletion(ask("fake/parallel"), timeout=SECONDS))

    calls = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls]
    for index, name in ((0, "a"), (1, "b")):
        own = [call for call in calls if call.index == index]
        assert (own[0].id, own[0].type, own[0].function.name) == (f"call-{name}", "function", name)
        assert "".join(call.function.arguments for call in own) == '{"x": 1}'
        assert not any(call.HasField("id") for call in own[1:])


def test_structured_output(grpc_stub: ChatCompletionServiceStub) -> None:
    schema = response_format_pb2.JsonSchemaFormat(name="place", schema_json=json.dumps(SCHEMA), strict=True)
    request = ask("demo/fast", response_format=response_format_pb2.ResponseFormat(json_schema=schema))

    (choice,) = grpc_stub.CreateChatCompletion(request, timeout=SECONDS).choices

    assert json.loads(choice.message.content) == {"city": "Hi"}


@pytest.mark.parametrize("streamed", [False, True])
def test_several_choices(grpc_stub: ChatCompletionServiceStub, streamed: bool) -> None:
    request = ask("demo/fast", n=3)
    if streamed:
        chunks = list(grpc_stub.StreamChatCompletion(request, timeout=SECONDS))
        indexes = [choice.index for chunk in chunks for choice in chunk.choices if choice.finish_reason]
        assert chunks[-1].HasField("metadata")
    else:
        indexes = [
            choice.index for choice in grpc_stub.CreateChatCompletion(request, timeout=SECONDS).choices
        ]

    assert sorted(indexes) == [0, 1, 2]


def test_usage_details(grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor) -> None:
    async def script(call: VendorCall) -> None:
        if call.json.get("stream"):
            await call.start()
            await call.send(
                delta(content="x", finish="stop") + event(choices=[], usage=DETAILED_USAGE) + DONE
            )
        else:
            await call.reply(completion() | {"usage": DETAILED_USAGE})

    vendor.script("usage", script)
    whole = grpc_stub.CreateChatCompletion(ask("fake/usage"), timeout=SECONDS).usage
    streamed = list(grpc_stub.StreamChatCompletion(ask("fake/usage"), timeout=SECONDS))[-1].usage

    assert whole == streamed
    assert whole.prompt_tokens_details.cached_tokens == 1
    assert whole.prompt_tokens_details.HasField("audio_tokens")
    assert not whole.prompt_tokens_details.HasField("video_tokens")
    assert whole.completion_tokens_details.reasoning_tokens == 2
    assert whole.cost == 0.25
    assert json.loads(whole.extra_json) == {"prompt_tokens_details": {"strange_tokens": 7}}


def test_vendor_extras_are_kept(grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor) -> None:
    async def script(call: VendorCall) -> None:
        answer = completion(reasoning_content="Hm.", own_member=[1]) | {"citations": ["a"]}
        await call.reply(answer)

    vendor.script("extras", script)
    answer = grpc_stub.CreateChatCompletion(ask("fake/extras"), timeout=SECONDS)

    assert answer.choices[0].message.reasoning == "Hm."
    assert json.loads(answer.choices[0].message.extra_json)["own_member"] == [1]
    assert json.loads(answer.extra_json) == {"citations": ["a"]}
