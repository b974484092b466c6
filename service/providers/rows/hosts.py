"""Rows of those who serve other makers' open models, and of routers to them."""

from service.providers.rows.row import Row
from service.types.quirks import Quirks

_GROQ = Quirks(
    # It refuses names, and whatever it does not know: other vendors' thoughts and cache hints.
    unknown_members=("name", "reasoning_content", "reasoning_details", "cache_control"),
    dropped=("logit_bias",),
    refused=("n", "logprobs"),
)
_CEREBRAS_400 = (
    "https://github.com/QwenLM/qwen-code/issues/11045",
    "https://github.com/Kilo-Org/kilocode/issues/10375",
)
_SAMBANOVA_DOCS = "https://docs.sambanova.ai/docs/api-reference/chat-completions/create-chat-based-completion"
_OLLAMA_DOCS = "https://docs.ollama.com/api/openai-compatibility"

OLLAMA_QUIRKS = Quirks(
    max_tokens_field="max_tokens", reasoning_history="reasoning", dropped=("logit_bias",), refused=("n",)
)
OLLAMA_SOURCES = {
    "max_tokens_field": (_OLLAMA_DOCS,),
    "reasoning_history": ("recorded: chat.ollama",),
    "dropped": (_OLLAMA_DOCS,),
    "refused": (_OLLAMA_DOCS,),
}

HOSTS = (
    Row(
        name="groq",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        docs="https://console.groq.com/docs/openai",
        key_variables=("GROQ_API_KEY",),
        quirks=_GROQ,
        model_quirks=(
            (
                r"openai/gpt-oss-.*",
                Quirks(
                    efforts=("low", "medium", "high"),
                    unknown_members=_GROQ.unknown_members,
                    dropped=_GROQ.dropped,
                    refused=_GROQ.refused,
                ),
            ),
        ),
        sources={
            "efforts": ("https://console.groq.com/docs/reasoning",),
            "unknown_members": (
                "https://console.groq.com/docs/openai",
                "https://github.com/janhq/jan/issues/8136",
            ),
            "dropped": ("https://console.groq.com/docs/openai",),
            "refused": ("https://console.groq.com/docs/openai",),
        },
    ),
    Row(
        name="cerebras",
        title="Cerebras",
        base_url="https://api.cerebras.ai/v1",
        docs="https://inference-docs.cerebras.ai/resources/openai",
        key_variables=("CEREBRAS_API_KEY",),
        quirks=Quirks(
            system_role="system",
            reasoning_history="reasoning",
            unknown_members=("reasoning_details", "cache_control"),
        ),
        sources={
            "system_role": ("https://inference-docs.cerebras.ai/resources/openai",),
            "reasoning_history": _CEREBRAS_400,
            "unknown_members": _CEREBRAS_400,
        },
    ),
    Row(
        name="fireworks",
        title="Fireworks",
        base_url="https://api.fireworks.ai/inference/v1",
        docs="https://fireworks.ai/docs/",
        key_variables=("FIREWORKS_API_KEY",),
        aliases=("fireworks-ai",),
    ),
    Row(
        name="together",
        title="Together",
        base_url="https://api.together.xyz/v1",
        docs="https://docs.together.ai/docs/serverless-models",
        key_variables=("TOGETHER_API_KEY",),
        aliases=("togetherai", "together-ai"),
        model_quirks=((r"openai/gpt-oss-.*", Quirks(efforts=("low", "medium", "high"))),),
        sources={"efforts": ("https://docs.together.ai/docs/inference/chat/reasoning",)},
    ),
    Row(
        name="deepinfra",
        title="DeepInfra",
        base_url="https://api.deepinfra.com/v1/openai",
        docs="https://deepinfra.com/models",
        key_variables=("DEEPINFRA_API_KEY",),
        aliases=("deep-infra",),
    ),
    Row(
        name="sambanova",
        title="SambaNova",
        base_url="https://api.sambanova.ai/v1",
        docs=_SAMBANOVA_DOCS,
        key_variables=("SAMBANOVA_API_KEY",),
        aliases=("sambanova-cloud",),
        # It takes the penalty, and does nothing with it.
        quirks=Quirks(system_role="system", dropped=("presence_penalty",)),
        sources=dict.fromkeys(("system_role", "dropped"), (_SAMBANOVA_DOCS,)),
    ),
    Row(
        name="novita",
        title="NovitaAI",
        base_url="https://api.novita.ai/openai",
        docs="https://novita.ai/docs/guides/introduction",
        key_variables=("NOVITA_API_KEY",),
        aliases=("novita-ai",),
    ),
    Row(
        name="siliconflow",
        title="SiliconFlow",
        base_url="https://api.siliconflow.com/v1",
        docs="https://cloud.siliconflow.com/models",
        key_variables=("SILICONFLOW_API_KEY",),
        quirks=Quirks(max_tokens_field="max_tokens", reasoning_request="enable_thinking"),
        sources=dict.fromkeys(
            ("max_tokens_field", "reasoning_request"),
            ("https://docs.siliconflow.cn/docs/api/chat-completions-post",),
        ),
    ),
    Row(
        name="baseten",
        title="Baseten",
        base_url="https://inference.baseten.co/v1",
        docs="https://docs.baseten.co/inference/model-apis/overview",
        key_variables=("BASETEN_API_KEY",),
        quirks=Quirks(reasoning_request="none"),
        model_quirks=((r"openai/gpt-oss-.*", Quirks(efforts=("low", "medium", "high"))),),
        sources=dict.fromkeys(
            ("reasoning_request", "efforts"), ("https://docs.baseten.co/development/model-apis/reasoning",)
        ),
    ),
    Row(
        name="friendli",
        title="Friendli",
        base_url="https://api.friendli.ai/serverless/v1",
        docs="https://friendli.ai/docs/guides/serverless_endpoints/introduction",
        key_variables=("FRIENDLI_TOKEN",),
        aliases=("friendliai",),
    ),
    Row(
        name="chutes",
        title="Chutes",
        base_url="https://llm.chutes.ai/v1",
        docs="https://llm.chutes.ai/v1/models",
        key_variables=("CHUTES_API_KEY",),
    ),
    Row(
        name="ollama-cloud",
        title="Ollama Cloud",
        base_url="https://ollama.com/v1",
        docs="https://docs.ollama.com/cloud",
        key_variables=("OLLAMA_API_KEY",),
        quirks=OLLAMA_QUIRKS,
        sources=OLLAMA_SOURCES,
    ),
    Row(
        name="atoma",
        title="Atoma",
        base_url="https://api.atoma.network/v1",
        docs="https://github.com/atoma-network/atoma-proxy/blob/main/docs/openapi.yml",
        key_variables=("ATOMA_API_KEY",),
        aliases=("atoma-network",),
        quirks=Quirks(system_role="system"),
        sources={
            "system_role": ("https://github.com/atoma-network/atoma-proxy/blob/main/docs/openapi.yml",),
        },
    ),
    Row(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        docs="https://openrouter.ai/docs/api-reference/overview",
        key_variables=("OPENROUTER_API_KEY",),
        aliases=("open-router",),
        quirks=Quirks(reasoning_request="reasoning"),
        sources={"reasoning_request": ("recorded: chat.openrouter",)},
    ),
    Row(
        name="huggingface",
        title="Hugging Face",
        base_url="https://router.huggingface.co/v1",
        docs="https://huggingface.co/docs/inference-providers",
        key_variables=("HF_TOKEN",),
        aliases=("hugging-face-router", "hf"),
    ),
)
