"""Reasoning: efforts and budgets in each model's form, and thoughts that go back as they came."""

from typing import Any

import msgspec
import pytest

from service.dialects.anthropic.claude import abilities, version_of
from service.types.chat_request import ChatRequest
from service.types.routing_options import Reasoning
from tests.asking import chat
from tests.dialects.anthropic_asking import NEW, NEWEST, OLD, body, endpoint, sent

BOTH, OLDEST, BOUND = "claude-opus-4-6", "claude-3-5-haiku-20241022", "claude-fable-5"
CAP = 10_000
FORMAT = "anthropic-claude-v1"
HI = {"role": "user", "content": "Hi"}
WEATHER = {"type": "function", "function": {"name": "weather"}}


def thinking(reasoning: dict[str, Any], **members: Any) -> ChatRequest:
    """A request with a `reasoning` object."""
    request = chat(**{"max_tokens": CAP, **members})
    return msgspec.structs.replace(request, reasoning=Reasoning(**reasoning))


def enabled(budget: int) -> dict[str, Any]:
    return {"type": "enabled", "budget_tokens": budget}


ADAPTIVE = {"type": "adaptive"}
SHOWN = {"type": "adaptive", "display": "summarized"}
OFF = {"type": "disabled"}


@pytest.mark.parametrize(
    ("model", "wish", "config", "effort"),
    [
        (NEW, {"effort": "minimal"}, enabled(1024), None),
        (NEW, {"effort": "low"}, enabled(2000), None),
        (NEW, {"effort": "medium"}, enabled(5000), None),
        (NEW, {}, enabled(5000), None),
        (NEW, {"effort": "high"}, enabled(8000), None),
        (NEW, {"effort": "max"}, enabled(9500), None),
        (NEW, {"max_tokens": 3000}, enabled(3000), None),
        (NEW, {"effort": "none"}, OFF, None),
        (NEW, {"enabled": False}, OFF, None),
        (OLD, {"effort": "high"}, enabled(8000), None),
        (OLDEST, {"effort": "none"}, None, None),
        (BOTH, {"effort": "low"}, ADAPTIVE, "low"),
        (BOTH, {"max_tokens": 3000}, enabled(3000), None),
        (NEWEST, {"effort": "xhigh"}, SHOWN, "xhigh"),
        (NEWEST, {"max_tokens": 8100}, SHOWN, "high"),
        (NEWEST, {"effort": "none"}, OFF, None),
        ("claude-sonnet-5-5", {"effort": "none"}, {"type": "between_tools"}, None),
    ],
)
def test_each_model_in_its_form(model: str, wish: dict[str, Any], config: Any, effort: str | None) -> None:
    built, dropped = sent(thinking(wish), model)

    assert built.get("thinking") == config
    assert built.get("output_config", {}).get("effort") == effort
    assert dropped == {}


def test_the_plain_effort() -> None:
    assert body(reasoning_effort="high", max_tokens=CAP)["thinking"] == enabled(8000)
    assert "thinking" not in body(reasoning_effort="default")


