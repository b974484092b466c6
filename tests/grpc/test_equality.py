"""A typed request and the same REST request reach the provider as equal JSON."""

import json
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2

from pointsman.v1 import (
    cache_control_pb2,
    chat_completion_request_pb2,
    content_part_pb2,
    message_pb2,
    output_config_pb2,
    prediction_pb2,
    reasoning_config_pb2,
    response_format_pb2,
    role_pb2,
    tool_call_pb2,
    tool_choice_pb2,
    tool_pb2,
    web_search_pb2,
)
from pointsman.v1.chat_completion_service_pb2_grpc import ChatCompletionServiceStub
from pointsman.v1.rest_service_pb2_grpc import RestServiceStub
from tests.grpc.callers import SECONDS, ask
from tests.upstreams.fake_vendor import FakeVendor, hello

Message = message_pb2.Message
Part = content_part_pb2.ContentPart
Fields = dict[str, Any]
USER, ASSISTANT, TOOL = role_pb2.ROLE_USER, role_pb2.ROLE_ASSISTANT, role_pb2.ROLE_TOOL
REQUIRED = tool_choice_pb2.TOOL_CHOICE_MODE_REQUIRED
# Key order and big numbers matter to models and must survive.
SCHEMA = '{"type":"object","properties":{"z":{"maximum":12345678901234567890},"a":{"type":"string"}}}'
WEATHER = tool_pb2.Tool(
    function=tool_pb2.FunctionDefinition(
        name="weather", description="Tells the weather. 天気", parameters_json=SCHEMA, strict=False
    )
)
WEATHER_JSON = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather. 天気",
        "parameters": json.loads(SCHEMA),
        "strict": False,
    },
}
CALL = tool_call_pb2.ToolCall(
    id="call-1",
    function=tool_call_pb2.FunctionCall(name="weather", arguments='{"z": 1'),
    extra_json='{"extra_content":{"google":{"thought_signature":"s"}}}',
)
CALL_JSON = {
    "id": "call-1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"z": 1'},
    "extra_content": {"google": {"thought_signature": "s"}},
}

SAMPLING = {
    "temperature": 0.7,
    "top_p": 0.9,
    "min_p": 0.1,
    "top_a": 0.2,
    "seed": -(2**63),
    "n": 2,
    "presence_penalty": -1.5,
    "frequency_penalty": 1.5,
    "repetition_penalty": 1.1,
    "max_tokens": 10,
    "max_completion_tokens": 2**53 + 1,
    "logprobs": True,
    "top_logprobs": 3,
}

