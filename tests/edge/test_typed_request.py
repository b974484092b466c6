"""A typed request becomes the JSON that a REST caller would send."""

import json
from typing import Any

import pytest
from google.protobuf import json_format

from pointsman.v1 import chat_completion_request_pb2
from service.edge.chat_request import parse
from service.edge.typed_request import body_of, rename
from service.errors import InvalidRequest

SCHEMA = '{"type": "object", "properties": {"z": {"maxItems": 3}, "a": {"minimum": 1.50}}}'
MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}]
TYPED_MESSAGES: list[dict[str, Any]] = [{"role": "ROLE_USER", "content": "Hi"}]


def _request(**members: Any) -> chat_completion_request_pb2.ChatCompletionRequest:
    request = chat_completion_request_pb2.ChatCompletionRequest()
    json_format.ParseDict({"model": "fake/m", "messages": TYPED_MESSAGES} | members, request)
    return request


def _body(*, stream: bool = False, **members: Any) -> Any:
    return json.loads(body_of(_request(**members), stream=stream))


TURNS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"role": "ROLE_SYSTEM", "content": "S", "name": "n"}, {"role": "system", "content": "S", "name": "n"}),
    ({"role": "ROLE_DEVELOPER", "content": ""}, {"role": "developer", "content": ""}),
    (
        {
            "role": "ROLE_USER",
            "parts": [
                {"text": "Look", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                {"image_url": {"url": "https://x.test/i.png", "detail": "low"}},
                {"input_audio": {"data": "UklGRg==", "format": "wav"}},
                {"file": {"filename": "a.pdf", "file_data": "data:,"}},
                {"video_url": {"url": "https://x.test/v.mp4"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                {"type": "image_url", "image_url": {"url": "https://x.test/i.png", "detail": "low"}},
                {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:,"}},
                {"type": "video_url", "video_url": {"url": "https://x.test/v.mp4"}},
            ],
        },
    ),
    (
        {
            "role": "ROLE_ASSISTANT",
            "reasoning": "why",
            "reasoning_details_json": '[{"z": 1, "a": 2}]',
            "refusal": "no",
            "audio_id": "audio_1",
            "tool_calls": [
                {
                    "id": "c",
                    "function": {"name": "f", "arguments": ""},
                    "extra_json": '{"x": 1, "function": {"thought": "s"}}',
                }
            ],
            "extra_json": '{"signature": "x"}',
        },
        {
            "role": "assistant",
            "content": None,
            "reasoning": "why",
            "reasoning_details": [{"z": 1, "a": 2}],
            "refusal": "no",
            "audio": {"id": "audio_1"},
            "tool_calls": [
                {
                    "id": "c",
                    "type": "function",
                    "function": {"name": "f", "arguments": "", "thought": "s"},
                    "x": 1,
                }
            ],
            "signature": "x",
        },
    ),
    (
        {"role": "ROLE_TOOL", "tool_call_id": "c", "content": "42"},
        {"role": "tool", "tool_call_id": "c", "content": "42"},
    ),
]


@pytest.mark.parametrize(("typed", "printed"), TURNS, ids=[turn["role"] for turn, _ in TURNS])
def test_turns(typed: dict[str, Any], printed: dict[str, Any]) -> None:
    assert _body(messages=[typed])["messages"] == [printed]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ({"temperature": 0.0, "n": 1, "max_tokens": "5"}, {"temperature": 0.0, "n": 1, "max_tokens": 5}),
        ({"seed": "9223372036854775807"}, {"seed": 9223372036854775807}),
        (
            {"logprobs": False, "parallel_tool_calls": False},
            {"logprobs": False, "parallel_tool_calls": False},
        ),
        ({"stop": ["a", "b"]}, {"stop": ["a", "b"]}),
        (
            {"logit_bias": [{"token_id": "7", "bias_value": -5}, {"token_id": "8"}]},
            {"logit_bias": [{"token_id": "7", "bias_value": -5}, {"token_id": "8", "bias_value": 0}]},
        ),
        (
            {"tools": [{"function": {"name": "f", "parameters_json": SCHEMA, "strict": False}}]},
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {"name": "f", "parameters": json.loads(SCHEMA), "strict": False},
                    }
                ]
            },
        ),
        ({"tool_choice": {"mode": "TOOL_CHOICE_MODE_REQUIRED"}}, {"tool_choice": "required"}),
        (
            {"tool_choice": {"function_name": "f"}},
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        ),
        ({"response_format": {"text": {}}}, {"response_format": {"type": "text"}}),
        ({"response_format": {"json_object": {}}}, {"response_format": {"type": "json_object"}}),
        (
            {"response_format": {"json_schema": {"name": "o", "schema_json": SCHEMA}}},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "o", "schema": json.loads(SCHEMA)},
                }
            },
        ),
        ({"reasoning": {"effort": "low"}}, {"reasoning": {"effort": "low"}}),
        (
            {"modalities": ["text"], "audio": {"voice": "x"}},
            {"modalities": ["text"], "audio": {"voice": "x"}},
        ),
        ({"prediction": {"content": "abc"}}, {"prediction": {"type": "content", "content": "abc"}}),
        (
            {"web_search_options": {"user_location": {"country": "CH"}}},
            {"web_search_options": {"user_location": {"type": "approximate", "country": "CH"}}},
        ),
        ({"routing": {"sort": ["price"]}}, {"extra_body": {"sort": ["price"]}}),
        (
            {"routing": {"session_id": "s", "metadata_json": '{"z": 1, "a": "b"}'}},
            {"session_id": "s", "extra_body": {"metadata": {"z": 1, "a": "b"}}},
        ),
        (
            {"extra_parameters_json": '{"safety": [1.50], "min_tokens": 12345678901234567890}'},
            {"safety": [1.5], "min_tokens": 12345678901234567890},
        ),
    ],
    ids=",".join,
)
def test_members(typed: dict[str, Any], printed: dict[str, Any]) -> None:
    assert _body(**typed) == {"model": "fake/m", "messages": MESSAGES, **printed}


