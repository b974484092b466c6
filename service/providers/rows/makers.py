"""Rows of those who made the models they serve."""

from msgspec.structs import replace

from service.providers.rows.openai_models import (
    OPENAI_MODEL_QUIRKS,
    OPENAI_MODEL_SOURCES,
    RESPONSES_ONLY,
    RESPONSES_ONLY_SOURCES,
)
from service.providers.rows.row import OPENROUTER_LISTING, Row
from service.types.quirks import Quirks

_FIXED_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_GROK = ("presence_penalty", "frequency_penalty", "stop")
_KIMI = Quirks(
    system_role="system",
    reasoning_request="none",
    reasoning_history="reasoning_content",
    dropped=_FIXED_SAMPLING,
    refused=("n",),
)
_EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")
_DEEPSEEK = Quirks(
    system_role="system",
    reasoning_request="thinking",
    efforts=_EFFORTS,
    reasoning_history="reasoning_content",
)
_GLM = Quirks(max_tokens_field="max_tokens", system_role="system", reasoning_request="thinking")
_STRICT_ROLES = "https://github.com/OpenCoworkAI/open-codesign/issues/183"

MAKERS = (
    Row(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        docs="https://platform.openai.com/docs/models",
        key_variables=("OPENAI_API_KEY",),
        by_model=((RESPONSES_ONLY, "openai-responses"),),
        model_quirks=OPENAI_MODEL_QUIRKS,
        sources={**OPENAI_MODEL_SOURCES, "by_model": RESPONSES_ONLY_SOURCES, "about": (OPENROUTER_LISTING,)},
        privacy_policy_url="https://openai.com/policies/privacy-policy/",
        terms_of_service_url="https://openai.com/policies/row-terms-of-use/",
        status_page_url="https://status.openai.com/",
        headquarters="US",
    ),
    Row(
        name="anthropic",
        title="Anthropic",
        dialect="anthropic",
        base_url="https://api.anthropic.com",
        docs="https://docs.anthropic.com/en/docs/about-claude/models",
        key_variables=("ANTHROPIC_API_KEY",),
        sources={"about": (OPENROUTER_LISTING,)},
        privacy_policy_url="https://www.anthropic.com/legal/privacy",
        terms_of_service_url="https://www.anthropic.com/legal/commercial-terms",
        status_page_url="https://status.anthropic.com/",
        headquarters="US",
    ),
    Row(
        name="google-ai-studio",
        title="Google AI Studio",
        dialect="google",
        base_url="https://generativelanguage.googleapis.com",
        docs="https://ai.google.dev/gemini-api/docs/models",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"),
        aliases=("google", "gemini", "google-gemini", "google-generative-ai"),
    ),
    Row(
        name="mistral",
        title="Mistral",
        dialect="mistral",
        base_url="https://api.mistral.ai/v1",
        docs="https://docs.mistral.ai/getting-started/models/",
        key_variables=("MISTRAL_API_KEY",),
        aliases=("mistral-ai",),
        sources={"about": (OPENROUTER_LISTING,)},
        privacy_policy_url="https://mistral.ai/terms/#privacy-policy",
        terms_of_service_url="https://mistral.ai/terms/#terms-of-use",
        status_page_url="https://status.mistral.ai/",
        headquarters="FR",
    ),
    Row(
        name="cohere",
        title="Cohere",
        dialect="cohere",
        base_url="https://api.cohere.com",
        docs="https://docs.cohere.com/docs/models",
        key_variables=("CO_API_KEY", "COHERE_API_KEY"),
    ),
    Row(
        name="xai",
        title="xAI",
        base_url="https://api.x.ai/v1",
        docs="https://docs.x.ai/docs/models",
        key_variables=("XAI_API_KEY",),
        aliases=("x-ai", "x.ai", "grok"),
        quirks=Quirks(reasoning_apart=True),
        model_quirks=(
            # The id says whether it thinks.
            (r"grok-.*non-reasoning.*", Quirks(reasoning_request="none", reasoning_apart=True)),
            (r"grok-.*multi-agent.*", Quirks(dropped=_GROK, reasoning_apart=True)),
            (r"grok-3-mini.*", Quirks(efforts=("low", "high"), dropped=_GROK, reasoning_apart=True)),
            (
                r"grok-4\.3.*",
                Quirks(efforts=("none", "low", "medium", "high"), dropped=_GROK, reasoning_apart=True),
            ),
            (
                r"grok-4\.5.*",
                Quirks(efforts=("low", "medium", "high"), dropped=_GROK, reasoning_apart=True),
            ),
            (
                r"grok-4(-\d.*|-latest|-fast.*|\.20.*)?",
                Quirks(reasoning_request="none", dropped=_GROK, reasoning_apart=True),
            ),
            (r"grok-3.*", Quirks(reasoning_request="none", reasoning_apart=True)),
        ),
        sources={
            "reasoning_apart": ("https://docs.x.ai/docs/key-information/consumption-and-rate-limits",),
            "reasoning_request": ("https://docs.x.ai/docs/guides/reasoning",),
            "dropped": ("https://docs.x.ai/docs/guides/reasoning",),
            "efforts": (
                "https://docs.x.ai/docs/guides/reasoning",
                "https://newreleases.io/project/github/vercel/ai/release/@ai-sdk%2Fxai@4.0.0-canary.61",
                "https://github.com/anomalyco/opencode/issues/39448",
            ),
        },
    ),
    Row(
        name="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com",
        docs="https://api-docs.deepseek.com/quick_start/pricing",
        key_variables=("DEEPSEEK_API_KEY",),
        quirks=_DEEPSEEK,
        model_quirks=((r"deepseek-reasoner", replace(_DEEPSEEK, refused=("logprobs",))),),
        sources={
            "system_role": ("https://github.com/theopenco/llmgateway/pull/3462",),
            "reasoning_request": ("https://api-docs.deepseek.com/guides/thinking_mode",),
            "efforts": ("https://api-docs.deepseek.com/guides/thinking_mode",),
            "reasoning_history": ("recorded: chat.deepseek",),
            "refused": ("https://api-docs.deepseek.com/zh-cn/guides/reasoning_model",),
        },
    ),
    Row(
        name="moonshotai",
        title="Moonshot AI",
        base_url="https://api.moonshot.ai/v1",
        docs="https://platform.moonshot.ai/docs/api/chat",
        key_variables=("MOONSHOT_API_KEY", "KIMI_API_KEY"),
        aliases=("moonshot", "kimi"),
        quirks=Quirks(system_role="system", reasoning_request="none"),
        model_quirks=(
            (r"kimi-k2\.[56](-.*)?", replace(_KIMI, reasoning_request="thinking")),
            (r"kimi-k2\.7.*", _KIMI),
            (
                r"kimi-k3.*",
                replace(_KIMI, reasoning_request="reasoning_effort", efforts=("low", "high", "max")),
            ),
            (r"kimi-k2-thinking.*", replace(_KIMI, dropped=(), refused=())),
        ),
        sources={
            "system_role": ("https://github.com/openclaw/openclaw/issues/8579",),
            "reasoning_request": ("https://platform.kimi.ai/docs/api/models-overview",),
            "efforts": ("https://java.agentscope.io/v2/en/integration/model/kimi",),
            "reasoning_history": (
                "https://github.com/continuedev/continue/issues/11600",
                "https://java.agentscope.io/v2/en/integration/model/kimi",
            ),
            "dropped": (
                "https://platform.kimi.ai/docs/api/models-overview",
                "https://java.agentscope.io/v2/en/integration/model/kimi",
            ),
            "refused": (
                "https://platform.kimi.ai/docs/api/models-overview",
                "https://java.agentscope.io/v2/en/integration/model/kimi",
            ),
        },
    ),
    Row(
        name="z-ai",
        title="Z.AI",
        base_url="https://api.z.ai/api/paas/v4",
        docs="https://docs.z.ai/guides/overview/pricing",
        key_variables=("ZAI_API_KEY", "ZHIPU_API_KEY"),
        aliases=("zai", "zhipu", "zhipuai"),
        quirks=_GLM,
        model_quirks=((r"glm-5\.[2-9].*", replace(_GLM, efforts=_EFFORTS)),),
        sources={
            "max_tokens_field": ("https://docs.z.ai/api-reference/llm/chat-completion",),
            "system_role": (_STRICT_ROLES,),
            "reasoning_request": ("recorded: chat.zai",),
            "efforts": (
                "recorded: chat.zai",
                "https://docs.anyfast.ai/api-reference/model-api/zhipu/glm-5.2",
            ),
        },
    ),
    Row(
        name="alibaba",
        title="Alibaba Cloud",
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        docs="https://www.alibabacloud.com/help/en/model-studio/models",
        key_variables=("DASHSCOPE_API_KEY",),
        aliases=("dashscope", "alibaba-cloud-int", "model-studio"),
        quirks=Quirks(
            max_tokens_field="max_completion_tokens",
            system_role="system",
            reasoning_request="enable_thinking",
        ),
        sources={
            "max_tokens_field": (
                "https://www.alibabacloud.com/en/notice/model_studio_notice_of_changes_to_certain_model_fields_724",
            ),
            "system_role": (_STRICT_ROLES, "https://github.com/ChatLab/ChatLab/issues/480"),
            "reasoning_request": ("https://www.alibabacloud.com/help/en/model-studio/deep-thinking",),
        },
    ),
    Row(
        name="minimax",
        title="MiniMax",
        base_url="https://api.minimax.io/v1",
        docs="https://ai-sdk.dev/providers/ai-sdk-providers/minimax",
        key_variables=("MINIMAX_API_KEY",),
        quirks=Quirks(refused=("n",)),
        sources={"refused": ("https://docs.camel-ai.org/reference/camel.configs.minimax_config",)},
    ),
    Row(
        name="perplexity",
        title="Perplexity",
        base_url="https://api.perplexity.ai",
        docs="https://docs.perplexity.ai/guides/chat-completions-guide",
        key_variables=("PERPLEXITY_API_KEY",),
        quirks=Quirks(
            max_tokens_field="max_tokens",
            dropped=("stop", "logit_bias", "seed"),
            refused=("tools", "logprobs"),
        ),
        sources={
            "max_tokens_field": ("https://docs.perplexity.ai/guides/chat-completions-guide",),
            "dropped": ("https://docs.deepintshield.com/providers/supported-providers/perplexity/",),
            "refused": ("https://docs.deepintshield.com/providers/supported-providers/perplexity/",),
            "about": ("https://docs.perplexity.ai/faq/faq",),
        },
        zdr=True,
        trains=False,
    ),
    Row(
        name="stepfun",
        title="StepFun",
        base_url="https://api.stepfun.com/v1",
        docs="https://platform.stepfun.com/docs/zh/overview/concept",
        key_variables=("STEPFUN_API_KEY",),
    ),
    Row(
        name="upstage",
        title="Upstage",
        base_url="https://api.upstage.ai/v1/solar",
        docs="https://developers.upstage.ai/docs/apis/chat",
        key_variables=("UPSTAGE_API_KEY",),
    ),
    Row(
        name="inception",
        title="Inception",
        base_url="https://api.inceptionlabs.ai/v1",
        docs="https://platform.inceptionlabs.ai/docs",
        key_variables=("INCEPTION_API_KEY",),
    ),
)
