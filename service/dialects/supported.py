"""Which request parameters an endpoint is known to take. Pure. Names are OpenRouter's (A11)."""

import functools
from typing import NamedTuple

from service.dialects.parameters import LACKS, OPENAI_COMPATIBLE
from service.types.upstream import Endpoint

NAMES = (
    *("temperature", "top_p", "top_k", "min_p", "top_a", "frequency_penalty", "presence_penalty"),
    *("repetition_penalty", "max_tokens", "max_completion_tokens", "logit_bias", "logprobs", "top_logprobs"),
    *("prediction", "seed", "response_format", "structured_outputs", "stop", "tools", "tool_choice"),
    *("parallel_tool_calls", "include_reasoning", "reasoning", "reasoning_effort", "web_search_options"),
    "verbosity",
)
_ALWAYS = ("max_tokens", "max_completion_tokens", "stop")
_SAMPLING = ("seed", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs")
# Names that OpenAI does not have: known of dialects that translate them.
_TRANSLATED = ("top_k",)


class _Told(NamedTuple):
    """What decides about it. Few endpoints differ in this, and routing asks of thousands at once."""

    dialect: str
    lacking: tuple[str, ...]
    temperature: bool | None
    tools: bool | None
    structured_outputs: bool | None
    reasoning: bool | None
    efforts: tuple[str, ...] | None
    web_search: bool | None


def supported_parameters(endpoint: Endpoint) -> tuple[str, ...]:
    """Names what the endpoint takes as far as its dialect, its row and its facts tell; no more than they do.

    Sampling is left out where a model is known to take no temperature: such models take none of it.
    """
    facts, quirks = endpoint.facts, endpoint.quirks
    return _supported(
        _Told(
            endpoint.dialect,
            quirks.dropped + quirks.refused,
            facts.temperature,
            facts.tools,
            facts.structured_outputs,
            facts.reasoning,
            facts.efforts,
            facts.web_search,
        )
    )


@functools.lru_cache(4096)
def _supported(told: _Told) -> tuple[str, ...]:
    sampling = told.temperature is not False
    found = {
        _ALWAYS: True,
        _SAMPLING: sampling,
        _TRANSLATED: sampling and told.dialect not in OPENAI_COMPATIBLE,
        ("temperature", "top_p"): told.temperature,
        ("tools", "tool_choice", "parallel_tool_calls"): told.tools,
        ("response_format", "structured_outputs"): told.structured_outputs,
        ("reasoning", "include_reasoning"): told.reasoning,
        ("reasoning_effort",): told.efforts,
        ("web_search_options",): told.web_search,
    }
    lacking = {*told.lacking, *LACKS[told.dialect]}
    taken = {name for names, known in found.items() if known for name in names} - lacking
    return tuple(name for name in NAMES if name in taken)


def efforts(endpoint: Endpoint) -> list[str]:
    """The reasoning levels it is known to take, ascending; "none" where thinking can be turned off."""
    known = list(endpoint.facts.efforts or ())
    return ["none", *known] if endpoint.facts.thinking_off and "none" not in known else known
