"""Which providers of the sources are ours, by our slug."""

from typing import NamedTuple


class Origin(NamedTuple):
    """Where a provider's rows come from: ids of models.dev (merged, the first wins), and of genai-prices."""

    models_dev: tuple[str, ...]
    genai: str | None = None
    own_models: bool = False
    """Whether prices of models that models.dev does not know become rows: vendors of their own models."""
    elsewhere: str = "$^"
    """A pattern of ids that are served at another address, in another language than the provider's row."""


ORIGINS = {
    "alibaba": Origin(("alibaba",)),
    "amazon-bedrock": Origin(("amazon-bedrock",), "aws", own_models=True),
    "anthropic": Origin(("anthropic",), "anthropic", own_models=True),
    "azure": Origin(("azure",), "azure", elsewhere=r"claude-"),
    "baseten": Origin(("baseten",), "baseten"),
    "cerebras": Origin(("cerebras",), "cerebras"),
    "chutes": Origin(("chutes",)),
    "cloudflare": Origin(("cloudflare-workers-ai",), "cloudflare"),
    "cohere": Origin(("cohere",), "cohere", own_models=True),
    "databricks": Origin(("databricks",), "databricks"),
    "deepinfra": Origin(("deepinfra",)),
    "deepseek": Origin(("deepseek",), "deepseek", own_models=True),
    "fireworks": Origin(("fireworks-ai",), "fireworks"),
    "friendli": Origin(("friendli",)),
    "github-models": Origin(("github-models",)),
    "google-ai-studio": Origin(("google",), "google", own_models=True),
    "google-vertex": Origin(("google-vertex", "google-vertex-anthropic"), "google", own_models=True),
    "groq": Origin(("groq",), "groq", own_models=True),
    "huggingface": Origin(("huggingface",)),
    "inception": Origin(("inception",)),
    "lmstudio": Origin(("lmstudio",)),
    "minimax": Origin(("minimax",), "minimax", own_models=True),
    "mistral": Origin(("mistral",), "mistral", own_models=True),
    "moonshotai": Origin(("moonshotai",), "moonshotai", own_models=True),
    "nebius": Origin(("nebius",)),
    "novita": Origin(("novita-ai",), "novita"),
    "nvidia": Origin(("nvidia",)),
    "ollama-cloud": Origin(("ollama-cloud",)),
    "openai": Origin(("openai",), "openai", own_models=True),
    "openrouter": Origin(("openrouter",), "openrouter"),
    "ovhcloud": Origin(("ovhcloud",), "ovhcloud"),
    "perplexity": Origin(("perplexity",), "perplexity"),
    "scaleway": Origin(("scaleway",)),
    "siliconflow": Origin(("siliconflow",)),
    "snowflake": Origin(("snowflake-cortex",)),
    "stepfun": Origin(("stepfun",)),
    "together": Origin(("togetherai",), "together"),
    "upstage": Origin(("upstage",)),
    "xai": Origin(("xai",), "x-ai", own_models=True),
    "z-ai": Origin(("zai",), "zai", own_models=True),
}
"""Left out of models.dev: aggregators (vercel), zhipuai (zai's models, sold in China), and inference and
llama, for which there is no row in the registry. Left out of genai-prices: Hugging Face, whose router
chooses one of many backends, each at its own price."""

LOCAL = frozenset({"lmstudio"})
"""Providers on the operator's own machine, whose price of 0 is a price."""

SPELL = frozenset({"openrouter"})
"""Providers whose ids are models' names as the catalog spells them."""

HUBS = frozenset({"huggingface"})
"""Providers whose ids are those of repositories at Hugging Face."""
