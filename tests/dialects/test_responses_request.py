"""Chat requests and the Responses bodies they become; every body is one that the SDK's types allow."""

import json
from typing import Any

import msgspec
import pytest

from service.errors import InvalidRequest
from service.types.facts import Facts
from service.types.quirks import Quirks
from service.types.routing_options import Reasoning
from tests.asking import chat
from tests.dialects.responses_asking import BASE, DIALECT, ENDPOINT, SCHEMA, TOOLS, body, sent, user
from tests.dialects.test_responses_types import validated


def test_a_plain_request_is_stateless_and_asks_for_all_thoughts() -> None:
    upstream = sent(stream=True, stream_options={"include_usage": True})

    assert upstream.url == "https://api.acme.test/v1/responses"
    assert upstream.headers == {"accept": "text/event-stream"}
    assert upstream.dropped == ()
    assert validated(json.loads(upstream.body)) == BASE | {"stream": True}
    assert sent().headers == {"accept": "application/json"}
    assert body() == BASE


SCHEMA_FORM = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}
REASON = ["reasoning.encrypted_content"]
LOCATION = {"country": "DE", "city": "Köln"}
MEMBERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"max_tokens": 100}, {"max_output_tokens": 100}),
    ({"max_tokens": 100, "max_completion_tokens": 50}, {"max_output_tokens": 50}),
    ({"response_format": {"type": "text"}}, {"text": {"format": {"type": "text"}}}),
    ({"response_format": {"type": "json_object"}}, {"text": {"format": {"type": "json_object"}}}),
    (
        {"response_format": SCHEMA_FORM, "verbosity": "low"},
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}, "verbosity": "low"}},
    ),
    (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {}, "strict": True, "description": "D"},
            }
        },
        {
            "text": {
                "format": {
                    "type": "json_schema",
                    "name": "n",
                    "schema": {},
                    "description": "D",
                    "strict": True,
                }
            }
        },
    ),
    ({"verbosity": "max"}, {"text": {"verbosity": "high"}}),
    ({"reasoning_effort": "high"}, {"reasoning": {"effort": "high"}}),
    ({"reasoning_effort": "none"}, {"reasoning": {"effort": "none"}}),
    (
        {"logprobs": True, "top_logprobs": 3},
        {"top_logprobs": 3, "include": [*REASON, "message.output_text.logprobs"]},
    ),
    (
        {"web_search_options": {"search_context_size": "low", "user_location": LOCATION}},
        {
            "tools": [
                {
                    "type": "web_search",
                    "search_context_size": "low",
                    "user_location": {"type": "approximate", "city": "Köln", "country": "DE"},
                }
            ],
            "include": [*REASON, "web_search_call.action.sources"],
        },
    ),
    (
        {"web_search_options": {"user_location": {"type": "approximate", "approximate": LOCATION}}},
        {
            "tools": [
                {
                    "type": "web_search",
                    "user_location": {"type": "approximate", "city": "Köln", "country": "DE"},
                }
            ],
            "include": [*REASON, "web_search_call.action.sources"],
        },
    ),
    (
        {"modalities": ["text", "image"], "image_config": {"image_size": "1024x1024"}},
        {"tools": [{"type": "image_generation", "size": "1024x1024"}]},
    ),
    (
        {
            "include": ["message.input_image.image_url", "reasoning.encrypted_content"],
            "tools": [
                {"type": "file_search", "vector_store_ids": ["v"]},
                {"type": "code_interpreter", "container": "c"},
            ],
        },
        {
            "tools": [
                {"type": "file_search", "vector_store_ids": ["v"]},
                {"type": "code_interpreter", "container": "c"},
            ],
            "include": [
                "message.input_image.image_url",
                *REASON,
                "file_search_call.results",
                "code_interpreter_call.outputs",
            ],
        },
    ),
    ({"store": True}, {"store": True}),
    (
        {"stream": True, "stream_options": {"include_obfuscation": False}},
        {"stream": True, "stream_options": {"include_obfuscation": False}},
    ),
    *(
        (members, members)
        for members in (
            {"temperature": 0.5, "top_p": 0.9, "parallel_tool_calls": False, "service_tier": "flex"},
            {"safety_identifier": "s", "prompt_cache_key": "k", "prompt_cache_retention": "24h", "user": "u"},
            {"metadata": {"a": "b"}, "truncation": "auto", "max_tool_calls": 3, "prompt": {"id": "pmpt_1"}},
            {"moderation": {"model": "omni-moderation-latest"}, "instructions": "Be brief."},
        )
    ),
]


@pytest.mark.parametrize(("members", "expected"), MEMBERS)
def test_members(members: dict[str, Any], expected: dict[str, Any]) -> None:
    assert body(**members) == BASE | expected
    assert sent(**members).dropped == ()


@pytest.mark.parametrize(
    "member", [{"previous_response_id": "resp_1"}, {"conversation": "conv_1"}, {"background": True}]
)
def test_what_needs_storing_is_not_denied_it(member: dict[str, Any]) -> None:
    assert body(**member) == {name: value for name, value in BASE.items() if name != "store"} | member


THINKING: list[tuple[Reasoning, dict[str, Any]]] = [
    (Reasoning(), {"effort": "medium", "summary": "auto"}),
    (Reasoning(effort="high"), {"effort": "high", "summary": "auto"}),
    (Reasoning(effort="low", summary="detailed"), {"effort": "low", "summary": "detailed"}),
    (Reasoning(effort="low", exclude=True), {"effort": "low"}),
    (Reasoning(enabled=False), {"effort": "none"}),
    (Reasoning(max_tokens=900), {"effort": "xhigh", "summary": "auto"}),
    (Reasoning(max_tokens=200), {"effort": "low", "summary": "auto"}),
    (
        Reasoning(effort="low", context="all_turns", mode="pro"),
        {"effort": "low", "summary": "auto", "context": "all_turns", "mode": "pro"},
    ),
]


