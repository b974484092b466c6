"""How much to think, in the words of each model family: `additionalModelRequestFields`."""

from typing import Any

from service.dialects.bedrock.families import Family
from service.types.chat_request import ChatRequest
from service.types.thinking import Thinking
from service.types.upstream import Dropped, Endpoint

_MIN_BUDGET = 1024  # Anthropic's, who want the cap to be larger than the budget
_MAX_BUDGET = 128_000  # OpenRouter A9
_ASSUMED_CAP = 32_768  # for shares of an answer whose length nobody limits


class Thoughts:
    """The fields that ask for thinking, and what could not be asked. Empty fields ask for none."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint, family: Family, *, forced: bool) -> None:
        self.fields: dict[str, Any] = {}
        self.dropped: list[Dropped] = []
        self._name = "reasoning" if request.reasoning else "reasoning_effort"
        self._endpoint = endpoint
        asked = request.thinking
        if asked is None or (family.claude and "thinking" in request.members):
            return
        if family.thinking is None:
            if not asked.off:
                self._drop(f"'{endpoint.id}' cannot be asked to think")
        elif family.claude and forced and not asked.off:
            self._drop("Claude does not think where a tool is forced on it")
        elif family.thinking == "budget":
            self._budget(asked, request.cap)
        else:
            self._effort(asked, request.cap, family)

    @property
    def active(self) -> bool:
        """Whether thinking was turned on."""
        return bool(self.fields)

    def _budget(self, asked: Thinking, cap: int | None) -> None:
        if asked.off:
            return
        room = (cap or self._endpoint.facts.max_completion_tokens or _ASSUMED_CAP) - 1
        if cap is not None and room < _MIN_BUDGET:
            self._drop(f"thinking takes at least {_MIN_BUDGET} tokens, and the answer may have {cap}")
            return
        wanted = asked.budget(room + 1)
        budget = min(max(room // 2 if wanted is None else wanted, _MIN_BUDGET), _MAX_BUDGET, room)
        self.fields = {"thinking": {"type": "enabled", "budget_tokens": budget}}

    def _effort(self, asked: Thinking, cap: int | None, family: Family) -> None:
        efforts = self._endpoint.facts.efforts or () if family.claude else ()
        takes = [effort for effort in family.efforts if not efforts or effort in efforts] or family.efforts
        if asked.off and "none" not in takes:
            if family.thinking in ("reasoning_effort", "reasoning") or family.summaries:
                self._drop(f"'{self._endpoint.id}' always thinks")
            return
        level = asked.level(cap, takes)
        match family.thinking:
            case "adaptive":
                shown = {"display": "summarized"} if family.summaries else {}
                self.fields = {"thinking": {"type": "adaptive", **shown}, "output_config": {"effort": level}}
            case "nova":
                if level == "high" and cap is not None:
                    self._drop("high takes no limit of tokens: medium is asked for")
                    level = "medium"
                self.fields = {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}}
            case "reasoning":
                self.fields = {"reasoning": {"effort": level}}
            case form:
                self.fields = {str(form): level}

    def _drop(self, reason: str) -> None:
        self.dropped.append(Dropped(self._name, reason))
