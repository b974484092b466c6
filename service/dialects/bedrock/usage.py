"""Converse's token counts. Tokens read from or written to the cache are not among its `inputTokens`.

Source: recorded answers, whose `totalTokens` is the sum of all four counts.
"""

from typing import Any

from service.types.chunk import Usage

# Twins of counts that are read; older SDKs know them under these names.
_TWINS = ("cacheReadInputTokenCount", "cacheWriteInputTokenCount")


def usage_of(stated: dict[str, Any]) -> Usage:
    """Reads the counts, of which it takes those with a place in `Usage`."""
    read, written = stated.pop("cacheReadInputTokens", None), stated.pop("cacheWriteInputTokens", None)
    plain, completion = stated.pop("inputTokens", None), stated.pop("outputTokens", None)
    total = stated.pop("totalTokens", None)
    prompt = None if plain is None else plain + (read or 0) + (written or 0)
    if prompt is not None and completion is not None:
        total = prompt + completion
    details = {"cached_tokens": read, "cache_write_tokens": written}
    for name in _TWINS:
        stated.pop(name, None)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=total,
        prompt_tokens_details={name: n for name, n in details.items() if n is not None} or None,
        extra={name: value for name, value in stated.items() if value not in ({}, [], None)},
    )
