"""ChatRequest to the body of Converse, which is that of ConverseStream."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from service.dialects.asked import left_out
from service.dialects.bedrock.families import Family, family_of
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

_CLAUDE_FIELDS: Final = ("thinking", "output_config", "anthropic_beta")
"""Members of Anthropic's own API that Claude takes among `additionalModelRequestFields`."""

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
    thoughts = Thoughts(request, endpoint, family, forced=tools.forced)
    sampling = _Sampling(request, endpoint, family, thoughts)
    body: dict[str, Any] = {"messages": conversation.messages}
    if conversation.system:
        body["system"] = conversation.system
    if inference := _inference(request, sampling):
        body["inferenceConfig"] = inference
    if tools.config:
        body["toolConfig"] = tools.config
    if form and form.way == "native":
        body["outputConfig"] = form.output_config()
    fields = {**sampling.fields, **thoughts.fields, **tools.fields, **_own_fields(request, family)}
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
        (*thoughts.dropped, *tools.dropped, *sampling.dropped, *_dropped(request, endpoint, caching=caching)),
    )


class _Sampling:
    """Temperature, top_p and top_k, as far as the model takes them now."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint, family: Family, thoughts: Thoughts) -> None:
        body = request.body
        self.fields: dict[str, Any] = {}
        self.config: dict[str, float] = {}
        self.dropped: list[Dropped] = []
        given = {"temperature": body.temperature, "top_p": body.top_p, "top_k": body.top_k}
        asked = {name: value for name, value in given.items() if value is not None}
        taken = family.sampling and endpoint.facts.temperature is not False
        for name, value in asked.items():
            if not taken or (name == "top_k" and family.top_k is None):
                self._drop(name, f"'{endpoint.id}' has no such parameter")
            elif thoughts.active and not _beside_thinking(name, value, family, thoughts):
                self._drop(name, f"'{endpoint.id}' does not take it while it thinks")
            elif name == "temperature":
                self.config[name] = min(value, 1.0)
                if value > 1:
                    self._drop(name, "Bedrock takes 0 to 1; 1 is sent")
            elif name == "top_p":
                self.config["topP"] = value
            elif value > 0:  # 0 is no limit
                self.fields |= {"top_k": value} if family.claude else {"inferenceConfig": {"topK": value}}

    def _drop(self, name: str, reason: str) -> None:
        self.dropped.append(Dropped(name, reason))


def _beside_thinking(name: str, value: float, family: Family, thoughts: Thoughts) -> bool:
    """Claude takes temperature 1 and top_p from 0.95 on while it thinks; Nova's high effort takes none."""
    if family.claude:
        return (name == "temperature" and value == 1) or (name == "top_p" and value >= 0.95)
    return bool(thoughts.fields.get("reasoningConfig", {}).get("maxReasoningEffort") != "high")


def _inference(request: ChatRequest, sampling: _Sampling) -> dict[str, Any]:
    config: dict[str, Any] = {"maxTokens": request.cap} if request.cap else {}
    config |= sampling.config
    if stops := [stop for stop in request.stops if stop]:
        config["stopSequences"] = stops
    return config


def _own_fields(request: ChatRequest, family: Family) -> dict[str, Raw]:
    members = request.members
    fields = {name: members[name] for name in _CLAUDE_FIELDS if family.claude and name in members}
    given = members.get("additionalModelRequestFields")
    return fields | (_raws.decode(given) if given and bytes(given)[:1] == b"{" else {})


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
    taken = _TAKEN | set(_CLAUDE_FIELDS if family_of(endpoint).claude else ())
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
