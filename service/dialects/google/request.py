"""ChatRequest to the body of generateContent."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.google import config, tools
from service.dialects.google.contents import Conversation
from service.dialects.google.media import keeps_details
from service.dialects.google.names import camel
from service.dialects.google.platform import Platform
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Dropped, Endpoint

_TAKEN = frozenset({*config.TAKEN, "tools", "tool_choice", "web_search_options", "service_tier"})
# OpenAI's words and `google.genai.types.ServiceTier`: nothing else goes into a header.
_TIERS = {"auto": None, "default": "standard", "standard": "standard", "flex": "flex", "priority": "priority"}


class Encoded(msgspec.Struct, frozen=True):
    """A body, the service tier that it is to be served at, and what was left out of it."""

    body: dict[str, Any]
    tier: str | None
    dropped: tuple[Dropped, ...]


def encode(
    request: ChatRequest, endpoint: Endpoint, platform: Platform, media: Mapping[str, Media]
) -> Encoded:
    """Builds the body. Members that have Google's own names are handed on, and win over translated ones.

    Raises `InvalidRequest` for content that cannot be read or has no form.
    """
    body = Conversation(request, endpoint, platform, media).body()
    if sent := tools.tools(request):
        body["tools"] = sent
    if how := tools.tool_config(request, endpoint, platform, sent):
        body["toolConfig"] = how
    generation, dropped = config.generation_config(request, endpoint)
    taken = _TAKEN | _hand_on(request, platform, body, generation)
    if generation:
        body["generationConfig"] = generation
    if request.body.parallel_tool_calls is not False:
        taken |= {"parallel_tool_calls"}
    tier = request.body.service_tier
    if tier and tier not in _TIERS:
        dropped.append(Dropped("service_tier", f"'{endpoint.id}' has no tier of that name"))
    lost = (
        *dropped,
        *tools.lost(request, endpoint, sent),
        *asked.lost_hints(request, endpoint, detail=keeps_details(request, endpoint)),
        *asked.left_out(request, taken, endpoint),
    )
    return Encoded(body, _TIERS.get(tier) if tier else None, tuple(dict.fromkeys(lost)))


def _hand_on(
    request: ChatRequest, platform: Platform, body: dict[str, Any], generation: dict[str, Any]
) -> frozenset[str]:
    """Puts the members that have Google's own names where they belong; returns which those are."""
    taken = set()
    for name, raw in request.members.items():
        own = camel(name)
        if name in _TAKEN:
            continue
        kind = config.NATIVE.get(own) or platform.members.get(own)
        if kind is None:
            continue
        # Read for its type only: it goes out as it was written.
        read = asked.read(raw, kind, name)
        if own in config.NATIVE:
            generation[own] = raw
        elif own == "generationConfig":
            generation |= _camel_members(read)
        elif own == "toolConfig":
            body[own] = body.get(own, {}) | _camel_members(read)
        else:
            body[own] = raw
        taken.add(name)
    return frozenset(taken)


def _camel_members(members: dict[str, Raw]) -> dict[str, Raw]:
    return {camel(name): value for name, value in members.items()}
