"""What an OpenAI-compatible provider receives when its row names quirks."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dialects import DIALECTS
from service.edge.chat_request import parse
from service.types.chat_request import ChatRequest
from service.types.facts import Facts
from service.types.quirks import NO_QUIRKS, Quirks
from service.types.routing_options import Reasoning
from service.types.upstream import UpstreamRequest
from tests.asking import ENDPOINT, MESSAGES, chat

OPENAI = DIALECTS["openai"]


def encoded(request: ChatRequest, quirks: Quirks = NO_QUIRKS, **facts: Any) -> UpstreamRequest:
    endpoint = msgspec.structs.replace(ENDPOINT, quirks=quirks, facts=Facts(**facts))
    return OPENAI.encode(request, endpoint, {})


def sent(request: UpstreamRequest) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.body)
    return {name: value for name, value in body.items() if name not in ("model", "messages")}


def thinking(**asked: Any) -> ChatRequest:
    """A request with a `reasoning` object; `cap` is its cap."""
    cap = asked.pop("cap", None)
    request = chat(max_tokens=cap)
    return msgspec.structs.replace(request, reasoning=msgspec.convert(asked, Reasoning))


def effort(value: str, **members: Any) -> ChatRequest:
    return chat(reasoning_effort=value, **members)


def style(name: Any, **quirks: Any) -> Quirks:
    return Quirks(reasoning_request=name, **quirks)


SHORT = Quirks(efforts=("low", "high"))
ON, OFF = {"type": "enabled"}, {"type": "disabled"}
# request, quirks, facts, what is sent, what is named as dropped
THINKING: list[tuple[str, ChatRequest, Quirks, dict[str, Any], dict[str, Any], list[str]]] = [
    ("raw effort", effort("xhigh"), NO_QUIRKS, {}, {"reasoning_effort": "xhigh"}, []),
    (
        "raw effort, levels of the model",
        effort("xhigh"),
        NO_QUIRKS,
        {"efforts": ("low",)},
        {"reasoning_effort": "low"},
        ["reasoning_effort"],
    ),
    (
        "raw effort, levels",
        effort("minimal"),
        SHORT,
        {},
        {"reasoning_effort": "low"},
        ["reasoning_effort"],
    ),
    ("raw none, levels", effort("none"), SHORT, {}, {"reasoning_effort": "low"}, ["reasoning_effort"]),
    ("a switch by raw effort", effort("high"), NO_QUIRKS, {"efforts": ("none",)}, {}, ["reasoning_effort"]),
    (
        "a switch by effort",
        thinking(effort="high"),
        NO_QUIRKS,
        {"efforts": ("none",)},
        {},
        ["reasoning.effort"],
    ),
    ("a switch by budget", thinking(max_tokens=9), NO_QUIRKS, {"efforts": ("none",)}, {}, ["reasoning"]),
    ("a switch off", effort("none"), NO_QUIRKS, {"efforts": ("none",)}, {"reasoning_effort": "none"}, []),
    ("Groq's default", effort("default"), SHORT, {}, {"reasoning_effort": "default"}, []),
    ("effort", thinking(effort="max"), NO_QUIRKS, {}, {"reasoning_effort": "max"}, []),
    (
        "levels of the quirk",
        thinking(effort="max"),
        SHORT,
        {"efforts": ("low",)},
        {"reasoning_effort": "high"},
        ["reasoning.effort"],
    ),
    (
        "levels of the model",
        thinking(effort="max"),
        NO_QUIRKS,
        {"efforts": ("low", "medium")},
        {"reasoning_effort": "medium"},
        ["reasoning.effort"],
    ),
    (
        "budget",
        thinking(max_tokens=800, cap=1000),
        NO_QUIRKS,
        {},
        {"max_tokens": 1000, "reasoning_effort": "high"},
        [],
    ),
    ("no reasoner, effort", effort("low"), NO_QUIRKS, {"reasoning": False}, {}, ["reasoning_effort"]),
    ("no reasoner, object", thinking(effort="low"), NO_QUIRKS, {"reasoning": False}, {}, ["reasoning"]),
    ("no reasoner, none", effort("none"), NO_QUIRKS, {"reasoning": False}, {}, []),
    (
        "object",
        thinking(max_tokens=9, exclude=True),
        style("reasoning"),
        {},
        {"reasoning": {"max_tokens": 9, "exclude": True}},
        [],
    ),
    (
        "object, enabled",
        thinking(enabled=True),
        style("reasoning"),
        {"reasoning": False},
        {"reasoning": {"enabled": True}},
        [],
    ),
    (
        "object, empty",
        thinking(effort="unspecified"),
        style("reasoning"),
        {},
        {"reasoning": {"enabled": True}},
        [],
    ),
    (
        "object, levels",
        thinking(effort="max"),
        style("reasoning", efforts=("low", "high")),
        {},
        {"reasoning": {"effort": "high"}},
        ["reasoning.effort"],
    ),
    (
        "object, a switch",
        thinking(effort="max", exclude=True),
        style("reasoning", efforts=("none",)),
        {},
        {"reasoning": {"exclude": True, "enabled": True}},
        ["reasoning.effort"],
    ),
    ("object from effort", effort("low"), style("reasoning"), {}, {"reasoning": {"effort": "low"}}, []),
    ("object from Groq's default", effort("default"), style("reasoning"), {}, {}, []),
    ("thinking", thinking(effort="low"), style("thinking"), {}, {"thinking": ON}, []),
    ("thinking off", effort("none"), style("thinking"), {}, {"thinking": OFF}, []),
    (
        "thinking with levels",
        effort("xhigh"),
        style("thinking", efforts=("high", "max")),
        {},
        {"thinking": ON, "reasoning_effort": "high"},
        ["reasoning_effort"],
    ),
    (
        "thinking off with levels",
        effort("none"),
        style("thinking", efforts=("high", "max")),
        {},
        {"thinking": OFF},
        [],
    ),
    (
        "thinking as the vendor says it",
        effort("max", thinking={"type": "x"}),
        style("thinking"),
        {},
        {"reasoning_effort": "max", "thinking": {"type": "x"}},
        [],
    ),
    (
        "both",
        msgspec.structs.replace(chat(thinking=OFF), reasoning=Reasoning()),
        style("thinking"),
        {},
        {"thinking": OFF},
        ["reasoning"],
    ),
    ("switch", effort("low"), style("enable_thinking"), {}, {"enable_thinking": True}, []),
    (
        "switch with a share",
        thinking(effort="medium", cap=1000),
        style("enable_thinking"),
        {},
        {"max_tokens": 1000, "enable_thinking": True, "thinking_budget": 500},
        [],
    ),
    (
        "switch with a budget",
        thinking(max_tokens=9),
        style("enable_thinking"),
        {},
        {"enable_thinking": True, "thinking_budget": 9},
        [],
    ),
    (
        "switch with bounds",
        thinking(max_tokens=9),
        style("enable_thinking"),
        {"budget": (100, None)},
        {"enable_thinking": True, "thinking_budget": 100},
        [],
    ),
    (
        "switch off",
        thinking(enabled=False, cap=9),
        style("enable_thinking"),
        {},
        {"max_tokens": 9, "enable_thinking": False},
        [],
    ),
    (
        "template",
        effort("low"),
        style("chat_template_kwargs"),
        {},
        {"chat_template_kwargs": {"enable_thinking": True}},
        [],
    ),
    (
        "template off",
        effort("none"),
        style("chat_template_kwargs"),
        {},
        {"chat_template_kwargs": {"enable_thinking": False}},
        [],
    ),
    ("cannot be asked", effort("low"), style("none"), {}, {}, ["reasoning_effort"]),
    ("cannot be asked by object", thinking(), style("none"), {}, {}, ["reasoning"]),
    ("cannot be asked, none", thinking(effort="none"), style("none"), {}, {}, []),
]


@pytest.mark.parametrize(
    ("request_", "quirks", "facts", "members", "dropped"),
    [row[1:] for row in THINKING],
    ids=[r[0] for r in THINKING],
)
def test_reasoning(
    request_: ChatRequest, quirks: Quirks, facts: dict[str, Any], members: dict[str, Any], dropped: list[str]
) -> None:
    request = encoded(request_, quirks, **facts)

    assert sent(request) == members
    assert [each.param for each in request.dropped] == dropped


@pytest.mark.parametrize(
    ("given", "quirks", "expected"),
    [
        (
            {"max_tokens": 5},
            Quirks(max_tokens_field="max_completion_tokens"),
            '"max_completion_tokens":5,"z":1',
        ),
        ({"max_completion_tokens": 5}, Quirks(max_tokens_field="max_tokens"), '"max_tokens":5,"z":1'),
        (
            {"max_tokens": 9, "a": 0, "max_completion_tokens": 5},
            Quirks(max_tokens_field="max_tokens"),
            '"max_tokens":5,"a":0,"z":1',
        ),
        (
            {"max_tokens": 9, "max_completion_tokens": 5},
            NO_QUIRKS,
            '"max_tokens":9,"max_completion_tokens":5,"z":1',
        ),
        ({}, Quirks(max_tokens_field="max_tokens"), '"z":1'),
        ({"tool_choice": "any"}, NO_QUIRKS, '"tool_choice":"any","z":1'),
        ({"cache_control": {"type": "ephemeral"}}, Quirks(unknown_members=("cache_control",)), '"z":1'),
        (
            {"tools": [{"function": {"name": "f"}, "cache_control": {}}]},
            Quirks(unknown_members=("cache_control",)),
            '"tools":[{"function":{"name":"f"}}],"z":1',
        ),
        ({"stream": True}, Quirks(stream_usage=False), '"stream":true,"z":1'),
        ({"stream": True, "stream_options": {"x": 1}}, Quirks(stream_usage=False), '"stream":true,"z":1'),
    ],
    ids=str,
)
def test_members(given: dict[str, Any], quirks: Quirks, expected: str) -> None:
    text = json.dumps({"model": "m", "messages": MESSAGES, **given, "z": 1}, separators=(",", ":"))

    body = encoded(parse(text.encode()), quirks).body.decode()

    turns = json.dumps(MESSAGES, separators=(",", ":"))
    assert body == f'{{"model":"m-1","messages":{turns},{expected}}}'


def test_dropped_parameters_are_left_out_and_named() -> None:
    request = encoded(chat(seed=1, top_p=0.5, logit_bias=[]), Quirks(dropped=("seed", "logit_bias", "min_p")))

    assert sent(request) == {"top_p": 0.5}
    assert [each.param for each in request.dropped] == ["seed", "logit_bias"]
    assert request.dropped[0].reason == "'acme/m-1' does not take it"


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"n": 2}, ["n"]),
        ({"n": 1}, []),
        ({"logprobs": True}, ["logprobs"]),
        ({"tools": [{"function": {"name": "f"}}]}, ["tools"]),
        ({"tools": []}, []),
        ({"response_format": {"type": "json_object"}}, ["response_format"]),
        ({"response_format": {"type": "text"}}, []),
        ({"modalities": ["text", "audio"]}, ["modalities"]),
    ],
    ids=str,
)
def test_what_is_refused_makes_the_endpoint_ineligible(members: dict[str, Any], fields: list[str]) -> None:
    quirks = Quirks(refused=("n", "logprobs", "tools", "response_format", "image", "audio"))
    endpoint = msgspec.structs.replace(ENDPOINT, quirks=quirks)

    assert [each.field for each in OPENAI.obstacles(chat(**members), endpoint)] == fields
    assert list(OPENAI.obstacles(chat(**members), ENDPOINT)) == []


STRICT = ("cache_control", "reasoning_details")
TURNS = [
    ('{"role":"developer", "content":"b"}', Quirks(system_role="system"), '{"role":"system","content":"b"}'),
    (
        '{"role":"system","content":"b"}',
        Quirks(system_role="developer"),
        '{"role":"developer","content":"b"}',
    ),
    ('{"content":"b", "role":"system"}', Quirks(system_role="system"), '{"content":"b", "role":"system"}'),
    (
        '{"role":"user", "content":"\\u0041"}',
        Quirks(system_role="system"),
        '{"role":"user", "content":"\\u0041"}',
    ),
    (
        '{"role":"assistant","reasoning":"\\u0041","content":"b"}',
        Quirks(reasoning_history="reasoning_content"),
        '{"role":"assistant","reasoning_content":"\\u0041","content":"b"}',
    ),
    (
        '{"role":"assistant","content":"b","reasoning":"A","reasoning_content":"A"}',
        Quirks(reasoning_history="reasoning_content"),
        '{"role":"assistant","content":"b","reasoning_content":"A"}',
    ),
    (
        '{"role":"assistant","content":"b","reasoning_content":"A"}',
        Quirks(reasoning_history="reasoning"),
        '{"role":"assistant","content":"b","reasoning":"A"}',
    ),
    (
        '{"role":"assistant", "content":"b","reasoning":"A","reasoning_content":"A"}',
        NO_QUIRKS,
        '{"role":"assistant", "content":"b","reasoning":"A","reasoning_content":"A"}',
    ),
    (
        '{"role":"user","content":"b","reasoning":"A"}',
        Quirks(reasoning_history="reasoning_content"),
        '{"role":"user","content":"b","reasoning":"A"}',
    ),
    (
        '{"role":"assistant","content":"b","reasoning_details":[{"type":"reasoning.text"}]}',
        Quirks(unknown_members=STRICT),
        '{"role":"assistant","content":"b"}',
    ),
    (
        '{"role":"user","content":[{"type":"text","text":"","cache_control":{}},{"type":"text","text": ""}]}',
        Quirks(unknown_members=STRICT),
        '{"role":"user","content":[{"type":"text","text":""},{"type":"text","text": ""}]}',
    ),
    (
        '{"role":"user","content":[ {"type":"text","text":"b"} ]}',
        Quirks(unknown_members=STRICT),
        '{"role":"user","content":[ {"type":"text","text":"b"} ]}',
    ),
]


CLAUDE = '{"type":"reasoning.text","text":"h","signature":"s","format":"anthropic-claude-v1","index":0}'
OWN = '{"type":"reasoning.text","text":"h","format":"unknown","index":0}'
ROUTER = Quirks(reasoning_request="reasoning")
TURNS += [
    (
        '{"role":"assistant","message_items":[],"content":"b","provider_metadata":{},"content_parts":[]}',
        quirks,
        '{"role":"assistant","content":"b"}',
    )
    for quirks in (NO_QUIRKS, ROUTER, Quirks(system_role="system"))
]
TURNS += [
    (
        f'{{"role":"assistant","reasoning_details":[{CLAUDE}],"content":"b"}}',
        NO_QUIRKS,
        '{"role":"assistant","content":"b"}',
    ),
    (
        f'{{"role":"assistant","reasoning_details":[{CLAUDE}, {OWN}],"content":"b"}}',
        NO_QUIRKS,
        f'{{"role":"assistant","reasoning_details":[{OWN}],"content":"b"}}',
    ),
    (
        f'{{"role":"assistant","reasoning_details":[ {CLAUDE}],"content":"b"}}',
        ROUTER,
        f'{{"role":"assistant","reasoning_details":[ {CLAUDE}],"content":"b"}}',
    ),
    (
        f'{{"role":"assistant","reasoning_details":[ {OWN}],"content":"b"}}',
        NO_QUIRKS,
        f'{{"role":"assistant","reasoning_details":[ {OWN}],"content":"b"}}',
    ),
]


@pytest.mark.parametrize(("given", "quirks", "expected"), TURNS)
def test_turns_change_only_where_they_must(given: str, quirks: Quirks, expected: str) -> None:
    text = f'{{"model":"acme/m-1","messages":[{given}]}}'

    body = encoded(parse(text.encode()), quirks).body.decode()

    assert body == f'{{"model":"m-1","messages":[{expected}]}}'


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.text(max_size=3).map("x-{}-of-a-vendor".format), _values, max_size=4),
    st.dictionaries(st.text(max_size=3).map("x-{}-of-a-vendor".format), _values, max_size=4),
)
def test_what_no_quirk_names_goes_out_as_it_came_in(top: dict[str, Any], turn: dict[str, Any]) -> None:
    members = {"model": "m-1", **top, "messages": [{"role": "assistant", "content": "x", **turn}]}
    quirks = Quirks(
        system_role="system", reasoning_history="reasoning", unknown_members=("x",), dropped=("y",)
    )

    request = encoded(parse(json.dumps(members).encode()), quirks)

    expected = {name: value for name, value in members.items() if value is not None}
    assert json.loads(request.body) == expected
    assert list(json.loads(request.body)) == list(expected)
    assert request.dropped == ()
