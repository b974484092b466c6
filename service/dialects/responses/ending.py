"""How an answer ended: its failure or finish reason, its token counts, and what is left to tell."""

from typing import Any, TypeVar

from service.dialects.errors import provider_error
from service.errors import ProviderError
from service.types.chunk import Usage

T = TypeVar("T")

# Why an answer is incomplete, as finish reasons (SDK: `IncompleteDetails`); others cut an answer short too.
_INCOMPLETE = {"content_filter": "content_filter", "steered": "stop"}
_COUNTED = frozenset(
    {"input_tokens", "output_tokens", "total_tokens", "input_tokens_details", "output_tokens_details"}
)
_UNFINISHED = frozenset({"queued", "in_progress"})
# Codes that blame the request, but come without the type that says so (SDK: `ResponseError`).
_REQUEST_FAULTS = ("image", "invalid_prompt", "_policy", "data_residency")
# The request's own settings, told back, and what Pointsman or another place of the answer says.
_TOLD_ELSEWHERE = frozenset(
    {
        *("object", "created_at", "completed_at", "model", "output", "output_text", "error", "usage"),
        *("incomplete_details", "service_tier", "instructions", "tools", "tool_choice", "temperature"),
        *("top_p", "top_logprobs", "presence_penalty", "frequency_penalty", "max_output_tokens", "text"),
        *("max_tool_calls", "parallel_tool_calls", "previous_response_id", "prompt", "prompt_cache_key"),
        *("prompt_cache_options", "prompt_cache_retention", "reasoning", "safety_identifier", "store"),
        *("truncation", "user", "background", "status"),
    }
)


def failure(provider: str, answer: dict[str, Any]) -> ProviderError | None:
    """The error of a failed or cancelled answer, None if it did not fail."""
    if answer.get("error"):
        return error_of(provider, answer["error"])
    if answer.get("status") in ("failed", "cancelled"):
        return provider_error(provider, f"the response is {answer['status']}", in_band=True)
    return None


def error_of(provider: str, error: Any) -> ProviderError:
    """Reads the error object of a failed answer, or of an error event."""
    members = error if isinstance(error, dict) else {"message": str(error)}
    nested = members.get("error")
    members = nested if isinstance(nested, dict) else members
    code = members.get("code")
    code = str(code) if code is not None else None
    kind = members.get("type")
    kind = kind if isinstance(kind, str) and kind != "error" else None
    if kind is None and code and any(word in code for word in _REQUEST_FAULTS):
        kind = "invalid_request_error"
    return provider_error(provider, str(members.get("message") or ""), code=code, type_=kind, in_band=True)


def finish_of(answer: dict[str, Any], *, called: bool) -> tuple[str | None, str | None]:
    """The finish reason and the vendor's word for it; `called` is whether the caller has calls to run.

    An answer that is still in the making (background mode) has not finished: None.
    """
    status = _of(answer, "status", str)
    if status in _UNFINISHED:
        return None, status
    if status == "incomplete":
        details = _of(answer, "incomplete_details", dict) or {}
        reason = _of(details, "reason", str) or status
        return _INCOMPLETE.get(reason, "length"), reason
    return "tool_calls" if called else "stop", status


def usage_of(answer: dict[str, Any]) -> Usage | None:
    """Reads token counts; cached tokens are part of the input's, reasoning tokens of the output's.

    Web searches are counted beside the tokens, and paid for as they are.
    """
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return None
    searched = _of(_of(answer, "tool_usage", dict) or {}, "web_search", dict) or {}
    searches = _of(searched, "num_requests", int)
    return Usage(
        prompt_tokens=_of(usage, "input_tokens", int),
        completion_tokens=_of(usage, "output_tokens", int),
        total_tokens=_of(usage, "total_tokens", int),
        prompt_tokens_details=_of(usage, "input_tokens_details", dict),
        completion_tokens_details=_of(usage, "output_tokens_details", dict),
        extra={name: value for name, value in usage.items() if name not in _COUNTED}
        | ({"web_search_requests": searches} if searches else {}),
    )


def metadata_of(answer: dict[str, Any]) -> dict[str, Any]:
    """What else a client could use: the response's id, moderation, tool usage, billing, ..."""
    return {
        name: value
        for name, value in answer.items()
        if name not in _TOLD_ELSEWHERE and value is not None and value not in ({}, [])
    }


def _of(members: dict[str, Any], name: str, kind: type[T]) -> T | None:
    """A member, if it is of its type."""
    value = members.get(name)
    return value if isinstance(value, kind) and not isinstance(value, bool) else None
