"""ChatRequest to what Mistral receives, with the `mistralai` SDK's request model as judge."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mistralai.client.models import ChatCompletionRequest

from service.dialects.mistral import Mistral
from service.dialects.mistral.messages import call_id
from service.edge.chat_request import parse
from service.errors import InvalidRequest
from service.types.facts import Facts
from service.types.routing_options import Reasoning
from service.types.upstream import Endpoint, UpstreamRequest
from tests.asking import chat

MISTRAL = Mistral()
ENDPOINT = Endpoint(provider="mistral", model="m", base_url="https://api.mistral.ai/v1", dialect="mistral")
RECORDED = Path(__file__).parents[3] / "shared" / "wire" / "chat.mistral.jsonl"


def encoded(endpoint: Endpoint = ENDPOINT, **members: Any) -> UpstreamRequest:
    return MISTRAL.encode(chat(**members), endpoint, {})


def sent(**members: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encoded(**members).body)
    assert_known(body, ChatCompletionRequest.model_validate(body).model_dump(by_alias=True))
    return body


def assert_known(given: Any, read: Any, path: str = "") -> None:
    """Everything that was sent is still there in what the SDK understood."""
    if isinstance(given, dict):
        assert isinstance(read, dict), path
        for name, value in given.items():
            assert name in read, f"{path}.{name} is unknown"
            assert_known(value, read[name], f"{path}.{name}")
    elif isinstance(given, list):
        for place, value in enumerate(given):
            assert_known(value, read[place], f"{path}[{place}]")


def turns(*messages: dict[str, Any]) -> Any:
    return sent(messages=list(messages))["messages"]


USER = {"role": "user", "content": "Hi"}
FUNCTION = {
    "name": "f",
    "description": "d",
    "parameters": {"type": "object", "properties": {}},
    "strict": True,
}
TOOL = {"type": "function", "function": FUNCTION}
NAMED = {"type": "function", "function": {"name": "f"}}
SCHEMA = {"name": "n", "schema": {"type": "object", "z": 1, "a": 2}, "strict": True}
MEMBERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"seed": 5}, {"random_seed": 5}),
    ({"seed": 5, "random_seed": 6}, {"random_seed": 6}),
    ({"max_completion_tokens": 5}, {"max_tokens": 5}),
    ({"max_completion_tokens": 5, "max_tokens": 9}, {"max_tokens": 5}),
    ({"max_tokens": 9}, {"max_tokens": 9}),
    ({"tools": [TOOL], "tool_choice": "required"}, {"tools": [TOOL], "tool_choice": "any"}),
    ({"tools": [TOOL], "tool_choice": "any"}, {"tools": [TOOL], "tool_choice": "any"}),
    ({"tools": [TOOL], "tool_choice": "none"}, {"tools": [TOOL], "tool_choice": "none"}),
    ({"tools": [TOOL], "tool_choice": NAMED}, {"tools": [TOOL], "tool_choice": NAMED}),
    (
        {"tools": [TOOL], "tool_choice": {"type": "function", "name": "f"}},
        {"tools": [TOOL], "tool_choice": NAMED},
    ),
    (
        {"tools": [NAMED]},
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
                }
            ]
        },
    ),
    ({"response_format": {"type": "json_object"}}, {"response_format": {"type": "json_object"}}),
    (
        {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
        {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
    ),
    (
        {"prediction": {"type": "content", "content": "x"}},
        {"prediction": {"type": "content", "content": "x"}},
    ),
    (
        {
            "prediction": {
                "type": "content",
                "content": [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}],
            }
        },
        {"prediction": {"type": "content", "content": "xy"}},
    ),
    ({"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
    ({"safe_prompt": True, "prompt_mode": "reasoning"}, {"safe_prompt": True, "prompt_mode": "reasoning"}),
    ({"user": "u", "store": True, "metadata": {"a": "b"}}, {"metadata": {"a": "b"}}),
    ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
    ({"service_tier": "auto"}, {"service_tier": "auto"}),
    *(
        ({name: value}, {name: value})
        for name, value in {
            "temperature": 0.5,
            "top_p": 0.5,
            "top_k": 3,
            "min_tokens": 2,
            "stop": ["a"],
            "n": 2,
            "presence_penalty": 0.5,
            "frequency_penalty": 0.5,
            "repetition_penalty": 1.1,
            "logprobs": True,
            "top_logprobs": 2,
            "parallel_tool_calls": False,
            "prompt_cache_key": "k",
            "random_seed": 1,
        }.items()
    ),
]


@pytest.mark.parametrize(("given", "expected"), MEMBERS, ids=str)
def test_members(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent(**given) == {"model": "m", "messages": [USER]} | expected
    assert encoded(**given).dropped == ()


@pytest.mark.parametrize(
    "given",
    [{"logit_bias": {"5": 1}}, {"min_p": 0.1}, {"verbosity": "low"}, {"x": 1}, {"service_tier": "flex"}],
    ids=str,
)
def test_what_mistral_has_not_is_left_out_and_named(given: dict[str, Any]) -> None:
    assert sent(**given) == {"model": "m", "messages": [USER]}
    assert [each.param for each in encoded(**given).dropped] == list(given)


def test_cache_marks_are_left_out_and_named() -> None:
    request = encoded(tools=[{**TOOL, "cache_control": {"type": "ephemeral"}}])

    assert json.loads(request.body)["tools"] == [TOOL]
    assert [each.param for each in request.dropped] == ["cache_control"]


ID = "a1B2c3D4e"
CALL = {"id": ID, "type": "function", "function": {"name": "f", "arguments": '{"a": 1.0}'}}
ASSISTANT = {"role": "assistant", "content": "x"}


def think(text: str, **members: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}], **members}


def own(index: int, text: str, **members: Any) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, "format": "unknown", "index": index, **members}


TEXT = {"type": "text", "text": "x"}
TURNS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("system", {"role": "system", "content": "b"}, {"role": "system", "content": "b"}),
    ("developer", {"role": "developer", "content": "b"}, {"role": "system", "content": "b"}),
    ("plain", {**USER, "cache_control": {}}, USER),
    ("name", {**USER, "name": "Ann"}, {**USER, "content": "Ann: Hi"}),
    (
        "name before parts",
        {"role": "user", "content": [TEXT], "name": "Ann"},
        {"role": "user", "content": [{"type": "text", "text": "Ann:"}, TEXT]},
    ),
    ("prefix", {**ASSISTANT, "prefix": False}, {**ASSISTANT, "prefix": False}),
    ("thoughts", {**ASSISTANT, "reasoning": "hm"}, {**ASSISTANT, "content": [think("hm"), TEXT]}),
    (
        "thoughts of DeepSeek's name and a call",
        {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [CALL]},
        {"role": "assistant", "content": [think("hm")], "tool_calls": [CALL]},
    ),
    (
        "signed thoughts in order",
        {**ASSISTANT, "reasoning": "ab", "reasoning_details": [own(0, "a", signature="s"), own(1, "b")]},
        {**ASSISTANT, "content": [think("a", signature="s"), think("b"), TEXT]},
    ),
    (
        "thoughts of another vendor",
        {
            **ASSISTANT,
            "reasoning": "a",
            "reasoning_details": [own(0, "a", format="anthropic-claude-v1", signature="s")],
        },
        ASSISTANT,
    ),
    (
        "thinking chunks",
        {**ASSISTANT, "content": [think("a"), TEXT]},
        {**ASSISTANT, "content": [think("a"), TEXT]},
    ),
    (
        "what answers hold besides",
        {**ASSISTANT, "refusal": None, "annotations": [], "audio": None, "images": []},
        ASSISTANT,
    ),
    (
        "refusal",
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "x"}]},
        {"role": "assistant", "content": [TEXT]},
    ),
    (
        "foreign ids",
        {"role": "assistant", "tool_calls": [{**CALL, "id": "call_1", "x": 1}]},
        {"role": "assistant", "tool_calls": [{**CALL, "id": call_id("call_1")}]},
    ),
    (
        "result",
        {"role": "tool", "tool_call_id": "call_1", "name": "f", "content": [TEXT], "cache_control": {}},
        {"role": "tool", "tool_call_id": call_id("call_1"), "name": "f", "content": [TEXT]},
    ),
]


@pytest.mark.parametrize(("given", "expected"), [row[1:] for row in TURNS], ids=[row[0] for row in TURNS])
def test_turns(given: dict[str, Any], expected: dict[str, Any]) -> None:
    bridge = [BRIDGE] if given["role"] == "tool" else []

    assert turns(given, USER) == [expected, *bridge, USER]


SYSTEM = {"role": "system", "content": "b"}
TOOLED = {"role": "tool", "tool_call_id": ID, "content": "4"}
BRIDGE = {"role": "assistant", "content": "OK."}
AS_USER = {"role": "user", "content": "b"}
CALLED = {"role": "assistant", "tool_calls": [CALL]}
ORDERS: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]], list[str]]] = [
    ("instructions before", [SYSTEM, SYSTEM, USER], [SYSTEM, SYSTEM, USER], []),
    ("instructions after the user", [USER, SYSTEM, ASSISTANT, USER], [USER, SYSTEM, ASSISTANT, USER], []),
    (
        "instructions after the assistant",
        [USER, ASSISTANT, SYSTEM, USER],
        [USER, ASSISTANT, AS_USER, USER],
        ["messages[2].role"],
    ),
    ("instructions at the end", [USER, SYSTEM], [USER, AS_USER], ["messages[1].role"]),
    ("the answer to a tool", [USER, CALLED, TOOLED], [USER, CALLED, TOOLED], []),
    (
        "the user after a tool",
        [USER, CALLED, TOOLED, USER],
        [USER, CALLED, TOOLED, BRIDGE, USER],
        ["messages[3]"],
    ),
    (
        "instructions after a tool",
        [USER, CALLED, TOOLED, SYSTEM, USER],
        [USER, CALLED, TOOLED, BRIDGE, AS_USER, USER],
        ["messages[3].role", "messages[3]"],
    ),
]


@pytest.mark.parametrize(
    ("given", "expected", "named"), [row[1:] for row in ORDERS], ids=[row[0] for row in ORDERS]
)
def test_the_order_of_turns(
    given: list[dict[str, Any]], expected: list[dict[str, Any]], named: list[str]
) -> None:
    assert turns(*given) == expected
    assert [each.param for each in encoded(messages=given).dropped] == named


PARTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({**TEXT, "cache_control": {"type": "ephemeral"}}, TEXT),
    (
        {"type": "image_url", "image_url": {"url": "https://i.test", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://i.test", "detail": "low"}},
    ),
    (
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
        {"type": "input_audio", "input_audio": "AA=="},
    ),
    (
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}},
        {
            "type": "document_url",
            "document_url": "data:application/pdf;base64,AA==",
            "document_name": "a.pdf",
        },
    ),
    (
        {"type": "file", "file": {"file_data": "https://d.test"}},
        {"type": "document_url", "document_url": "https://d.test"},
    ),
    ({"type": "file", "file": {"file_id": "f-1"}}, {"type": "file", "file_id": "f-1"}),
    (
        {"type": "document_url", "document_url": "https://d.test"},
        {"type": "document_url", "document_url": "https://d.test"},
    ),
]


@pytest.mark.parametrize(("given", "expected"), PARTS, ids=str)
def test_parts(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert turns({"role": "user", "content": [given]}) == [{"role": "user", "content": [expected]}]


ALLOWED: list[tuple[dict[str, Any], list[Any], str]] = [
    ({"mode": "auto", "tools": [NAMED]}, [TOOL], "auto"),
    ({"mode": "required", "tools": [NAMED]}, [TOOL], "any"),
]


@pytest.mark.parametrize(("allowed", "tools", "mode"), ALLOWED)
def test_tools_that_are_not_allowed_are_not_sent(
    allowed: dict[str, Any], tools: list[Any], mode: str
) -> None:
    other = {"type": "function", "function": {**FUNCTION, "name": "g"}}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}

    body = sent(tools=[other, TOOL], tool_choice=choice)

    assert (body["tools"], body["tool_choice"]) == (tools, mode)


def test_a_last_turn_of_the_assistant_is_a_prefix() -> None:
    assert turns(USER, ASSISTANT)[1] == {**ASSISTANT, "prefix": True}
    assert turns(USER, {**ASSISTANT, "prefix": False})[1] == {**ASSISTANT, "prefix": False}
    assert "prefix" not in turns(USER, {"role": "assistant", "tool_calls": [CALL]})[1]


def test_ids_are_mistrals_and_the_same_wherever_they_occur() -> None:
    given = ["call_1", "call_2", "", "fc_" + "x" * 60, "ümlaut123", ID]
    made = [call_id(each) for each in given]

    assert made == [call_id(each) for each in given]
    assert len(set(made)) == len(given)
    assert all(len(each) == 9 and each.isascii() and each.isalnum() for each in made)
    assert made[-1] == ID


def test_what_mistral_has_no_form_for() -> None:
    video = {"type": "video_url", "video_url": {"url": "https://v.test"}}
    request = chat(
        messages=[USER, {"role": "user", "content": [TEXT, video]}], modalities=["image"], n=2, logprobs=True
    )
    assert [each.field for each in MISTRAL.obstacles(request, ENDPOINT)] == [
        "modalities",
        "messages[1].content[1]",
    ]
    with pytest.raises(InvalidRequest, match=r"messages\[0\].tool_calls\[0\].type"):
        turns({"role": "assistant", "tool_calls": [{"id": "a", "type": "custom"}]}, USER)
    for part, field in (
        ({"type": "hologram"}, "type"),
        ({"type": "file", "file": {"filename": "x"}}, "file"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            turns({"role": "user", "content": [TEXT, part]})
        assert caught.value.param == f"messages[0].content[1].{field}"


def test_reasoning() -> None:
    plain = msgspec.structs.replace(ENDPOINT, facts=Facts(reasoning=False))
    levels = msgspec.structs.replace(ENDPOINT, facts=Facts(reasoning=True, efforts=("none", "high")))
    asked = msgspec.structs.replace(chat(), reasoning=Reasoning(effort="medium"))

    for each in (asked, chat(reasoning_effort="medium")):
        mapped = MISTRAL.encode(each, levels, {})
        assert json.loads(mapped.body)["reasoning_effort"] == "high"
        assert len(mapped.dropped) == 1
    without = MISTRAL.encode(asked, plain, {})
    assert "reasoning_effort" not in json.loads(without.body)
    assert [each.param for each in without.dropped] == ["reasoning"]
    history = encoded(plain, messages=[{**ASSISTANT, "reasoning": "hm"}, USER])
    assert json.loads(history.body)["messages"][0] == ASSISTANT


@pytest.mark.parametrize("base_url", ["https://api.mistral.ai/v1", "https://api.mistral.ai"])
def test_the_address(base_url: str) -> None:
    endpoint = msgspec.structs.replace(ENDPOINT, base_url=base_url)

    assert encoded(endpoint).url == "https://api.mistral.ai/v1/chat/completions"


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded traffic beside the repository")
def test_recorded_requests_reach_mistral_as_they_were() -> None:
    for line in RECORDED.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        given = record["request"]
        request = MISTRAL.encode(parse(json.dumps(given).encode()), ENDPOINT, {})
        expected = {name: value for name, value in given.items() if value is not None} | {"model": "m"}
        assert json.loads(request.body) == expected, record["case"]
        assert request.dropped == (), record["case"]
