"""ChatRequest to Converse: one pair a feature, each valid by botocore's service model."""

from typing import Any

import pytest

from service.dialects.urls import segment
from service.errors import InvalidRequest
from service.types.facts import Model
from tests.asking import chat
from tests.dialects.converse import (
    BEDROCK,
    CLAUDE,
    CLAUDE_46,
    FORM,
    LLAMA,
    NOVA,
    SCHEMA,
    encoded,
    endpoint_of,
    members_sent,
    native_form,
    read_schema,
    sent,
)

ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f"
# Name, model, members of the request, members of the body besides its messages, parameters left out.
PAIRS: list[tuple[str, str, dict[str, Any], dict[str, Any], set[str]]] = [
    ("nothing is invented", CLAUDE, {}, {}, set()),
    (
        "inference config",
        LLAMA,
        {"max_tokens": 9, "max_completion_tokens": 10, "temperature": 0, "top_p": 0.5, "stop": "x"},
        {"inferenceConfig": {"maxTokens": 10, "temperature": 0, "topP": 0.5, "stopSequences": ["x"]}},
        set(),
    ),
    (
        "several stops",
        NOVA,
        {"stop": ["a", "", "b"]},
        {"inferenceConfig": {"stopSequences": ["a", "b"]}},
        {"stop"},
    ),
    (
        "a blank stop",
        CLAUDE,
        {"stop": [" \n", "a"]},
        {"inferenceConfig": {"stopSequences": ["a"]}},
        {"stop"},
    ),
    ("a blank stop of others", NOVA, {"stop": "\n"}, {"inferenceConfig": {"stopSequences": ["\n"]}}, set()),
    (
        "knobs that Converse lacks",
        CLAUDE,
        {"seed": 1, "presence_penalty": 1, "min_p": 0.1, "x_unknown": 1, "user": "u", "store": True},
        {},
        {"seed", "presence_penalty", "min_p", "x_unknown"},
    ),
    ("service tier", CLAUDE, {"service_tier": "fast"}, {"serviceTier": {"type": "priority"}}, set()),
    (
        "a tier of one's own",
        CLAUDE,
        {"service_tier": "reserved"},
        {"serviceTier": {"type": "reserved"}},
        set(),
    ),
    (
        "a prediction is a hint",
        CLAUDE,
        {"prediction": {"type": "content", "content": "a"}},
        {},
        {"prediction"},
    ),
    ("service tier auto", CLAUDE, {"service_tier": "auto"}, {}, set()),
    ("a service tier of others", CLAUDE, {"service_tier": "scale"}, {}, {"service_tier"}),
    ("metadata", CLAUDE, {"metadata": {"team": "a b"}}, {"requestMetadata": {"team": "a b"}}, set()),
    ("metadata that Bedrock would refuse", CLAUDE, {"metadata": {"team": "a|b"}}, {}, set()),
    *(
        (f"native {name}", CLAUDE, {name: value}, {name: value}, set())
        for name, value in (
            (
                "guardrailConfig",
                {"guardrailIdentifier": "g1", "guardrailVersion": "DRAFT", "trace": "enabled"},
            ),
            ("promptVariables", {"genre": {"text": "pop"}}),
            ("additionalModelResponseFieldPaths", ["/stop_sequence"]),
            ("requestMetadata", {"a": "b"}),
            ("performanceConfig", {"latency": "optimized"}),
            ("serviceTier", {"type": "reserved"}),
            ("additionalModelRequestFields", {"anthropic_beta": ["x"]}),
        )
    ),
    (
        "Claude's own members",
        CLAUDE_46,
        {"output_config": {"effort": "low"}, "anthropic_beta": ["x"], "reasoning_effort": "high"},
        {
            "additionalModelRequestFields": {
                "output_config": {"effort": "low"},
                "anthropic_beta": ["x"],
                "thinking": {"type": "adaptive"},
            }
        },
        set(),
    ),
    ("Claude's own members at others", NOVA, {"anthropic_beta": ["x"]}, {}, {"anthropic_beta"}),
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


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", [CLAUDE, ARN])
def test_url_and_headers(model: str, *, stream: bool) -> None:
    request = encoded(model, stream=stream)

    end = "converse-stream" if stream else "converse"
    assert request.url == f"https://bedrock-runtime.us-east-1.amazonaws.com/model/{segment(model)}/{end}"
    assert "%3A" in request.url
    assert request.headers == {
        "accept": "application/vnd.amazon.eventstream" if stream else "application/json",
        "content-type": "application/json",
    }


def test_a_family_is_found_behind_an_arn_by_the_catalog() -> None:
    known = Model(id="anthropic/claude-sonnet-4.5")

    assert sent(ARN, facts={"model": known}, top_k=3)["additionalModelRequestFields"] == {"top_k": 3}
    assert read_schema(sent(ARN, response_format=FORM)["outputConfig"]) == native_form(SCHEMA)
    assert "toolChoice" in sent(ARN, facts={"structured_outputs": False}, response_format=FORM)["toolConfig"]


NATIVE_TYPES = [
    (CLAUDE, "thinking", [1]),
    (CLAUDE, "output_config", "x"),
    (CLAUDE, "additionalModelRequestFields", [1]),
]


@pytest.mark.parametrize(("model", "name", "value"), NATIVE_TYPES)
def test_native_members_of_another_type_are_told_by_name(model: str, name: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        encoded(model, **{name: value})

    assert caught.value.param == name
