"""How much the model thinks: a budget of tokens for older models, an effort for newer ones.

Sources: Inworld 2.9 and OpenRouter A9 (shares; a budget is at least 1,024 and at most 128,000 tokens, and
less than `max_tokens`); Anthropic's pages on extended and adaptive thinking.
"""

from typing import Any, NamedTuple

from service.dialects import asked
from service.dialects.anthropic.claude import Abilities
from service.types.chat_request import ChatRequest
from service.types.thinking import Thinking, nearest
from service.types.upstream import Dropped

MIN_BUDGET, MAX_BUDGET = 1024, 128_000
# The largest share of an answer that OpenRouter A9 gives to thoughts.
_MOST = 0.95
_FORCED = "this model cannot be made to call a tool while it thinks"


class Situation(NamedTuple):
    """What decides besides: the answer's tokens, and what a budget cannot go with."""

    max_tokens: int
    forced_tool: bool  # a tool has to be called
    unthought: bool  # the turn that is gone on with has no thoughts
    prefilled: bool


class Plan(NamedTuple):
    """`config` is the `thinking` member, `effort` of `output_config`."""

    config: dict[str, Any] | None = None
    effort: str | None = None
    dropped: tuple[Dropped, ...] = ()

    @property
    def thinks(self) -> bool:
        """Whether thinking is asked for, with its limits on sampling."""
        return bool(self.config and self.config.get("type") in ("enabled", "adaptive"))


def plan(request: ChatRequest, ability: Abilities, situation: Situation) -> Plan:
    """Says the caller's wish in the form this model takes; Anthropic's own `thinking` goes out as it came.

    Thinking by budget cannot go with a tool that has to be called; adaptive thinking can (recorded requests).
    Raises `InvalidRequest` for a `thinking` that is no object.
    """
    own = asked.member(request, "thinking", dict[str, Any])
    if own is not None:
        if own.get("type") == "enabled" and situation.forced_tool:
            return _without("thinking", _FORCED)
        return Plan(config=own)
    wish = request.thinking
    if wish is None:
        return Plan()
    param = "reasoning" if request.reasoning else "reasoning_effort"
    if wish.off:
        return _off(ability, param)
    if ability.thinking == "none":
        return _without(param, "this model does not reason")
    if ability.thinking == "budget" or (ability.thinking == "either" and wish.max_tokens is not None):
        return _budgeted(wish, param, situation)
    config: dict[str, Any] = {"type": "adaptive"}
    if ability.hides_thoughts:
        config["display"] = "summarized"
    effort = wish.level(situation.max_tokens, ability.efforts)
    return Plan(config=config, effort=effort if effort in ability.efforts else None)


def _off(ability: Abilities, param: str) -> Plan:
    if ability.thinking == "none":
        return Plan()
    if not ability.always_thinks:
        return Plan(config={"type": ability.off})
    least = nearest("none", ability.efforts) if ability.efforts else None
    reason = f"this model cannot answer without thinking; its lowest effort is {least or 'its own'}"
    return Plan(effort=least, dropped=(Dropped(param, reason),))


def _budgeted(wish: Thinking, param: str, situation: Situation) -> Plan:
    if situation.forced_tool:
        return _without(param, _FORCED)
    if situation.prefilled:
        return _without(param, "this model cannot go on with an answer while it thinks")
    if situation.unthought:
        return _without(param, "the tool calls before these results came without their signed thoughts")
    cap = situation.max_tokens
    if cap <= MIN_BUDGET:
        return _without(param, f"thinking takes at least {MIN_BUDGET} tokens, and the answer has {cap}")
    wanted = wish.budget(cap) or MIN_BUDGET
    budget = max(MIN_BUDGET, min(wanted, MAX_BUDGET))
    if budget >= cap:
        budget = max(MIN_BUDGET, int(cap * _MOST))
    config = {"type": "enabled", "budget_tokens": budget}
    if wish.max_tokens is None or budget == wanted:
        return Plan(config=config)
    reason = (
        f"a budget is {MIN_BUDGET} to {MAX_BUDGET} tokens and less than the answer's {cap}; it is {budget}"
    )
    return Plan(config=config, dropped=(Dropped(f"{param}.max_tokens", reason),))


def _without(param: str, reason: str) -> Plan:
    return Plan(dropped=(Dropped(param, reason),))
