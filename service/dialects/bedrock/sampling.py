"""Samplers and stop sequences, as far as the model takes them now."""

from typing import Any

from service.dialects.anthropic.claude import abilities
from service.dialects.anthropic.request_sampling import sampling
from service.dialects.bedrock.families import Family, claude_of
from service.dialects.bedrock.thinking import Thoughts
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint


class Sampling:
    """`config` goes into `inferenceConfig`, `fields` to the model's own; the rest is in `dropped`."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint, family: Family, thoughts: Thoughts) -> None:
        self.fields: dict[str, Any] = {}
        self.config: dict[str, Any] = {}
        self.dropped: list[Dropped] = []
        if family.claude:
            ability = abilities(claude_of(endpoint))
            kept = sampling(request, endpoint, ability, thinks=thoughts.active, dropped=self.dropped)
            if "top_k" in kept:
                self.fields = {"top_k": kept.pop("top_k")}
        else:
            kept = self._of_others(request, endpoint, family, thoughts)
        names = {"temperature": "temperature", "top_p": "topP"}
        self.config = {names[name]: value for name, value in kept.items()}
        if stops := self._stops(request, endpoint, family):
            self.config["stopSequences"] = stops

    def _of_others(
        self, request: ChatRequest, endpoint: Endpoint, family: Family, thoughts: Thoughts
    ) -> dict[str, Any]:
        body = request.body
        given = {"temperature": body.temperature, "top_p": body.top_p, "top_k": body.top_k}
        # Nova's high effort goes with no sampler.
        free = thoughts.fields.get("reasoningConfig", {}).get("maxReasoningEffort") != "high"
        kept: dict[str, Any] = {}
        for name, value in given.items():
            if value is None:
                continue
            if not free:
                self._drop(name, f"'{endpoint.id}' does not take it at high effort")
            elif name == "top_k" and not family.nova_top_k:
                self._drop(name, f"'{endpoint.id}' has no such parameter")
            elif name == "top_k":
                self.fields = {"inferenceConfig": {"topK": value}} if value else {}  # 0 is no limit
            elif not family.sampling or endpoint.facts.temperature is False:
                self._drop(name, f"'{endpoint.id}' has no such parameter")
            elif value > 1:
                self._drop(name, f"'{endpoint.id}' takes 0 to 1; 1 is sent")
                kept[name] = 1
            else:
                kept[name] = request.members[name]
        return kept

    def _stops(self, request: ChatRequest, endpoint: Endpoint, family: Family) -> list[str]:
        """Claude refuses stop sequences of white space alone; empty ones are refused by all."""
        kept = [stop for stop in request.stops if (stop.strip() if family.claude else stop)]
        if len(kept) < len(request.stops):
            self._drop("stop", f"'{endpoint.id}' does not take an empty stop sequence")
        return kept

    def _drop(self, name: str, reason: str) -> None:
        self.dropped.append(Dropped(name, reason))
