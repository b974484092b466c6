"""From the ids of vendors to models: what is the same, and above all what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.catalog.build.canonical import Name, Naming, named
from service.catalog.build.synonyms import SYNONYMS
from service.catalog.names import id_key, key

SAME = {
    "anthropic/claude-sonnet-4.5": (
        ("anthropic", "claude-sonnet-4-5"),
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("amazon-bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("amazon-bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("google-vertex", "claude-sonnet-4-5@20250929"),
        ("openrouter", "anthropic/claude-sonnet-4.5"),
        ("databricks", "databricks-claude-sonnet-4-5"),
    ),
    "anthropic/claude-opus-4": (
        ("anthropic", "claude-opus-4-0"),
        ("google-vertex", "claude-opus-4@20250514"),
    ),
    "anthropic/claude-opus-4.6": (
        ("google-vertex", "claude-opus-4-6@default"),
        ("amazon-bedrock", "global.anthropic.claude-opus-4-6-v1"),
    ),
    "openai/gpt-oss-120b": (
        ("cerebras", "gpt-oss-120b"),
        ("fireworks", "accounts/fireworks/models/gpt-oss-120b"),
        ("amazon-bedrock", "openai.gpt-oss-120b-1:0"),
        ("google-vertex", "openai/gpt-oss-120b-maas"),
        ("cloudflare", "@cf/openai/gpt-oss-120b"),
        ("ollama-cloud", "gpt-oss:120b"),
        ("openrouter", "openai/gpt-oss-120b:free"),
    ),
    "openai/gpt-5.1": (
        ("azure", "gpt-5.1"),
        ("snowflake", "openai-gpt-5.1"),
        ("databricks", "databricks-gpt-5-1"),
    ),
    "meta-llama/llama-3.3-70b-instruct": (
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        ("groq", "llama-3.3-70b-versatile"),
        ("cloudflare", "@cf/meta/llama-3.3-70b-instruct-fp8-fast"),
        ("ovhcloud", "meta-llama-3_3-70b-instruct"),
        ("amazon-bedrock", "meta.llama3-3-70b-instruct-v1:0"),
    ),
    "meta-llama/llama-4-scout": (
        ("groq", "meta-llama/llama-4-scout-17b-16e-instruct"),
        ("amazon-bedrock", "us.meta.llama4-scout-17b-instruct-v1:0"),
    ),
    "z-ai/glm-5.2": (
        ("fireworks", "accounts/fireworks/models/glm-5p2"),
        ("fireworks", "accounts/fireworks/routers/glm-5p2-fast"),
        ("chutes", "zai-org/GLM-5.2-TEE"),
        ("z-ai", "glm-5.2"),
    ),
    "deepseek/deepseek-v3.2": (
        ("amazon-bedrock", "deepseek.v3.2"),
        ("siliconflow", "deepseek-ai/DeepSeek-V3.2"),
        ("google-vertex", "deepseek-ai/deepseek-v3.2-maas"),
    ),
    "qwen/qwen3-235b-a22b-instruct-2507": (
        ("openrouter", "qwen/qwen3-235b-a22b-2507"),
        ("amazon-bedrock", "qwen.qwen3-235b-a22b-2507-v1:0"),
        ("together", "Qwen/Qwen3-235B-A22B-Instruct-2507-tput"),
    ),
    "moonshotai/kimi-k2": (
        ("moonshotai", "kimi-k2-0711-preview"),
        ("huggingface", "moonshotai/Kimi-K2-Instruct"),
    ),
}

DIFFERENT = (
    ("gpt-4o", "gpt-4o-mini", "gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "gpt-4o-search-preview"),
    (
        "gpt-5",
        "gpt-5-mini",
        "gpt-5-nano",
        "gpt-5-pro",
        "gpt-5-codex",
        "gpt-5-chat",
        "gpt-5.1",
        "gpt-5.1-codex",
    ),
    ("gpt-5.1-codex", "gpt-5.1-codex-max", "gpt-5.1-codex-mini"),
    ("o3", "o3-mini", "o3-pro", "o3-deep-research"),
    ("claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022", "claude-3-7-sonnet", "claude-sonnet-4"),
    ("claude-opus-4-1", "claude-opus-4-0", "claude-opus-4-5", "claude-opus-4-7-fast"),
    ("deepseek-r1", "deepseek-r1-0528", "deepseek-r1-distill-qwen-32b", "deepseek-r1-distill-llama-70b"),
    ("deepseek-v3", "deepseek-v3-0324", "deepseek-v3.1", "deepseek-v3.1-terminus", "deepseek-v3.2-exp"),
    ("qwen3-235b-a22b", "qwen3-235b-a22b-instruct-2507", "qwen3-235b-a22b-thinking-2507", "qwen3-32b"),
    ("qwen3-next-80b-a3b-instruct", "qwen3-next-80b-a3b-thinking", "qwen3-vl-30b-a3b", "qwen3-30b-a3b"),
    ("llama-3.1-8b-instruct", "llama-3.1-70b-instruct", "llama-3.3-70b-instruct", "llama-3-70b-instruct"),
    ("kimi-k2", "kimi-k2-0905", "kimi-k2-thinking", "kimi-k2-thinking-turbo", "kimi-k2.5"),
    ("minimax-m2.5", "minimax-m2.5-highspeed", "minimax-m2.7"),
    ("gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-flash-image", "gemini-2.5-pro"),
    ("mistral-large-2411", "mistral-large-2512", "mistral-large-latest", "mistral-small-2506"),
    ("grok-4.20-reasoning", "grok-4.20-non-reasoning", "grok-4.20-multi-agent"),
    ("command-r", "command-r-08-2024", "command-r-plus", "command-r-plus-08-2024", "command-r7b-12-2024"),
    ("gemma-3-4b-it", "gemma-3-12b-it", "gemma-3n-e4b-it", "gemma-4-31b-it"),
)


def naming(names: list[Name]) -> Naming:
    return Naming(names, [])


@pytest.mark.parametrize("model", SAME)
def test_the_same_model_at_several_vendors(model: str) -> None:
    names = [named(provider, model_id) for provider, model_id in SAME[model]]
    found = naming([Name(*model.split("/", 1)), *names])

    assert {found.canonical(name) for name in names} == {model}


@pytest.mark.parametrize("ids", DIFFERENT)
def test_different_models_stay_apart(ids: tuple[str, ...]) -> None:
    for provider in ("openrouter", "together", "novita", "azure", "nebius", "some-host"):
        names = [named(provider, model_id) for model_id in ids]
        found = naming(names)

        assert len({id_key(found.canonical(name)) for name in names}) == len(ids), provider


def test_a_date_is_folded_only_where_it_is_the_only_one() -> None:
    dates = [Name("openai", name) for name in ("gpt-4o", "gpt-4o-2024-05-13", "gpt-4o-2024-08-06")]
    once = [Name("openai", name) for name in ("o3", "o3-2025-04-16")]
    found = naming(dates + once)

    assert [found.canonical(name) for name in dates] == [str(name) for name in dates]
    assert [found.canonical(name) for name in once] == ["openai/o3", "openai/o3"]
    assert found.aliases == {"openai/o3-2025-04-16": "openai/o3"}


def test_other_authors_dates_are_kept() -> None:
    found = naming([Name("qwen", "qwen-plus"), Name("qwen", "qwen-plus-2025-07-28")])

    assert found.canonical(Name("qwen", "qwen-plus-2025-07-28")) == "qwen/qwen-plus-2025-07-28"


def test_a_synonym_leads_to_a_model_and_no_further() -> None:
    found = naming([Name(*name.split("/", 1)) for name in SYNONYMS])

    for name, model in SYNONYMS.items():
        assert found.canonical(Name(*name.split("/", 1))) == model


@given(st.from_regex(r"[a-z]{2,8}(-[0-9]{1,3}(\.[0-9])?[a-z]?){1,3}", fullmatch=True))
def test_spelling_does_not_count(name: str) -> None:
    assert key(name) == key(name.upper()) == key(name.replace(".", "-")) == key(name.replace("-", "_"))


@given(st.integers(0, 999), st.integers(0, 999))
def test_numbers_count(one: int, other: int) -> None:
    assert (key(f"model-{one}b") == key(f"model-{other}b")) == (one == other)
    assert (key(f"model-{one}.{other}") == key(f"model-{one}{other}")) is False
