"""How much to think, in the words of each model family: `additionalModelRequestFields`."""

from typing import Any

from service.dialects.anthropic.claude import abilities, version_of
from service.dialects.anthropic.request_thinking import Situation, plan
from service.dialects.asked import changed_effort, member
from service.dialects.bedrock.families import Family, claude_of
from service.dialects.bedrock.messages import Conversation
from service.types.chat_request import ChatRequest
from service.types.thinking import Thinking
from service.types.upstream import Dropped, Endpoint

# Of an answer whose length nobody limits, for shares of it; nothing of it is sent.
_ASSUMED_CAP = 32_768


class Thoughts:
    """The fields that ask for thinking, and what could not be asked.

    `active` is whether thinking was turned on, with its limits on sampling.
    """

    def __init__(
        self,
        request: ChatRequest,
        endpoint: Endpoint,
        family: Family,
        conversation: Conversation,
        *,
        forced: bool,
    ) -> None:
        self.fields: dict[str, Any] = {}
        self.dropped: list[Dropped] = []
        self.active = False
        self._name = "reasoning" if request.reasoning else "reasoning_effort"
        self._endpoint = endpoint
        asked = request.thinking
        if family.claude and version_of(claude_of(endpoint).model):
            self._of_claude(request, conversation, forced=forced)
        elif asked is None:
            pass
        elif family.thinking is None:
            if not asked.off:
                self._drop(f"'{endpoint.id}' cannot be asked to think")
        else:
            self._by_effort(request, asked, family)
            self.active = bool(self.fields)

    def _of_claude(self, request: ChatRequest, conversation: Conversation, *, forced: bool) -> None:
        """By the rules of Anthropic's own API."""
        situation = Situation(
            max_tokens=request.cap or self._endpoint.facts.max_completion_tokens or _ASSUMED_CAP,
            forced_tool=forced,
            unthought=conversation.unthought,
            prefilled=conversation.prefilled,
        )
        given = member(request, "thinking", dict[str, Any])
        own = member(request, "output_config", dict[str, Any]) or {}
        thinking = plan(request, abilities(claude_of(self._endpoint)), situation)
        if forced and thinking.thinks:
            name = self._name if given is None else "thinking"
            self.dropped.append(Dropped(name, "this model cannot be made to call a tool while it thinks"))
            return
        if thinking.config:
            self.fields["thinking"] = thinking.config
        if thinking.effort:
            self.fields["output_config"] = {"effort": thinking.effort, **own}
        self.dropped += thinking.dropped
        self.active = thinking.thinks
        adaptive = given is None and (thinking.config or {}).get("type") == "adaptive"
        if adaptive and not thinking.dropped and "effort" not in own:
            self.dropped += changed_effort(request, thinking.effort, self._endpoint)

    def _by_effort(self, request: ChatRequest, asked: Thinking, family: Family) -> None:
        if asked.off and "none" not in family.efforts:
            if family.thinking != "nova":  # which thinks only when asked to
                self._drop(f"'{self._endpoint.id}' always thinks")
            return
        level = asked.level(request.cap, family.efforts)
        if family.thinking == "nova" and level == "high" and request.cap is not None:
            self._drop("high takes no limit of tokens: medium is asked for")
            level = "medium"
        else:
            self.dropped += changed_effort(request, level, self._endpoint)
        match family.thinking:
            case "nova":
                self.fields = {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}}
            case "reasoning":
                self.fields = {"reasoning": {"effort": level}}
            case form:
                self.fields = {str(form): level}

    def _drop(self, reason: str) -> None:
        self.dropped.append(Dropped(self._name, reason))
