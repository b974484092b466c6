"""Converse's token counts. Tokens read from or written to the cache are not among its `inputTokens`.

Source: recorded answers, whose `totalTokens` is the sum of all four counts.
"""

from typing import Any

from service.types.chunk import Usage

# Twins of counts that are read; older SDKs know them under these names.
_TWINS = ("cacheReadInputTokenCount", "cacheWriteInputTokenCount")
_MOST = 2**53


def usage_of(stated: dict[str, Any]) -> Usage:
    """Reads the counts and takes those with a place in `Usage`; what is no count stays in `extra`."""
    read, written = _count(stated, "cacheReadInputTokens"), _count(stated, "cacheWriteInputTokens")
    plain, completion = _count(stated, "inputTokens"), _count(stated, "outputTokens")
    total = _count(stated, "totalTokens")
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


def _count(stated: dict[str, Any], name: str) -> int | None:
    value = stated.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST:
        return None
    del stated[name]
    return value
