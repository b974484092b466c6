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
# What reasons takes no penalties and no stop sequences.
_GROK = Quirks(dropped=("presence_penalty", "frequency_penalty"), refused=("stop",), reasoning_apart=True)
_PLAIN_GROK = Quirks(reasoning_request="none", reasoning_apart=True)
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
    refused=("json_schema",),
)
_GLM = Quirks(max_tokens_field="max_tokens", system_role="system", reasoning_request="thinking")

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
        quirks=_GROK,
        model_quirks=(
            # The id says whether it thinks.
            (r"grok-4-1-fast-non-reasoning.*", replace(_PLAIN_GROK, dropped=("presence_penalty",))),
            (r"grok-.*non-reasoning.*", _PLAIN_GROK),
            (r"grok-.*multi-agent.*", _GROK),
            (r"grok-3-mini.*", replace(_GROK, efforts=("low", "high"))),
            (r"grok-4\.3.*", replace(_GROK, efforts=("none", "low", "medium", "high"))),
            (r"grok-4\.5.*", replace(_GROK, efforts=("low", "medium", "high"))),
            # They think as much as they like.
            (
                r"grok-(4(-\d.*|-latest|-fast.*|\.20.*)?|code-.*|build-.*)",
                replace(_GROK, reasoning_request="none"),
            ),
            (r"grok-([23]|beta|vision)(-.*)?", _PLAIN_GROK),
        ),
        sources={
            "reasoning_apart": ("https://docs.x.ai/docs/key-information/consumption-and-rate-limits",),
            "reasoning_request": (
                "https://docs.x.ai/docs/guides/reasoning",
                "https://github.com/JetBrains/junie/issues/39",
            ),
            "dropped": (
                "https://docs.x.ai/docs/guides/reasoning",
                "https://github.com/open-webui/open-webui/issues/21266",
                "https://github.com/lobehub/lobehub/issues/13332",  # one that does not reason
            ),
            "refused": (
                "https://docs.x.ai/docs/guides/reasoning",
                "https://github.com/BerriAI/litellm/pull/14565",  # grok-code
            ),
            "efforts": (
                "https://docs.x.ai/docs/guides/reasoning",
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
        model_quirks=((r"deepseek-reasoner", replace(_DEEPSEEK, refused=("json_schema", "logprobs"))),),
        sources={
            "system_role": ("https://github.com/eclipse-theia/theia/issues/15144",),
            "reasoning_request": ("https://api-docs.deepseek.com/guides/thinking_mode",),
            "efforts": ("https://api-docs.deepseek.com/guides/thinking_mode",),
            "reasoning_history": ("recorded: chat.deepseek",),
            "refused": (
                "https://api-docs.deepseek.com/zh-cn/guides/reasoning_model",
                "https://api-docs.deepseek.com/api/create-chat-completion",
                "https://github.com/UKGovernmentBEIS/inspect_ai/issues/4916",
            ),
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
            (r"kimi-k3.*", replace(_KIMI, reasoning_request="reasoning_effort")),
            (r"kimi-k2-thinking.*", replace(_KIMI, dropped=(), refused=())),
        ),
        sources={
            "system_role": ("https://github.com/openclaw/openclaw/issues/8579",),
            "reasoning_request": ("https://platform.kimi.ai/docs/api/models-overview",),
            "reasoning_history": ("https://github.com/continuedev/continue/issues/11600",),
            "dropped": ("https://platform.kimi.ai/docs/api/models-overview",),
            "refused": ("https://platform.kimi.ai/docs/api/models-overview",),
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
            "system_role": ("https://github.com/openai/codex/issues/9612",),
            "reasoning_request": ("recorded: chat.zai",),
            "efforts": (
                "recorded: chat.zai",
                "https://docs.bigmodel.cn/cn/guide/start/migrate-to-glm-new",
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
            "system_role": ("https://github.com/DayuanJiang/next-ai-draw-io/issues/304",),
            "reasoning_request": ("https://www.alibabacloud.com/help/en/model-studio/deep-thinking",),
        },
    ),
    Row(
        name="minimax",
        title="MiniMax",
        base_url="https://api.minimax.io/v1",
        docs="https://platform.minimax.io/docs/api-reference/text-openai-api",
        key_variables=("MINIMAX_API_KEY",),
        quirks=Quirks(refused=("n",)),
        sources={"refused": ("https://platform.minimax.io/docs/api-reference/text-openai-api",)},
    ),
    Row(
        name="perplexity",
        title="Perplexity",
        base_url="https://api.perplexity.ai",
        docs="https://docs.perplexity.ai/guides/chat-completions-guide",
        key_variables=("PERPLEXITY_API_KEY",),
        quirks=Quirks(
            max_tokens_field="max_tokens",
            dropped=("logit_bias", "seed"),
            refused=("tools", "logprobs", "stop"),
        ),
        sources={
            "max_tokens_field": ("https://docs.perplexity.ai/guides/chat-completions-guide",),
            "dropped": ("https://docs.perplexity.ai/guides/chat-completions-guide",),
            "refused": ("https://docs.perplexity.ai/guides/chat-completions-guide",),
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