SAME: dict[str, tuple[Fields, Fields]] = {
    "plain": ({}, {}),
    "zeros and falsehoods are sent": (
        {"temperature": 0, "seed": 0, "top_k": 0, "logprobs": False, "parallel_tool_calls": False},
        {"temperature": 0, "seed": 0, "top_k": 0, "logprobs": False, "parallel_tool_calls": False},
    ),
    "sampling": (SAMPLING, SAMPLING),
    "stop": ({"stop": ["END", "\n"]}, {"stop": ["END", "\n"]}),
    "logit bias": (
        {"logit_bias": [chat_completion_request_pb2.LogitBias(token_id="50256", bias_value=-100)]},
        {"logit_bias": {"50256": -100}},
    ),
    "names and tiers": (
        {"user": "u", "service_tier": "flex", "prompt_cache_key": "k", "verbosity": "low"},
        {"user": "u", "service_tier": "flex", "prompt_cache_key": "k", "verbosity": "low"},
    ),
    "tools": (
        {
            "tools": [WEATHER],
            "tool_choice": tool_choice_pb2.ToolChoice(mode=REQUIRED),
            "parallel_tool_calls": True,
        },
        {"tools": [WEATHER_JSON], "tool_choice": "required", "parallel_tool_calls": True},
    ),
    "one tool by name": (
        {"tools": [WEATHER], "tool_choice": tool_choice_pb2.ToolChoice(function_name="weather")},
        {"tools": [WEATHER_JSON], "tool_choice": {"type": "function", "function": {"name": "weather"}}},
    ),
    "parts": (
        {
            "messages": [
                Message(
                    role=USER,
                    name="ann",
                    parts=[
                        Part(text="Look", cache_control=cache_control_pb2.CacheControl(type="ephemeral")),
                        Part(
                            image_url=content_part_pb2.ImageUrl(
                                url="data:image/png;base64,AA==", detail="low"
                            )
                        ),
                        Part(input_audio=content_part_pb2.InputAudio(data="UklGRg==", format="wav")),
                        Part(
                            file=content_part_pb2.File(
                                filename="a.pdf", file_data="data:application/pdf;base64,"
                            )
                        ),
                        Part(video_url=content_part_pb2.VideoUrl(url="https://example.com/a.mp4")),
                    ],
                )
            ]
        },
        {
            "messages": [
                {
                    "role": "user",
                    "name": "ann",
                    "content": [
                        {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}},
                        {
                            "type": "image_url",
                            "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"},
                        },
                        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
                        {
                            "type": "file",
                            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,"},
                        },
                        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
                    ],
                }
            ]
        },
    ),
    "tool turns": (
        {
            "messages": [
                Message(role=role_pb2.ROLE_SYSTEM, content="Be brief."),
                Message(role=role_pb2.ROLE_DEVELOPER, content=""),
                Message(role=USER, content="Weather?"),
                Message(role=ASSISTANT, reasoning="Hm.", tool_calls=[CALL], extra_json='{"own":[1,null]}'),
                Message(role=TOOL, tool_call_id="call-1", content="fine"),
                Message(role=ASSISTANT, refusal="No.", audio_id="audio-1"),
            ],
            "tools": [WEATHER],
        },
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "developer", "content": ""},
                {"role": "user", "content": "Weather?"},
                {
                    "role": "assistant",
                    "content": None,
                    "reasoning": "Hm.",
                    "tool_calls": [CALL_JSON],
                    "own": [1, None],
                },
                {"role": "tool", "tool_call_id": "call-1", "content": "fine"},
                {"role": "assistant", "content": None, "refusal": "No.", "audio": {"id": "audio-1"}},
            ],
            "tools": [WEATHER_JSON],
        },
    ),
    "structured output": (
        {
            "response_format": response_format_pb2.ResponseFormat(
                json_schema=response_format_pb2.JsonSchemaFormat(name="p", schema_json=SCHEMA, strict=True)
            )
        },
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "p", "schema": json.loads(SCHEMA), "strict": True},
            }
        },
    ),
    "any JSON": (
        {
            "response_format": response_format_pb2.ResponseFormat(
                json_object=response_format_pb2.JsonObjectFormat()
            )
        },
        {"response_format": {"type": "json_object"}},
    ),
    "effort": ({"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
    "reasoning": (
        {"reasoning": reasoning_config_pb2.ReasoningConfig(effort="high")},
        {"reasoning": {"effort": "high"}},
    ),
    "no reasoning": (
        {"reasoning": reasoning_config_pb2.ReasoningConfig(enabled=False)},
        {"extra_body": {"reasoning": {"enabled": False}}},
    ),
    "the provider's web search": (
        {
            "web_search_options": web_search_pb2.WebSearchOptions(
                search_context_size="high", user_location=web_search_pb2.UserLocation(country="JP")
            )
        },
        {
            "web_search_options": {
                "search_context_size": "high",
                "user_location": {"type": "approximate", "country": "JP"},
            }
        },
    ),
    "speech": (
        {
            "modalities": ["text", "audio"],
            "audio": output_config_pb2.AudioConfig(voice="alloy", format="wav"),
        },
        {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
    ),
    "a prediction": (
        {"prediction": prediction_pb2.Prediction(content="x = 1")},
        {"prediction": {"type": "content", "content": "x = 1"}},
    ),
    "a prediction in parts": (
        {"prediction": prediction_pb2.Prediction(parts=[Part(text="x")])},
        {"prediction": {"type": "content", "content": [{"type": "text", "text": "x"}]}},
    ),
    "further parameters": (
        {"extra_parameters_json": '{"own": 2, "big": 123456789012345678901234567890, "metadata": {"b": 1}}'},
        {"own": 2, "big": 123456789012345678901234567890, "metadata": {"b": 1}},
    ),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("typed", "rest"), SAME.values(), ids=SAME)
def test_equal_json(
    grpc_channel: grpc.Channel, vendor: FakeVendor, typed: Fields, rest: Fields, *, stream: bool
) -> None:
    vendor.script("same", hello)
    chat, door = ChatCompletionServiceStub(grpc_channel), RestServiceStub(grpc_channel)
    if stream:
        list(chat.StreamChatCompletion(ask("fake/same", **typed), timeout=SECONDS))
    else:
        chat.CreateChatCompletion(ask("fake/same", **typed), timeout=SECONDS)
    body = {"model": "fake/same", "messages": [{"role": "user", "content": "Hi"}], **rest}
    if stream:
        body["stream"] = True
    answers = list(
        door.ChatCompletions(httpbody_pb2.HttpBody(data=json.dumps(body).encode()), timeout=SECONDS)
    )
    assert b"error" not in answers[0].data, answers[0].data

    by_grpc, by_rest = vendor.calls("same")
    assert json.loads(by_grpc.body) == json.loads(by_rest.body)
    assert hints(by_grpc.headers) == hints(by_rest.headers)


def hints(headers: dict[str, str]) -> dict[str, str]:
    """The headers that a provider could tell the doors apart by."""
    return {name: value for name, value in headers.items() if name != "content-length"}


def test_schemas_are_passed_on_byte_by_byte(grpc_stub: ChatCompletionServiceStub, vendor: FakeVendor) -> None:
    vendor.script("bytes", hello)
    grpc_stub.CreateChatCompletion(ask("fake/bytes", tools=[WEATHER]), timeout=SECONDS)

    assert SCHEMA.encode() in vendor.call("bytes").body
