"""How vendors of the OpenAI dialect are asked to think."""

from typing import Any

import msgspec

from service.types.chat_request import ChatRequest
from service.types.thinking import LEVELS, Thinking, nearest
from service.types.upstream import Dropped, Endpoint

# By the style of the request, the vendor's own members. A caller who sends one speaks to the vendor itself.
_OWN = {
    "thinking": ("thinking",),
    "enable_thinking": ("enable_thinking", "thinking_budget"),
    "chat_template_kwargs": ("chat_template_kwargs",),
}


def ask_for_reasoning(members: dict[str, Any], request: ChatRequest, endpoint: Endpoint) -> list[Dropped]:
    """Says in the vendor's style how much to think, in `members`; returns what it could not say.

    A caller's own `reasoning_effort` stays as it is where the vendor takes it. Vendors that take OpenRouter's
    object pass over it for models that do not reason (OpenRouter A3.1); others refuse an effort there.
    """
    quirks, asked = endpoint.quirks, request.thinking
    style = quirks.reasoning_request
    param = "reasoning_effort" if request.reasoning is None else "reasoning"
    if any(name in members for name in _OWN.get(style, ())):
        own = ", ".join(name for name in _OWN[style] if name in members)
        return [] if request.reasoning is None else [Dropped("reasoning", f"{own} was given, and counts")]
    if asked is None:
        # Groq's "default" means nothing elsewhere.
        if style != "reasoning_effort":
            members.pop("reasoning_effort", None)
        return []
    if style == "none" or (endpoint.facts.reasoning is False and style != "reasoning"):
        members.pop("reasoning_effort", None)
        who = f"provider '{endpoint.provider}' has no such parameter"
        reason = who if style == "none" else f"'{endpoint.id}' does not reason"
        return [] if asked.off else [Dropped(param, reason)]
    if style == "reasoning_effort":
        if request.reasoning is not None or quirks.efforts:
            members["reasoning_effort"] = asked.level(request.cap, quirks.efforts or endpoint.facts.efforts)
        return []
    members.pop("reasoning_effort", None)
    members |= _in_style(style, asked, request, endpoint)
    return []


def _in_style(style: str, asked: Thinking, request: ChatRequest, endpoint: Endpoint) -> dict[str, Any]:
    efforts = endpoint.quirks.efforts
    match style:
        case "reasoning":
            return {"reasoning": _object(request, efforts)}
        case "thinking":
            said = {"thinking": {"type": "disabled" if asked.off else "enabled"}}
            level = None if asked.off or not efforts else asked.level(request.cap, efforts)
            return {**said, "reasoning_effort": level} if level else said
        case "enable_thinking":
            budget = None if asked.off else _budget(asked, request, endpoint)
            return {"enable_thinking": not asked.off} | ({"thinking_budget": budget} if budget else {})
        case _:
            return {"chat_template_kwargs": {"enable_thinking": not asked.off}}


def _object(request: ChatRequest, efforts: tuple[str, ...] | None) -> dict[str, Any]:
    """OpenRouter's object: as the caller wrote it, but for an effort that is not taken."""
    given: dict[str, Any] = {"effort": request.body.reasoning_effort}
    if request.reasoning is not None:
        given = msgspec.structs.asdict(request.reasoning)
    effort = given.get("effort")
    if efforts and effort in LEVELS:
        given["effort"] = nearest(effort, efforts)
    return {name: value for name, value in given.items() if value not in (None, "unspecified")} or {
        "enabled": True
    }


def _budget(asked: Thinking, request: ChatRequest, endpoint: Endpoint) -> int | None:
    """The thinking tokens, within the endpoint's bounds; None where nothing says how many."""
    budget = asked.max_tokens if request.cap is None else asked.budget(request.cap)
    if budget is None:
        return None
    low, high = endpoint.facts.budget or (None, None)
    budget = max(budget, low or 0)
    return min(budget, high or budget)
