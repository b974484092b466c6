"""Which parameters of OpenAI and OpenRouter (A3.1) a wire format lacks, silently named or as an obstacle.

For listings and filters; what a request says is judged by `obstacles` and `encode`, which this agrees with.
"""

_PENALTIES = ("frequency_penalty", "presence_penalty", "repetition_penalty")
_RARE = ("min_p", "top_a", "logit_bias", "prediction", "verbosity")
_GEMINI = frozenset({"repetition_penalty", *_RARE})

LACKS: dict[str, frozenset[str]] = {
    "openai": frozenset(),
    "azure": frozenset(),
    "openai-responses": frozenset(
        {"top_k", "min_p", "top_a", *_PENALTIES, "logit_bias", "prediction", "seed", "stop"}
    ),
    "azure-responses": frozenset(
        {"top_k", "min_p", "top_a", *_PENALTIES, "logit_bias", "prediction", "seed", "stop"}
    ),
    "anthropic": frozenset({*_RARE, *_PENALTIES, "logprobs", "top_logprobs", "seed"}),
    "google": _GEMINI,
    "vertex": _GEMINI,
    "bedrock": frozenset({*_RARE, *_PENALTIES, "logprobs", "top_logprobs", "seed", "web_search_options"}),
    "cohere": frozenset(
        {
            *(*_RARE, "repetition_penalty", "top_logprobs"),
            *("parallel_tool_calls", "web_search_options"),
        }
    ),
    "mistral": frozenset({"min_p", "top_a", "logit_bias", "verbosity", "web_search_options"}),
}
"""By the name of the dialect."""

OPENAI_COMPATIBLE = frozenset({"openai", "azure"})
"""Dialects that hand on what they do not know: of what is not OpenAI's own, only the vendor knows."""
