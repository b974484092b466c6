"""Which request parameters an endpoint is known to take. Pure. Names are OpenRouter's (A11)."""

from service.types.upstream import Endpoint

NAMES = (
    *("temperature", "top_p", "top_k", "min_p", "top_a", "frequency_penalty", "presence_penalty"),
    *("repetition_penalty", "max_tokens", "max_completion_tokens", "logit_bias", "logprobs", "top_logprobs"),
    *("prediction", "seed", "response_format", "structured_outputs", "stop", "tools", "tool_choice"),
    *("parallel_tool_calls", "include_reasoning", "reasoning", "reasoning_effort", "web_search_options"),
    "verbosity",
)
_CAP = ("max_tokens", "max_completion_tokens")


def supported_parameters(endpoint: Endpoint) -> tuple[str, ...]:
    """Names what the endpoint's facts say it takes; what they do not tell is left out.

    The cap is every endpoint's: each dialect has a place for it.
    """
    facts, quirks = endpoint.facts, endpoint.quirks
    found = {
        _CAP: True,
        ("temperature", "top_p"): facts.temperature,
        ("tools", "tool_choice"): facts.tools,
        ("response_format", "structured_outputs"): facts.structured_outputs,
        ("reasoning", "include_reasoning"): facts.reasoning,
        ("reasoning_effort",): facts.efforts,
        ("web_search_options",): facts.web_search,
    }
    refused = {*quirks.dropped, *quirks.refused}
    return tuple(name for names, known in found.items() if known for name in names if name not in refused)


def efforts(endpoint: Endpoint) -> list[str]:
    """The reasoning levels it is known to take, ascending; "none" where thinking can be turned off."""
    known = list(endpoint.facts.efforts or ())
    return ["none", *known] if endpoint.facts.thinking_off and "none" not in known else known
