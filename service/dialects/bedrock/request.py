"""ChatRequest to the body of Converse, which is that of ConverseStream."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from service.dialects.anthropic.claude import abilities
from service.dialects.anthropic.request_sampling import sampling
from service.dialects.asked import left_out
from service.dialects.bedrock.families import Family, claude_of, family_of
from service.dialects.bedrock.formats import form_of
from service.dialects.bedrock.messages import Conversation
from service.dialects.bedrock.thinking import Thoughts
from service.dialects.bedrock.tools import Tools
from service.dialects.urls import segment
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Dropped, Endpoint, UpstreamRequest

NATIVE: Final = (
    "guardrailConfig",
    "promptVariables",
    "additionalModelResponseFieldPaths",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
)
"""Converse's own members that are handed on as they are (botocore: ConverseRequest)."""

_CLAUDE_FIELDS: Final = ("output_config", "anthropic_beta")
"""Members of Anthropic's own API that Claude takes among `additionalModelRequestFields`, with `thinking`."""

_TIERS: Final = {"default": "default", "flex": "flex", "priority": "priority", "fast": "priority"}
_METADATA = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]{0,512}")
_TAKEN: Final = frozenset(
    {
        *("max_tokens", "max_completion_tokens", "stop", "tools", "tool_choice", "parallel_tool_calls"),
        *("response_format", "reasoning_effort", "reasoning", "modalities", "logprobs", "prediction"),
        *("temperature", "top_p", "top_k", "service_tier", "cache_control", "additionalModelRequestFields"),
        *NATIVE,
    }
)
_raws = msgspec.json.Decoder(dict[str, Raw])


def encode(request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
    """Builds the request. No cap is sent where none was given: Converse takes the model's own."""
    family, form = family_of(endpoint), form_of(request, endpoint)
    caching = family.caches != "nowhere" and endpoint.facts.prompt_caching is not False
    conversation = Conversation(request, family, media, caching=caching)
    tools = Tools(request, family, form, caching=caching)
    thoughts = Thoughts(request, endpoint, family, conversation, forced=tools.forced)
    samplers = _Sampling(request, endpoint, family, thoughts)
    body: dict[str, Any] = {"messages": conversation.messages}
    if conversation.system:
        body["system"] = conversation.system
    if inference := _inference(request, samplers):
        body["inferenceConfig"] = inference
    if tools.config:
        body["toolConfig"] = tools.config
    if form and form.way == "native":
        body["outputConfig"] = form.output_config()
    fields = {**_own_fields(request, family), **samplers.fields, **thoughts.fields, **tools.fields}
    fields |= _given_fields(request)
    if fields:
        body["additionalModelRequestFields"] = fields
    body |= _tier(request) | _metadata(request)
    body |= {name: request.members[name] for name in NATIVE if name in request.members}
    url = f"{endpoint.base_url}/model/{segment(endpoint.model)}/converse{'-stream' if request.stream else ''}"
    accept = "application/vnd.amazon.eventstream" if request.stream else "application/json"
    return UpstreamRequest(
        url,
        msgspec.json.encode(body),
        {"accept": accept, "content-type": "application/json"},
        (*thoughts.dropped, *tools.dropped, *samplers.dropped, *_dropped(request, endpoint, caching=caching)),
    )


class _Sampling:
    """Temperature, top_p and top_k, as far as the model takes them now."""

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

    def _drop(self, name: str, reason: str) -> None:
        self.dropped.append(Dropped(name, reason))


def _inference(request: ChatRequest, samplers: _Sampling) -> dict[str, Any]:
    config: dict[str, Any] = {"maxTokens": request.cap} if request.cap else {}
    config |= samplers.config
    if stops := [stop for stop in request.stops if stop]:
        config["stopSequences"] = stops
    return config


def _own_fields(request: ChatRequest, family: Family) -> dict[str, Any]:
    members = request.members
    return {name: members[name] for name in _CLAUDE_FIELDS if family.claude and name in members}


def _given_fields(request: ChatRequest) -> dict[str, Any]:
    given = request.members.get("additionalModelRequestFields")
    return _raws.decode(given) if given and bytes(given)[:1] == b"{" else {}


def _tier(request: ChatRequest) -> dict[str, Any]:
    tier = _TIERS.get(request.body.service_tier or "")
    return {"serviceTier": {"type": tier}} if tier else {}


def _metadata(request: ChatRequest) -> dict[str, Any]:
    """OpenAI's `metadata` as Bedrock keeps it in its invocation logs, if it may be written like that."""
    given = request.members.get("metadata")
    try:
        pairs: dict[str, str] = msgspec.json.decode(given, type=dict[str, str]) if given else {}
    except msgspec.DecodeError:
        return {}
    fit = all(name and _METADATA.fullmatch(name + text) for name, text in pairs.items())
    return {"requestMetadata": pairs} if pairs and fit and len(pairs) <= 16 else {}


def _dropped(request: ChatRequest, endpoint: Endpoint, *, caching: bool) -> tuple[Dropped, ...]:
    taken = _TAKEN | set(("thinking", *_CLAUDE_FIELDS) if family_of(endpoint).claude else ())
    dropped = list(left_out(request, taken, endpoint))
    tier = request.body.service_tier
    if tier and tier != "auto" and tier not in _TIERS:
        dropped.append(Dropped("service_tier", f"Bedrock has no tier '{tier}'"))
    if not caching and _caches(request):
        dropped.append(Dropped("cache_control", f"'{endpoint.id}' caches by itself or not at all"))
    return tuple(dropped)


def _caches(request: ChatRequest) -> bool:
    body = request.body
    parts = (part for message in body.messages for part in message.parts)
    holders = (body, *body.messages, *(body.tools or ()), *parts)
    return any(holder.cache_control for holder in holders)