def test_a_stream_says_so() -> None:
    assert _body(stream=True)["stream"] is True
    assert "stream" not in _body()


def test_schemas_keep_their_bytes() -> None:
    request = _request(tools=[{"function": {"name": "f", "parameters_json": SCHEMA}}])

    assert SCHEMA.encode() in bytes(parse(body_of(request, stream=False)).members["tools"])


@pytest.mark.parametrize(
    ("members", "field", "words"),
    [
        ({"extra_parameters_json": "{"}, "extra_parameters_json", "must be JSON"),
        ({"extra_parameters_json": "[]"}, "extra_parameters_json", "must be a JSON object"),
        ({"extra_parameters_json": '{"model": "x"}'}, "extra_parameters_json.model", "a field of its own"),
        (
            {"extra_parameters_json": '{"temperature": 1}'},
            "extra_parameters_json.temperature",
            "a field of its own",
        ),
        (
            {"extra_parameters_json": '{"sort": ["price"]}'},
            "extra_parameters_json.sort",
            "a field of its own",
        ),
        (
            {"extra_parameters_json": '{"functions": [{"name": "f"}]}'},
            "extra_parameters_json.functions",
            "earlier name for tools",
        ),
        (
            {
                "messages": [
                    {
                        "role": "ROLE_ASSISTANT",
                        "extra_json": '{"function_call": {"name": "f", "arguments": ""}}',
                    }
                ]
            },
            "messages[0].extra_json.function_call",
            "earlier name for tools",
        ),
        ({"temperature": "NaN"}, "temperature", "must be a finite number, got nan"),
        ({"top_p": "Infinity"}, "top_p", "must be a finite number, got inf"),
        ({"extra_parameters_json": '{"stream": true}'}, "extra_parameters_json.stream", "a field of its own"),
        (
            {"tools": [{"function": {"name": "f", "parameters_json": "nope"}}]},
            "tools[0].function.parameters_json",
            "must be JSON",
        ),
        ({"routing": {"metadata_json": "'"}}, "routing.metadata_json", "must be JSON"),
        (
            {"messages": [{"role": "ROLE_USER", "content": "x", "parts": [{"text": "y"}]}]},
            "messages[0].parts",
            "cannot be combined with content",
        ),
        ({"messages": [{"role": "ROLE_USER", "extra_json": "{"}]}, "messages[0].extra_json", "must be JSON"),
        (
            {"messages": [{"role": "ROLE_USER", "parts": [{}]}]},
            "messages[0].parts[0]",
            "required: text, image_url",
        ),
        ({"tools": [{}]}, "tools[0]", "required: function"),
        ({"tool_choice": {}}, "tool_choice", "required: mode, function_name"),
        (
            {"tool_choice": {"mode": 0}},
            "tool_choice.mode",
            "must be one of TOOL_CHOICE_MODE_NONE, TOOL_CHOICE_MODE_AUTO, TOOL_CHOICE_MODE_REQUIRED; got 0",
        ),
        ({"tool_choice": {"mode": 99}}, "tool_choice.mode", "must be one of TOOL_CHOICE_MODE_NONE, "),
        ({"messages": [{"content": "x"}]}, "messages[0].role", "must be one of ROLE_SYSTEM, "),
        ({"messages": [{"role": 99}]}, "messages[0].role", "ROLE_TOOL; got 99"),
        (
            {
                "messages": [
                    {
                        "role": "ROLE_ASSISTANT",
                        "tool_calls": [{"id": "c", "type": "x", "extra_json": '{"function": 1}'}],
                    }
                ]
            },
            "messages[0].tool_calls[0].extra_json.function",
            "must be a JSON object",
        ),
        (
            {
                "messages": [
                    {
                        "role": "ROLE_ASSISTANT",
                        "tool_calls": [{"id": "c", "type": "x", "extra_json": '{"function": {"name": "f"}}'}],
                    }
                ]
            },
            "messages[0].tool_calls[0].extra_json.function.name",
            "a field of its own",
        ),
        ({"response_format": {}}, "response_format", "required: text, json_object, json_schema"),
    ],
)
def test_what_json_cannot_say(members: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        body_of(_request(**members), stream=False)

    [violation] = caught.value.violations
    assert violation.field == field
    assert words in violation.description


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("extra_body.sort[0]", "routing.sort[0]"),
        ("extra_body", "routing"),
        ("temperature", "temperature"),
        ("messages[0].content", "messages[0].content"),
        ("messages[0].content[2].type", "messages[0].parts[2].type"),
        ("prediction.content[0]", "prediction.parts[0]"),
        ("messages[10].reasoning_details", "messages[10].reasoning_details_json"),
        ("tools[0].function.parameters", "tools[0].function.parameters_json"),
        ("tools[0].function.parameters_json", "tools[0].function.parameters_json"),
        ("response_format.json_schema.schema", "response_format.json_schema.schema_json"),
        ("extra_body.metadata", "routing.metadata_json"),
        # What has a fault in the eyes of routing is told by it as if it stood at top level.
        ("session_id", "routing.session_id"),
        ("models[1]", "routing.models[1]"),
        ("provider.only", "routing.provider.only"),
        ("sort[0]", "routing.sort[0]"),
        ("provider_options", "provider_options"),
        ("model", "model"),
    ],
)
def test_paths_are_told_in_typed_names(path: str, typed: str) -> None:
    assert rename(path) == typed


def test_faults_of_both_kinds_are_told_together() -> None:
    request = _request(
        messages=[{"content": "no role"}, {"role": "ROLE_USER", "parts": [{}]}],
        temperature=9,
        n=0,
        top_p="NaN",
        extra_parameters_json="{",
    )

    with pytest.raises(InvalidRequest) as caught:
        body_of(request, stream=False)

    assert sorted(each.field for each in caught.value.violations) == [
        "extra_parameters_json",
        "messages[0].role",
        "messages[1].parts[0]",
        "n",
        "temperature",
        "top_p",
    ]
