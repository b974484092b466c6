"""OpenAI's models, which several providers serve: where they depart from the dialect they gave its name.

Ids may have their author in front, as at GitHub.
"""

from service.types.quirks import Quirks

_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "logit_bias")
_O_SERIES = (*_SAMPLING, "parallel_tool_calls")
_REASONING = "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning"

RESPONSES_ONLY = (
    r"(openai/)?(o\d-pro.*|.*-deep-research.*|computer-use-preview.*|codex-mini-.*|gpt-[\d.]+-(pro|codex).*"
    r"|gpt-daybreak-.*|gpt-[\d.]+-cyber.*|gpt-([\d.]+-)?rosalind.*)"
)
RESPONSES_ONLY_SOURCES = (
    "https://github.com/openai/openai-python/blob/main/src/openai/types/shared/responses_model.py",
    "https://platform.openai.com/docs/models/gpt-5-codex",
)

OPENAI_MODEL_QUIRKS = (
    # The first reasoning models have no effort to choose.
    (
        r"(openai/)?o1-(mini|preview).*",
        Quirks(
            max_tokens_field="max_completion_tokens",
            reasoning_request="none",
            dropped=_O_SERIES,
            refused=("logprobs",),
        ),
    ),
    (r"(openai/)?gpt-4o(-mini)?-search-preview.*", Quirks(dropped=_SAMPLING[:4])),
    (
        r"(openai/)?(o3(-\d.*)?|o4-mini.*)",
        Quirks(
            max_tokens_field="max_completion_tokens",
            efforts=("low", "medium", "high"),
            dropped=_O_SERIES,
            refused=("logprobs", "stop"),
        ),
    ),
    (
        r"(openai/)?o[134](-.*)?",
        Quirks(
            max_tokens_field="max_completion_tokens",
            efforts=("low", "medium", "high"),
            dropped=_O_SERIES,
            refused=("logprobs",),
        ),
    ),
    (
        r"(openai/)?gpt-5(-mini|-nano)?(-\d.*)?",
        Quirks(
            max_tokens_field="max_completion_tokens",
            efforts=("minimal", "low", "medium", "high"),
            dropped=_SAMPLING,
            refused=("logprobs", "stop"),
        ),
    ),
    # The model of ChatGPT, which does not reason.
    (
        r"(openai/)?gpt-5-chat.*",
        Quirks(max_tokens_field="max_completion_tokens", reasoning_request="none"),
    ),
    # Those that always reason, and are served by the Responses API.
    (
        r"(openai/)?(gpt-[\d.]+-(pro|codex).*|codex-mini-.*)",
        Quirks(max_tokens_field="max_completion_tokens", dropped=_SAMPLING, refused=("logprobs",)),
    ),
    # From here on thinking can be turned off, and sampling is taken when it is.
    (
        r"(openai/)?gpt-5\.1(-\d.*)?",
        Quirks(
            max_tokens_field="max_completion_tokens",
            efforts=("none", "low", "medium", "high"),
            refused=("stop",),
        ),
    ),
    (r"(openai/)?gpt-5\.2(-\d.*)?", Quirks(max_tokens_field="max_completion_tokens", refused=("stop",))),
    (r"(openai/)?gpt-[5-9].*", Quirks(max_tokens_field="max_completion_tokens")),
)

OPENAI_MODEL_SOURCES = {
    "max_tokens_field": (_REASONING,),
    "reasoning_request": (_REASONING, "https://platform.openai.com/docs/models/gpt-5-chat-latest"),
    "efforts": (
        _REASONING,
        "https://learn.microsoft.com/en-us/javascript/api/@azure/ai-projects/reasoningeffort",
    ),
    "dropped": (
        _REASONING,
        "https://github.com/vercel/ai/pull/5647",  # search-preview
        # `parallel_tool_calls`
        "https://github.com/run-llama/llama_index/issues/20865",
        "https://github.com/langchain-ai/langchain/issues/29704",
    ),
    "refused": (
        _REASONING,
        # `stop` of o3 and o4-mini
        "https://github.com/openai/openai-python/blob/main/src/openai/types/chat/completion_create_params.py",
        # `stop` of gpt-5 up to 5.2
        "https://github.com/BerriAI/litellm/issues/15244",
        "https://github.com/BerriAI/litellm/issues/28650",
    ),
}
