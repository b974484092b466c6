"""How vendors of the OpenAI dialect are asked to think."""

from collections.abc import Sequence
from typing import Any

import msgspec

from service.dialects import asked
from service.types.chat_request import ChatRequest
from service.types.thinking import LEVELS, Thinking
from service.types.upstream import Dropped, Endpoint

# By the style of the request, the vendor's own members. A caller who sends one speaks to the vendor itself.
_OWN = {
    "thinking": ("thinking",),
    "enable_thinking": ("enable_thinking", "thinking_budget"),
    "chat_template_kwargs": ("chat_template_kwargs",),
}


def ask_for_reasoning(members: dict[str, Any], request: ChatRequest, endpoint: Endpoint) -> list[Dropped]:
    """Says in the vendor's style how much to think, in `members`; returns what it could not say.

    A level that the model is known not to take becomes the nearest one. Vendors that take OpenRouter's object
    pass over it for models that do not reason (OpenRouter A3.1); others refuse an effort there.
    """
    style, wanted = endpoint.quirks.reasoning_request, request.thinking
    param = "reasoning_effort" if request.reasoning is None else "reasoning"
    if any(name in members for name in _OWN.get(style, ())):
        own = ", ".join(name for name in _OWN[style] if name in members)
        return [] if request.reasoning is None else [Dropped("reasoning", f"{own} was given, and counts")]
    if wanted is None:
        # Groq's "default" means nothing elsewhere.
        if style != "reasoning_effort":
            members.pop("reasoning_effort", None)
        return []
    if style == "none" or (endpoint.facts.reasoning is False and style != "reasoning"):
        members.pop("reasoning_effort", None)
        does_not = Dropped(param, f"'{endpoint.id}' does not reason")
        return [] if wanted.off else [asked.no_parameter(param, endpoint) if style == "none" else does_not]
    if style == "reasoning_effort":
        return _say_level(members, wanted, request, endpoint)
    members.pop("reasoning_effort", None)
    return _say_in_style(style, members, wanted, request, endpoint)


def level_of(wanted: Thinking, request: ChatRequest, efforts: Sequence[str] | None) -> str | None:
    """The nearest of the levels that are taken; None where the only one turns thinking off."""
    known = [effort for effort in efforts or () if effort in LEVELS]
    return None if known == ["none"] and not wanted.off else wanted.level(request.cap, efforts)


def _say_level(
    members: dict[str, Any], wanted: Thinking, request: ChatRequest, endpoint: Endpoint
) -> list[Dropped]:
    level = level_of(wanted, request, endpoint.quirks.efforts or endpoint.facts.efforts)
    if level is None:
        members.pop("reasoning_effort", None)
        if wanted.max_tokens is not None:
            return [asked.no_parameter("reasoning", endpoint)]
    else:
        members["reasoning_effort"] = level
    return asked.changed_effort(request, level, endpoint)


def _say_in_style(
    style: str, members: dict[str, Any], wanted: Thinking, request: ChatRequest, endpoint: Endpoint
) -> list[Dropped]:
    efforts, on = endpoint.quirks.efforts, not wanted.off
    match style:
        case "reasoning":
            members["reasoning"] = _object(wanted, request, efforts)
            sent = members["reasoning"].get("effort")
            return asked.changed_effort(request, sent, endpoint) if efforts else []
        case "thinking":
            members["thinking"] = {"type": "enabled" if on else "disabled"}
            level = level_of(wanted, request, efforts) if on and efforts else None
            if level:
                members["reasoning_effort"] = level
                return asked.changed_effort(request, level, endpoint)
        case "enable_thinking":
            members["enable_thinking"] = on
            if budget := _budget(wanted, request, endpoint) if on else None:
                members["thinking_budget"] = budget
        case _:
            members["chat_template_kwargs"] = {"enable_thinking": on}
    return []


def _object(wanted: Thinking, request: ChatRequest, efforts: Sequence[str] | None) -> dict[str, Any]:
    """OpenRouter's object: as the caller wrote it, but for an effort that is not taken."""
    given: dict[str, Any] = {"effort": request.body.reasoning_effort}
    if request.reasoning is not None:
        given = msgspec.structs.asdict(request.reasoning)
    if efforts and given.get("effort") in LEVELS:
        given["effort"] = level_of(wanted, request, efforts)
        given["enabled"] = True if given["effort"] is None else given.get("enabled")
    return {name: value for name, value in given.items() if value not in (None, "unspecified")} or {
        "enabled": True
    }


def _budget(wanted: Thinking, request: ChatRequest, endpoint: Endpoint) -> int | None:
    """The thinking tokens, within the endpoint's bounds; None where nothing says how many."""
    budget = wanted.max_tokens if request.cap is None else wanted.budget(request.cap)
    if budget is None:
        return None
    low, high = endpoint.facts.budget or (None, None)
    budget = max(budget, low or 0)
    return min(budget, high or budget)
