"""Sampling parameters and stop sequences: what is left of them for a model, and why the rest is not.

`temperature`, `top_p` and `top_k` are parameters of the models up to 4.6; the SDK's types have them no more.
"""

from typing import Any

from service.dialects.anthropic.claude import Abilities
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint

_SAMPLERS = ("temperature", "top_p", "top_k")
# While it thinks, Anthropic takes top_p from here to 1, and of the others nothing but their defaults.
_LEAST_TOP_P = 0.95


def sampling(
    request: ChatRequest, endpoint: Endpoint, ability: Abilities, *, thinks: bool, dropped: list[Dropped]
) -> dict[str, Any]:
    """The sampling parameters to send, as they were sent."""
    body = request.body
    kept: dict[str, Any] = {}
    for name in _SAMPLERS:
        value = getattr(body, name)
        if value is None or (name == "top_k" and value == 0):  # OpenRouter's 0 turns it off
            continue
        reason = _refusal(name, value, ability, thinks=thinks)
        if reason is None and name == "top_p" and ability.one_sampler and "temperature" in kept:
            reason = "this model takes temperature or top_p, not both"
        if reason:
            dropped.append(Dropped(name, reason.format(model=endpoint.id)))
        else:
            kept[name] = request.members[name]
    return kept


def stops(request: ChatRequest, dropped: list[Dropped]) -> list[str]:
    """The stop sequences; those of white space alone are refused by Anthropic."""
    given = request.stops
    kept = [stop for stop in given if stop.strip()]
    if len(kept) < len(given):
        dropped.append(Dropped("stop", "a stop sequence of white space alone is not taken by this provider"))
    return kept


def _refusal(name: str, value: float, ability: Abilities, *, thinks: bool) -> str | None:
    if not ability.sampling:
        return "'{model}' has no such parameter"
    if name == "temperature" and value > 1:
        return "'{model}' takes 0 to 1; its default of 1 counts"
    if not thinks:
        return None
    if name == "top_p" and value >= _LEAST_TOP_P:
        return None
    if name == "temperature" and value == 1:
        return None
    return "'{model}' does not take this value while it thinks"
