"""ChatRequest to the body of Converse, which is that of ConverseStream."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from service.dialects.asked import left_out, lost_hints, member, no_parameter
from service.dialects.bedrock.families import Family, family_of
from service.dialects.bedrock.formats import form_of
from service.dialects.bedrock.messages import Conversation, takes_ttl
from service.dialects.bedrock.sampling import Sampling
from service.dialects.bedrock.thinking import Thoughts
from service.dialects.bedrock.tools import Tools, searches
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

_TIERS: Final = {
    **{name: name for name in ("default", "flex", "priority", "reserved")},
    "fast": "priority",
}
_METADATA = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]{0,512}")
_TAKEN: Final = frozenset(
    {
        *("max_tokens", "max_completion_tokens", "stop", "tools", "tool_choice", "parallel_tool_calls"),
        *("response_format", "reasoning_effort", "reasoning", "modalities", "logprobs"),
        *("temperature", "top_p", "top_k", "service_tier", "cache_control", "additionalModelRequestFields"),
        *NATIVE,
    }
)


def encode(request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
    """Builds the request. No cap is sent where none was given: Converse takes the model's own."""
    family, form = family_of(endpoint), form_of(request, endpoint)
    caching = family.caches != "nowhere" and endpoint.facts.prompt_caching is not False
    conversation = Conversation(request, family, media, caching=caching)
    tools = Tools(request, endpoint, family, form, caching=caching)
    thoughts = Thoughts(request, endpoint, family, conversation, forced=tools.forced)
    samplers = Sampling(request, endpoint, family, thoughts)
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
        (
            *conversation.dropped,
            *(form.dropped if form else ()),
            *thoughts.dropped,
            *tools.dropped,
            *samplers.dropped,
            *_dropped(request, endpoint, family, caching=caching),
        ),
    )


def _inference(request: ChatRequest, samplers: Sampling) -> dict[str, Any]:
    config: dict[str, Any] = {"maxTokens": request.cap} if request.cap else {}
    return config | samplers.config


def _own_fields(request: ChatRequest, family: Family) -> dict[str, Any]:
    members = request.members
    return {name: members[name] for name in _CLAUDE_FIELDS if family.claude and name in members}


def _given_fields(request: ChatRequest) -> dict[str, Any]:
    return member(request, "additionalModelRequestFields", dict[str, Raw]) or {}


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


def _dropped(
    request: ChatRequest, endpoint: Endpoint, family: Family, *, caching: bool
) -> tuple[Dropped, ...]:
    taken = _TAKEN | set(("thinking", *_CLAUDE_FIELDS) if family.claude else ())
    dropped = list(
        left_out(request, taken | ({"web_search_options"} if searches(family) else set()), endpoint)
    )
    tier = request.body.service_tier
    if tier and tier != "auto" and tier not in _TIERS:
        dropped.append(Dropped("service_tier", f"Bedrock has no tier '{tier}'"))
    dropped += lost_hints(request, endpoint, cache=caching, strict=True)
    if (
        not caching
        and request.body.cache_control
        and not any(each.param == "cache_control" for each in dropped)
    ):
        dropped.append(no_parameter("cache_control", endpoint))
    if caching:
        ttls = [control.get("ttl") for control in _cache_controls(request)]
        dropped += [
            Dropped("cache_control.ttl", f"'{endpoint.id}' does not take '{ttl}'")
            for ttl in sorted({ttl for ttl in ttls if isinstance(ttl, str)})
            if ttl != "5m" and not takes_ttl(ttl, family)  # which is what counts without a word
        ]
    return tuple(dropped)


def _cache_controls(request: ChatRequest) -> list[dict[str, Any]]:
    body = request.body
    parts = (part for message in body.messages for part in message.parts)
    holders = (body, *body.messages, *(body.tools or ()), *parts)
    return [holder.cache_control for holder in holders if holder.cache_control]