@pytest.mark.parametrize(
    ("model", "wish", "members", "config", "named"),
    [
        (OLDEST, {"effort": "high"}, {}, None, ["reasoning"]),
        (BOUND, {"effort": "none"}, {}, None, ["reasoning"]),
        (NEW, {"effort": "high"}, {"max_tokens": 1024}, None, ["reasoning"]),
        (NEW, {"max_tokens": 500}, {}, enabled(1024), ["reasoning.max_tokens"]),
        (NEW, {"max_tokens": CAP}, {}, enabled(9500), ["reasoning.max_tokens"]),
        (NEW, {"max_tokens": 20_000}, {}, enabled(9500), ["reasoning.max_tokens"]),
        (NEW, {"effort": "high"}, {"tools": [WEATHER], "tool_choice": "required"}, None, ["reasoning"]),
        (NEWEST, {"effort": "high"}, {"tools": [WEATHER], "tool_choice": "required"}, SHOWN, []),
        (
            NEW,
            {"effort": "high"},
            {"messages": [HI, {"role": "assistant", "content": "So"}]},
            None,
            ["reasoning"],
        ),
        (NEW, {"effort": "high"}, {"temperature": 0.5, "top_k": 3}, enabled(8000), ["temperature", "top_k"]),
        (NEW, {"effort": "high"}, {"top_p": 0.5}, enabled(8000), ["top_p"]),
        (NEW, {"effort": "high"}, {"top_p": 0.96}, enabled(8000), []),
        (NEW, {"effort": "high"}, {"temperature": 1}, enabled(8000), []),
        (NEW, {"effort": "none"}, {"temperature": 0.5}, OFF, []),
        (BOTH, {"effort": "xhigh"}, {}, ADAPTIVE, ["reasoning.effort"]),
        (NEWEST, {"effort": "minimal"}, {}, SHOWN, ["reasoning.effort"]),
        ("claude-opus-5-5", {"effort": "none"}, {}, None, ["reasoning"]),
        (OLD, {"effort": "high"}, {"response_format": {"type": "json_object"}}, None, ["reasoning"]),
        (BOTH, {"effort": "high"}, {"response_format": {"type": "json_object"}}, ADAPTIVE, []),
        (
            OLD,
            {"effort": "low"},
            {"response_format": {"type": "json_object"}, "thinking": enabled(2048)},
            None,
            ["thinking"],
        ),
    ],
)
def test_what_does_not_go_together_is_named(
    model: str, wish: dict[str, Any], members: dict[str, Any], config: Any, named: list[str]
) -> None:
    built, dropped = sent(thinking(wish, **members), model)

    assert built.get("thinking") == config
    assert list(dropped) == named


def test_a_model_that_always_thinks_gets_its_lowest_effort() -> None:
    built, _ = sent(thinking({"effort": "none"}), BOUND)

    assert built["output_config"] == {"effort": "low"}


def test_anthropics_own_words_count() -> None:
    own = {"type": "enabled", "budget_tokens": 2048, "display": "omitted"}
    built = body(thinking=own, reasoning_effort="high", output_config={"effort": "low"})

    assert built["thinking"] == own
    assert built["output_config"] == {"effort": "low"}


@pytest.mark.parametrize(
    ("facts", "config", "effort"),
    [
        ({}, enabled(5000), None),
        ({"reasoning": True, "efforts": ("low", "high")}, ADAPTIVE, "low"),
        ({"budget": (1024, None)}, enabled(5000), None),
    ],
)
def test_other_makers_models_go_by_the_catalog(facts: Any, config: Any, effort: str | None) -> None:
    built, _ = sent(thinking({"effort": "medium"}), "minimax-m2", **facts)

    assert built["thinking"] == config
    assert built.get("output_config", {}).get("effort") == effort


