"""Token counts of OpenAI-compatible vendors.

Counts that OpenAI has a place for are put there, wherever the vendor states them; under the vendor's own
names they stay as well.
"""

from typing import Any

from service.dialects.openai.members import take, take_count
from service.types.chunk import Usage

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
# Cached tokens beside the others, all of them part of the prompt's: DeepSeek API reference (`usage`),
# Moonshot API reference and Together (recorded at Hugging Face), Mistral (recorded).
_CACHED = ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens")
# Tokens written to the cache, among the prompt's details: Alibaba Model Studio, "Context cache".
_WRITTEN = ("cache_creation_input_tokens", "cache_creation_tokens")


def usage_of(usage: dict[str, Any], *, reasoning_apart: bool = False) -> Usage:
    """Reads token counts, which it takes apart.

    With `reasoning_apart` the completion tokens get the reasoning tokens added where the total holds both.
    """
    prompt, completion, total = (take_count(usage, name) for name in _COUNTS)
    details = take(usage, "completion_tokens_details", dict)
    if reasoning_apart and details and prompt is not None and completion is not None and total is not None:
        thought = take_count(dict(details), "reasoning_tokens") or 0
        completion += thought if prompt + completion + thought == total else 0
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=total,
        prompt_tokens_details=_prompt_details(usage),
        completion_tokens_details=details,
        extra=usage,
    )


def _prompt_details(usage: dict[str, Any]) -> dict[str, Any] | None:
    details: dict[str, Any] | None = take(usage, "prompt_tokens_details", dict)
    places = (("cached_tokens", usage, _CACHED), ("cache_write_tokens", details or {}, _WRITTEN))
    for name, where, aliases in places:
        count = next((where[alias] for alias in aliases if type(where.get(alias)) is int), None)
        if count is not None and (details or {}).get(name) is None:
            details = {**(details or {}), name: count}
    return details


def stated_elsewhere(answer: dict[str, Any]) -> dict[str, Any] | None:
    """The token counts of an answer that has no `usage`.

    Groq's streams say them in `x_groq` as well, and its compound models only there (recorded). Moonshot's
    streams say them in the last choice (Moonshot API reference, streaming).
    """
    groq, choices = answer.get("x_groq"), answer.get("choices")
    last = choices[-1] if isinstance(choices, list) and choices else None
    for place in (groq, last):
        usage = place.get("usage") if isinstance(place, dict) else None
        if isinstance(usage, dict):
            return dict(usage)
    return None
