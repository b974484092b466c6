"""Thinking and sampling, as each family behind Converse takes them."""

from typing import Any

import pytest

from tests.asking import chat
from tests.dialects.converse import (
    BEDROCK,
    CLAUDE,
    CLAUDE_46,
    LLAMA,
    NOVA,
    NOVA_2,
    OLD_CLAUDE,
    OSS,
    R1,
    SPEC,
    TOOL,
    USED,
    endpoint_of,
    members_sent,
)

CLAUDE_37 = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
CLAUDE_48 = "global.anthropic.claude-opus-4-8"


def thinking(budget: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


# Name, model, members of the request, members of the body besides its messages, parameters left out.
PAIRS: list[tuple[str, str, dict[str, Any], dict[str, Any], set[str]]] = [
    (
        "of two samplers Claude takes one",
        CLAUDE,
        {"temperature": 0.5, "top_p": 0.5},
        {"inferenceConfig": {"temperature": 0.5}},
        {"top_p"},
    ),
    ("samplers that the newest Claude has no more", CLAUDE_48, {"temperature": 0.5}, {}, {"temperature"}),
    (
        "a temperature beyond Claude's range, whose default is 1",
        CLAUDE,
        {"temperature": 1.5},
        {},
        {"temperature"},
    ),
    (
        "a temperature beyond the range",
        NOVA,
        {"temperature": 1.5},
        {"inferenceConfig": {"temperature": 1}},
        {"temperature"},
    ),
    ("top_k of Claude", CLAUDE, {"top_k": 20}, {"additionalModelRequestFields": {"top_k": 20}}, set()),
    (
        "top_k of Nova",
        NOVA,
        {"top_k": 20},
        {"additionalModelRequestFields": {"inferenceConfig": {"topK": 20}}},
        set(),
    ),
    ("top_k of others", LLAMA, {"top_k": 20}, {}, {"top_k"}),
    ("top_k of 0 is none", CLAUDE, {"top_k": 0}, {}, set()),
    (
        "effort as a share of the cap",
        CLAUDE,
        {"reasoning_effort": "medium", "max_tokens": 10_000},
        {"inferenceConfig": {"maxTokens": 10_000}, "additionalModelRequestFields": thinking(5000)},
        set(),
    ),
    (
        "a budget",
        CLAUDE_37,
        {"reasoning": {"max_tokens": 2000}},
        {"additionalModelRequestFields": thinking(2000)},
        set(),
    ),
    (
        "a budget below Anthropic's smallest",
        CLAUDE_37,
        {"reasoning": {"max_tokens": 5}},
        {"additionalModelRequestFields": thinking(1024)},
        {"reasoning.max_tokens"},
    ),
    (
        "a budget larger than the cap",
        CLAUDE_37,
        {"reasoning": {"max_tokens": 5000}, "max_tokens": 3000},
        {"inferenceConfig": {"maxTokens": 3000}, "additionalModelRequestFields": thinking(2850)},
        {"reasoning.max_tokens"},
    ),
    (
        "a cap without room for thoughts",
        CLAUDE_37,
        {"reasoning_effort": "high", "max_tokens": 1024},
        {"inferenceConfig": {"maxTokens": 1024}},
        {"reasoning_effort"},
    ),
    (
        "thinking off",
        CLAUDE_37,
        {"reasoning_effort": "none"},
        {"additionalModelRequestFields": {"thinking": {"type": "disabled"}}},
        set(),
    ),
    (
        "shares of an answer without limit",
        CLAUDE_37,
        {"reasoning_effort": "low"},
        {"additionalModelRequestFields": thinking(6553)},
        set(),
    ),
    (
        "thoughts after calls that came without theirs",
        CLAUDE_37,
        {"reasoning_effort": "low", "messages": USED, "tools": [TOOL]},
        {"toolConfig": {"tools": [SPEC]}},
        {"reasoning_effort"},
    ),
    (
        "sampling beside thoughts",
        CLAUDE_37,
        {"reasoning": {"max_tokens": 2000}, "temperature": 0.5, "top_p": 0.97, "top_k": 3},
        {"inferenceConfig": {"topP": 0.97}, "additionalModelRequestFields": thinking(2000)},
        {"temperature", "top_k"},
    ),
    (
        "a forced tool beside thoughts",
        CLAUDE_37,
        {"reasoning_effort": "high", "tools": [TOOL], "tool_choice": "required"},
        {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
        {"reasoning_effort"},
    ),
    *(
        (
            f"a forced tool beside adaptive thoughts of {model}",
            model,
            {**wish, "tools": [TOOL], "tool_choice": "required"},
            {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
            dropped,
        )
        for model, wish, dropped in (
            (CLAUDE_46, {"reasoning_effort": "high"}, {"reasoning_effort"}),
            (CLAUDE_48, {"reasoning": {"effort": "low"}}, {"reasoning"}),
            (CLAUDE_48, {"thinking": {"type": "adaptive"}}, {"thinking"}),
        )
    ),
    (
        "an effort that the model does not know",
        CLAUDE_46,
        {"reasoning_effort": "minimal"},
        {
            "additionalModelRequestFields": {
                "thinking": {"type": "adaptive"},
                "output_config": {"effort": "low"},
            }
        },
        {"reasoning_effort"},
    ),
    (
        "adaptive thinking",
        CLAUDE_46,
        {"reasoning_effort": "high"},
        {
            "additionalModelRequestFields": {
                "thinking": {"type": "adaptive"},
                "output_config": {"effort": "high"},
            }
        },
        set(),
    ),
    (
        "adaptive thinking whose thoughts must be asked for",
        CLAUDE_48,
        {"reasoning": {"effort": "xhigh"}},
        {
            "additionalModelRequestFields": {
                "thinking": {"type": "adaptive", "display": "summarized"},
                "output_config": {"effort": "xhigh"},
            }
        },
        set(),
    ),
    ("thinking asked of a model without", OLD_CLAUDE, {"reasoning_effort": "low"}, {}, {"reasoning_effort"}),
    (
        "Nova 2",
        NOVA_2,
        {"reasoning": {}},
        {
            "additionalModelRequestFields": {
                "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}
            }
        },
        set(),
    ),
    (
        "Nova 2 at high effort takes no samplers",
        NOVA_2,
        {"reasoning_effort": "xhigh", "temperature": 0.2},
        {
            "additionalModelRequestFields": {
                "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}
            }
        },
        {"temperature", "reasoning_effort"},
    ),
    (
        "Nova 2 at high effort takes no cap",
        NOVA_2,
        {"reasoning_effort": "high", "max_tokens": 5000},
        {
            "inferenceConfig": {"maxTokens": 5000},
            "additionalModelRequestFields": {
                "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}
            },
        },
        {"reasoning_effort"},
    ),
    *(
        (f"{model} at {effort}", model, {"reasoning_effort": effort}, body, dropped)
        for model, effort, body, dropped in (
            (
                OSS,
                "minimal",
                {"additionalModelRequestFields": {"reasoning_effort": "low"}},
                {"reasoning_effort"},
            ),
            (OSS, "none", {}, {"reasoning_effort"}),
            (
                "deepseek.v3-v1:0",
                "low",
                {"additionalModelRequestFields": {"reasoning_effort": "high"}},
                {"reasoning_effort"},
            ),
            (
                "qwen.qwen3-32b-v1:0",
                "none",
                {"additionalModelRequestFields": {"reasoning_config": "none"}},
                set(),
            ),
            (
                "openai.gpt-5.6-sol",
                "low",
                {"additionalModelRequestFields": {"reasoning": {"effort": "low"}}},
                set(),
            ),
            (R1, "high", {}, {"reasoning_effort"}),
        )
    ),
    (
        "native thinking beats ours",
        CLAUDE_37,
        {"thinking": {"type": "enabled", "budget_tokens": 3000}, "reasoning_effort": "low"},
        {"additionalModelRequestFields": thinking(3000)},
        set(),
    ),
]


@pytest.mark.parametrize(
    ("model", "members", "body", "dropped"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS]
)
def test_members(model: str, members: dict[str, Any], body: dict[str, Any], dropped: set[str]) -> None:
    actual, lost = members_sent(model, members)

    assert actual == body
    assert lost == dropped


@pytest.mark.parametrize(("model", "members"), [row[1:3] for row in PAIRS], ids=[row[0] for row in PAIRS])
def test_what_can_be_sent_meets_no_obstacle(model: str, members: dict[str, Any]) -> None:
    assert not BEDROCK.obstacles(chat(**members), endpoint_of(model))
