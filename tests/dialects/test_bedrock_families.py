"""Model ids of Bedrock, as they occur, to what their families take."""

import pytest

from service.dialects.anthropic.claude import version_of
from service.dialects.bedrock.families import UNKNOWN, claude_of, family_of
from service.types.facts import Model
from tests.dialects.converse import endpoint_of

# Id, how it is asked to think (Claude by Anthropic's rules), whether it takes schemas, whether it is Claude.
IDS = [
    ("anthropic.claude-v2", None, False, True),
    ("anthropic.claude-instant-v1", None, False, True),
    ("us.anthropic.claude-3-opus-20240229-v1:0", None, False, True),
    ("anthropic.claude-3-5-haiku-20241022-v1:0", None, False, True),
    ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", None, False, True),
    ("us.anthropic.claude-sonnet-4-20250514-v1:0", None, False, True),
    ("us.anthropic.claude-opus-4-1-20250805-v1:0", None, False, True),
    ("global.anthropic.claude-haiku-4-5-20251001-v1:0", None, True, True),
    ("us.anthropic.claude-opus-4-5-20251101-v1:0", None, True, True),
    ("us.anthropic.claude-sonnet-4-6", None, True, True),
    ("anthropic.claude-opus-4-6-v1", None, True, True),
    ("anthropic.claude-opus-4-7", None, True, True),
    ("global.anthropic.claude-sonnet-5", None, True, True),
    ("anthropic.claude-fable-5", None, False, True),
    ("us.amazon.nova-micro-v1:0", None, False, False),
    ("us.amazon.nova-2-lite-v1:0", "nova", False, False),
    ("openai.gpt-oss-120b-1:0", "reasoning_effort", True, False),
    ("us.deepseek.r1-v1:0", None, False, False),
    ("deepseek.v3-v1:0", "reasoning_effort", True, False),
    ("qwen.qwen3-coder-30b-a3b-v1:0", None, True, False),
    ("qwen.qwen3-235b-a22b-2507-v1:0", "reasoning_config", True, False),
    ("zai.glm-4.7-flash", "reasoning_effort", True, False),
    ("moonshot.kimi-k2-thinking", None, True, False),
    ("minimax.minimax-m2", None, True, False),
    ("nvidia.nemotron-nano-12b-v2", None, True, False),
    ("mistral.mistral-large-3-675b-instruct", None, True, False),
    ("us.mistral.pixtral-large-2502-v1:0", None, False, False),
    ("us.meta.llama3-3-70b-instruct-v1:0", None, False, False),
    ("us.writer.palmyra-x4-v1:0", None, False, False),
    ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", None, False, False),
    ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-6", None, True, True),
]


@pytest.mark.parametrize(("model", "thinking", "schemas", "claude"), IDS)
def test_families(model: str, thinking: str | None, schemas: bool, claude: bool) -> None:
    family = family_of(endpoint_of(model))

    assert (family.thinking, family.schemas, family.claude) == (thinking, schemas, claude)


def test_an_unknown_model_is_left_to_the_service() -> None:
    assert family_of(endpoint_of("acme.nonesuch-v1:0")) == UNKNOWN
    assert UNKNOWN.schemas is None
    assert UNKNOWN.forces_tools is None


def test_a_claude_behind_an_arn_is_known_by_the_catalog() -> None:
    arn = endpoint_of(
        "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
        model=Model(id="anthropic/claude-opus-4.7"),
    )

    assert family_of(arn).claude
    assert version_of(claude_of(arn).model) == ("opus", (4, 7))
    assert claude_of(endpoint_of()) == endpoint_of()
