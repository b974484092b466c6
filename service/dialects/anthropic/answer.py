"""Usage, citations and end of a message, to ours.

Source: the SDK's Message, Usage, TextCitation and their beta counterparts; recorded answers.
"""

from typing import Any

from service.dialects.anthropic.words import FINISH_REASONS
from service.types.chunk import Usage

# Members of a message that have a place of their own, or that Pointsman says anew.
_PLACED = frozenset(
    {
        "id",
        "type",
        "role",
        "model",
        "content",
        "stop_reason",
        "stop_sequence",
        "stop_details",
        "usage",
        "error",
    }
)


def usage_of(usage: dict[str, Any]) -> Usage:
    """Reads token counts: Anthropic counts cached tokens apart from the prompt's others.

    The durations of cache writes, tools run by the server and whatever else is stated stay in `extra`.
    """
    rest = {name: value for name, value in usage.items() if value is not None}
    fresh, answered = _count(rest, "input_tokens"), _count(rest, "output_tokens")
    cached, written = _count(rest, "cache_read_input_tokens"), _count(rest, "cache_creation_input_tokens")
    prompt = None if fresh is None else fresh + (cached or 0) + (written or 0)
    details = {"cached_tokens": cached, "cache_write_tokens": written}
    prompt_details = {name: count for name, count in details.items() if count is not None}
    output = rest.pop("output_tokens_details", None)
    completion_details = dict(output) if isinstance(output, dict) else {}
    if "thinking_tokens" in completion_details:
        completion_details["reasoning_tokens"] = completion_details.pop("thinking_tokens")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=answered,
        total_tokens=None if prompt is None or answered is None else prompt + answered,
        prompt_tokens_details=prompt_details or None,
        completion_tokens_details=completion_details or None,
        extra=rest,
    )


def finish_reason(native: str | None, *, calls: bool) -> str:
    """The reason in our words; `calls` is whether there are calls for the caller to run."""
    reason = FINISH_REASONS.get(native or "", "stop")
    if reason in ("stop", "tool_calls"):
        return "tool_calls" if calls else "stop"
    return reason


def stop_reason(message: dict[str, Any]) -> str | None:
    """Anthropic's own word for the end."""
    reason = message.get("stop_reason")
    return reason if isinstance(reason, str) and reason else None


def annotation(citation: dict[str, Any], start: int, end: int) -> dict[str, Any]:
    """A citation, for the content from `start` to `end`; with a URL where it has one."""
    rest = {name: value for name, value in citation.items() if value is not None}
    url = rest.get("url") or rest.get("source")
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        return {"type": "file_citation", "file_citation": {**rest, "start_index": start, "end_index": end}}
    rest.pop("url", None)
    rest.pop("source", None)
    rest.pop("type", None)
    named = {"url": url, "title": rest.pop("title", None), "content": rest.pop("cited_text", None)}
    told = {name: value for name, value in named.items() if value is not None}
    cited = {**told, "start_index": start, "end_index": end, **rest}
    return {"type": "url_citation", "url_citation": cited}


def unplaced(message: dict[str, Any]) -> dict[str, Any]:
    """The members of a message that have no other place: container, context management, diagnostics, ..."""
    return {name: value for name, value in message.items() if name not in _PLACED and value is not None}


def _count(usage: dict[str, Any], name: str) -> int | None:
    value = usage.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        del usage[name]
        return value
    return None