SIGNED = {
    "type": "reasoning.text",
    "text": "Hm.",
    "signature": "c2ln",
    "format": FORMAT,
    "index": 0,
}
HIDDEN = {"type": "reasoning.encrypted", "data": "ZGF0YQ", "format": FORMAT, "index": 1}
BETWEEN = {**SIGNED, "text": "So.", "index": 3, "position": {"content": 5}}
FOREIGN = {"type": "reasoning.text", "text": "Other.", "signature": "x", "format": "unknown", "index": 2}
UNSIGNED = {"type": "reasoning.text", "text": "Cut", "format": FORMAT, "index": 2}
PIECES = [
    {"type": "reasoning.text", "text": "H", "format": FORMAT, "index": 0},
    {"type": "reasoning.text", "text": "m.", "index": 0},
    {"type": "reasoning.text", "signature": "c2ln", "index": 0},
]
MADE = {"type": "reasoning.server_tool_call", "format": FORMAT, "index": 0}
SEARCHED = {
    **MADE,
    "index": 1,
    "tool_call_id": "s",
    "tool_name": "web_search",
    "arguments": '{"half',
    "result": "[]",
    "block": {"type": "server_tool_use"},
    "result_block": {"type": "web_search_tool_result", "index": "a", "position": 5},
}
CALL = {"id": "toolu_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
RESULT = {"role": "tool", "tool_call_id": "toolu_1", "content": "18"}


@pytest.mark.parametrize(
    ("details", "blocks"),
    [
        ([SIGNED], [THOUGHT, {"type": "text", "text": "Hello there"}, USE]),
        (
            [SIGNED, HIDDEN, FOREIGN, UNSIGNED, BETWEEN],
            [
                THOUGHT,
                {"type": "redacted_thinking", "data": "ZGF0YQ"},
                {"type": "text", "text": "Hello"},
                {"type": "thinking", "thinking": "So.", "signature": "c2ln"},
                {"type": "text", "text": " there"},
                USE,
            ],
        ),
        ([FOREIGN], [{"type": "text", "text": "Hello there"}, USE]),
        (PIECES, [THOUGHT, {"type": "text", "text": "Hello there"}, USE]),
        ([{**SIGNED, "format": FORMAT * 3}], [THOUGHT, {"type": "text", "text": "Hello there"}, USE]),
        (
            [SIGNED, {**SIGNED, "text": "So."}],
            [THOUGHT, {**THOUGHT, "thinking": "So."}, {"type": "text", "text": "Hello there"}, USE],
        ),
        (
            [SIGNED, SEARCHED],
            [
                THOUGHT,
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
                {"type": "text", "text": "Hello there"},
                USE,
            ],
        ),
        ([*PIECES[:2], {**FOREIGN, "index": 0}], [{"type": "text", "text": "Hello there"}, USE]),
        (
            [
                {**MADE, "result": '{"text": "x"}'},
                {**MADE, "result": '{"type": "tool_use"}'},
                {**MADE, "block": {"id": 1}},
                {**MADE, "result_block": {"type": 1, "index": "a"}},
            ],
            [{"type": "text", "text": "Hello there"}, USE],
        ),
    ],
)
def test_thoughts_go_back_over_tool_calls(details: Any, blocks: Any) -> None:
    turn = {
        "role": "assistant",
        "content": "Hello there",
        "reasoning": "Hm.",
        "tool_calls": [CALL],
        "reasoning_details": details,
    }
    built = body(messages=[HI, turn, RESULT], tools=[WEATHER])

    assert built["messages"][1]["content"] == blocks


def test_a_cache_marker_stays_on_the_text() -> None:
    marker = {"type": "ephemeral"}
    content = [{"type": "text", "text": "Hello there", "cache_control": marker}]
    turn = {"role": "assistant", "content": content, "reasoning_details": [SIGNED], "tool_calls": [CALL]}
    blocks = body(messages=[HI, turn, RESULT], tools=[WEATHER])["messages"][1]["content"]

    assert [block.get("cache_control") for block in blocks] == [None, marker, None]


@pytest.mark.parametrize(("details", "thinks"), [([SIGNED], True), (None, False)])
def test_a_turn_without_its_thoughts_is_not_thought_on(details: Any, thinks: bool) -> None:
    turn = {"role": "assistant", "tool_calls": [CALL], "reasoning_details": details}
    built, dropped = sent(thinking({"effort": "high"}, messages=[HI, turn, RESULT], tools=[WEATHER]))

    assert ("thinking" in built, "reasoning" in dropped) == (thinks, not thinks)


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("claude-3-7-sonnet-20250219", ("sonnet", (3, 7))),
        ("claude-3-opus-20240229", ("opus", (3, 0))),
        ("claude-opus-4-20250514", ("opus", (4, 0))),
        ("claude-sonnet-4-5@20250929", ("sonnet", (4, 5))),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", ("opus", (4, 1))),
        ("anthropic/claude-opus-4.8", ("opus", (4, 8))),
        ("claude-sonnet-5@default", ("sonnet", (5, 0))),
        ("claude-mythos-preview", ("mythos", (5, 0))),
        ("kimi-k2", None),
    ],
)
def test_versions_are_read_from_names(model: str, version: Any) -> None:
    assert version_of(model) == version


def test_the_catalog_counts_before_the_name() -> None:
    known = abilities(endpoint(NEW, reasoning=False, structured_outputs=False, temperature=False))

    assert (known.thinking, known.structured_outputs, known.sampling) == ("none", False, False)