@pytest.mark.parametrize(("asked", "expected"), THINKING)
def test_reasoning(asked: Reasoning, expected: dict[str, Any]) -> None:
    assert body(reasoning=asked, max_tokens=1000)["reasoning"] == expected


def test_the_catalog_bounds_what_is_sent() -> None:
    levels = Facts(efforts=("low", "medium", "high"))
    assert body(levels, Reasoning(effort="minimal"))["reasoning"] == {"effort": "low", "summary": "auto"}

    plain = Facts(reasoning=False, temperature=False)
    assert body(plain, Reasoning(effort="high"), temperature=1) == {
        name: value for name, value in BASE.items() if name != "include"
    }
    assert {each.param for each in sent(plain, Reasoning(effort="high"), temperature=1).dropped} == {
        "temperature",
        "reasoning",
    }


def test_knobs_it_does_not_have_are_named() -> None:
    knobs: dict[str, Any] = {
        "seed": 1,
        "presence_penalty": 1,
        "frequency_penalty": 1,
        "top_k": 5,
        "min_p": 0.1,
        "logit_bias": {"1": 1},
        "prediction": {"type": "content", "content": "x"},
        "safe_prompt": True,
    }
    upstream = sent(**knobs)

    assert {each.param for each in upstream.dropped} == set(knobs)
    assert json.loads(upstream.body) == BASE


def test_what_the_row_says_of_a_model_counts() -> None:
    quirks = Quirks(dropped=("temperature", "top_p"), refused=("logprobs",), efforts=("low", "high"))
    endpoint = msgspec.structs.replace(ENDPOINT, quirks=quirks)
    request = chat(temperature=1, top_p=0.5, logprobs=True, parallel_tool_calls=False, reasoning_effort="max")

    upstream = DIALECT.encode(request, endpoint, {})
    built = json.loads(upstream.body)

    assert [each.field for each in DIALECT.obstacles(request, endpoint)] == ["logprobs"]
    assert "temperature" not in built
    assert "top_p" not in built
    assert built["parallel_tool_calls"] is False
    assert built["reasoning"] == {"effort": "high"}
    assert {each.param for each in upstream.dropped} == {"temperature", "top_p", "reasoning_effort"}


EFFORTS: list[tuple[dict[str, Any], tuple[str, ...] | None, str | None, list[str]]] = [
    ({"reasoning_effort": "none"}, ("low", "high"), "low", ["reasoning_effort"]),
    ({"reasoning_effort": "minimal"}, ("low", "high"), "low", ["reasoning_effort"]),
    ({"reasoning_effort": "high"}, ("low", "high"), "high", []),
    ({"reasoning_effort": "xhigh"}, None, "xhigh", []),
    ({"reasoning_effort": "high"}, ("none",), None, ["reasoning_effort"]),
]


@pytest.mark.parametrize(("members", "known", "effort", "dropped"), EFFORTS)
def test_an_effort_that_is_sent_as_another_is_named(
    members: dict[str, Any], known: tuple[str, ...] | None, effort: str | None, dropped: list[str]
) -> None:
    upstream = sent(Facts(efforts=known), **members)

    assert json.loads(upstream.body).get("reasoning", {}).get("effort") == effort
    assert [each.param for each in upstream.dropped] == dropped


def test_hints_without_a_place_are_named() -> None:
    cached = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
    search = {"type": "web_search", "cache_control": {"type": "ephemeral"}}
    upstream = sent(messages=[user(cached)], tools=[search])

    assert [each.param for each in upstream.dropped] == ["cache_control"]
    assert json.loads(upstream.body)["tools"] == [{"type": "web_search"}]


def test_image_options_it_does_not_have_are_named() -> None:
    upstream = sent(modalities=["image"], image_config={"aspect_ratio": "1:1", "quality": "low"})

    assert [each.param for each in upstream.dropped] == ["image_config.aspect_ratio"]
    assert json.loads(upstream.body)["tools"] == [{"type": "image_generation", "quality": "low"}]
    assert [each.param for each in sent(image_config={"quality": "low"}).dropped] == ["image_config.quality"]


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"include": "everything"}, "include"),
        ({"tools": [{"type": "custom", "custom": 7}]}, "tools[0].custom"),
    ],
)
def test_members_of_another_type_are_named(members: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        sent(**members)

    assert [each.field for each in error.value.violations] == [field]


OBSTACLES: list[tuple[dict[str, Any], list[str]]] = [
    ({"n": 2}, ["n"]),
    ({"modalities": ["text", "audio"], "audio": {"voice": "a", "format": "wav"}}, ["modalities"]),
    ({"stop": "END"}, ["stop"]),
    ({"stop": []}, []),
    ({"response_format": {"type": "grammar", "grammar": "x"}}, ["response_format"]),
    (
        {
            "messages": [
                user(
                    {"type": "text", "text": "a"},
                    {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
                ),
                user({"type": "video_url", "video_url": {"url": "https://x.test"}}),
            ]
        },
        ["messages[0].content[1]", "messages[1].content[0]"],
    ),
    ({"tools": [TOOLS[0][0]], "response_format": SCHEMA_FORM, "logprobs": True}, []),
]


@pytest.mark.parametrize(("members", "fields"), OBSTACLES)
def test_what_changes_the_answer_is_an_obstacle(members: dict[str, Any], fields: list[str]) -> None:
    assert [each.field for each in DIALECT.obstacles(chat(**members), ENDPOINT)] == fields
