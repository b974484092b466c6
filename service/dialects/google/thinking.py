"""How much to think, as `thinkingConfig`: a level since Gemini 3, a budget in tokens for Gemini 2.5.

Sources: ai.google.dev/gemini-api/docs/thinking and
docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking (levels, ranges, what can be turned off);
models.dev (levels of single models); OpenRouter A9 (xhigh and max are high).
"""

import re
from typing import Any, NamedTuple

from service.dialects import asked
from service.dialects.google.platform import generation, since
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint

_MOST = 0.95  # of an answer's tokens may be thoughts, as the highest effort has it: the rest is to be said
_CAP = 32_768  # what shares are taken of where the answer has no cap, as in `types.thinking`


class _Budget(NamedTuple):
    """The range of a thinking budget in tokens, and whether 0 turns thinking off."""

    least: int
    most: int
    off: bool


# The first that fits counts. Models that draw or speak think as they like.
_UNBUDGETED = re.compile("-image|-tts|-native-audio")
_BUDGETS = (
    ("gemini-2.5-flash-lite", _Budget(512, 24_576, off=True)),
    ("gemini-2.5-flash", _Budget(1, 24_576, off=True)),
    ("gemini-2.5-pro", _Budget(128, 32_768, off=False)),
)
_LEVELS = (
    ("gemini-3-pro", ("low", "high")),
    ("gemini-3.1-pro", ("low", "medium", "high")),
    ("gemini-3.1-flash-image", ("minimal", "high")),
    ("gemini-3.7-flash", ("low", "medium", "high")),
    ("gemini-3.8-flash", ("low", "medium", "high")),
    ("", ("minimal", "low", "medium", "high")),
)

Config = tuple[dict[str, Any] | None, tuple[Dropped, ...]]


def thinking_config(request: ChatRequest, endpoint: Endpoint) -> Config:
    """Says how to think, and what of the wish could not be met. Thoughts are shown where asked for."""
    thinking = request.thinking
    if thinking is None:
        return None, ()
    shown = {} if thinking.off or request.hides_thoughts else {"includeThoughts": True}
    level, budget = _levels(endpoint), _budget(endpoint)
    if level:
        return _leveled(request, endpoint, level, shown)
    if budget:
        return _budgeted(request, endpoint, budget, shown)
    if thinking.off:
        return None, ()
    return None, (Dropped(_name(request), f"'{endpoint.id}' is not known to think"),)


def _leveled(
    request: ChatRequest, endpoint: Endpoint, levels: tuple[str, ...], shown: dict[str, Any]
) -> Config:
    thinking = request.thinking
    if thinking is None or thinking.off:
        level: str | None = levels[0]
    else:
        level = thinking.level(request.cap, levels)
    # That there be thoughts at all is no wish for a certain effort.
    certain = request.reasoning is None or request.reasoning.effort or request.reasoning.enabled is False
    changed = tuple(asked.changed_effort(request, level, endpoint)) if certain else ()
    return ({"thinkingLevel": level.upper()} if level else {}) | shown, changed


def _budgeted(request: ChatRequest, endpoint: Endpoint, range_: _Budget, shown: dict[str, Any]) -> Config:
    thinking = request.thinking
    if thinking is None or thinking.off:
        if range_.off:
            return {"thinkingBudget": 0}, ()
        lost = Dropped(_name(request), f"'{endpoint.id}' cannot stop thinking; its least is {range_.least}")
        return {"thinkingBudget": range_.least}, (lost,)
    wanted = thinking.budget(request.cap or _CAP)
    if wanted is None:
        return shown, ()
    room = range_.most if request.cap is None else min(range_.most, int(request.cap * _MOST))
    tokens = max(min(wanted, room), range_.least)
    if thinking.max_tokens is None or tokens == wanted:
        return {"thinkingBudget": tokens, **shown}, ()
    why = f"'{endpoint.id}' takes {range_.least} to {room} tokens here; {wanted} became {tokens}"
    return {"thinkingBudget": tokens, **shown}, (Dropped(_name(request), why),)


def _levels(endpoint: Endpoint) -> tuple[str, ...]:
    """The levels, ascending; none for models that take a budget, or nothing."""
    stated = tuple(each for each in endpoint.facts.efforts or () if each != "none")
    if since(endpoint.model, 3):
        return stated or next(levels for prefix, levels in _LEVELS if prefix in endpoint.model)
    return stated if generation(endpoint.model) is None else ()


def _budget(endpoint: Endpoint) -> _Budget | None:
    facts, model = endpoint.facts, endpoint.model
    known = next((budget for prefix, budget in _BUDGETS if prefix in model), None)
    if _UNBUDGETED.search(model):
        known = None
    if facts.reasoning is False or not (facts.budget or known):
        return None
    known = known or _Budget(1, _CAP, off=False)
    least, most = facts.budget or (None, None)
    off = known.off if facts.thinking_off is None else facts.thinking_off
    return _Budget(least or known.least, most or known.most, off=off)


def _name(request: ChatRequest) -> str:
    return "reasoning_effort" if request.reasoning is None else "reasoning"
