"""OpenAI's models, which several providers serve: where they depart from the dialect they gave its name.

Ids may have their author in front, as at GitHub.
"""

from service.types.quirks import Quirks

_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "logit_bias")
_REASONING = "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning"

RESPONSES_ONLY = (
    r"(openai/)?(o\d-pro.*|.*-deep-research.*|computer-use-preview.*|codex-mini-.*|gpt-[\d.]+-(pro|codex).*"
    r"|gpt-daybreak-.*|gpt-[\d.]+-cyber.*|gpt-([\d.]+-)?rosalind.*)"
)
RESPONSES_ONLY_SOURCES = (
    "https://github.com/openai/openai-python/blob/main/src/openai/types/shared/responses_model.py",
    "https://neon.com/docs/ai-gateway/openai-responses",  # the codex models
)

OPENAI_MODEL_QUIRKS = (
    # The first reasoning models have no effort to choose.
    (
        r"(openai/)?o1-(mini|preview).*",
        Quirks(
            max_tokens_field="max_completion_tokens",
            reasoning_request="none",
            dropped=_SAMPLING,
            refused=("logprobs",),
        ),
    ),
    (
        r"(openai/)?(o3(-\d.*)?|o4-mini.*)",
        Quirks(
            max_tokens_field="max_completion_tokens",
            efforts=("low", "medium", "high"),
            dropped=(*_SAMPLING, "stop"),
            refused=("logprobs",),
        ),
    ),
    (
        r"(openai/)?o[134](-.*)?",
        Quirks(
            max_tokens_field="max_completion_tokens",
            efforts=("low", "medium", "high"),
            dropped=_SAMPLING,
            refused=("logprobs",),
        ),
    ),
    (
        r"(openai/)?gpt-5(-mini|-nano)?(-\d.*)?",
        Quirks(
            max_tokens_field="max_completion_tokens",
            efforts=("minimal", "low", "medium", "high"),
            dropped=_SAMPLING,
            refused=("logprobs",),
        ),
    ),
    # From here on thinking can be turned off, and sampling is taken when it is.
    (
        r"(openai/)?gpt-5\.1(-\d.*)?",
        Quirks(max_tokens_field="max_completion_tokens", efforts=("none", "low", "medium", "high")),
    ),
    (r"(openai/)?gpt-[5-9].*", Quirks(max_tokens_field="max_completion_tokens")),
)

OPENAI_MODEL_SOURCES = {
    "max_tokens_field": (_REASONING, "https://github.com/jascal/orca-lang/releases/tag/v0.1.13"),
    "reasoning_request": (_REASONING,),
    "efforts": (
        _REASONING,
        "https://learn.microsoft.com/en-us/javascript/api/@azure/ai-projects/reasoningeffort",
    ),
    "dropped": (
        _REASONING,
        # `stop` of o3 and o4-mini
        "https://github.com/openai/openai-python/blob/main/src/openai/types/chat/completion_create_params.py",
    ),
    "refused": (_REASONING,),
}
