"""ChatRequest to the body of generateContent."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.google import config, tools
from service.dialects.google.contents import Conversation
from service.dialects.google.names import camel
from service.dialects.google.platform import Platform
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Dropped, Endpoint

_raws = msgspec.json.Decoder(dict[str, Raw])
_TAKEN = frozenset({*config.TAKEN, "tools", "tool_choice", "web_search_options", "service_tier"})
_TIERS = {"auto": None, "default": "standard"}  # OpenAI's words; other words are Google's own


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
    lost = (*dropped, *asked.left_out(request, taken, endpoint))
    tier = request.body.service_tier
    return Encoded(body, _TIERS.get(tier, tier) if tier else None, lost)


def _hand_on(
    request: ChatRequest, platform: Platform, body: dict[str, Any], generation: dict[str, Any]
) -> frozenset[str]:
    """Puts the members that have Google's own names where they belong; returns which those are."""
    taken = set()
    for name, raw in request.members.items():
        own = camel(name)
        if name in _TAKEN:
            continue
        if own in config.NATIVE:
            generation[own] = raw
        elif own not in platform.members:
            continue
        elif own == "generationConfig":
            generation |= _camel_members(raw)
        elif own == "toolConfig":
            body[own] = body.get(own, {}) | _camel_members(raw)
        else:
            body[own] = raw
        taken.add(name)
    return frozenset(taken)


def _camel_members(raw: Raw) -> dict[str, Raw]:
    return {camel(name): value for name, value in _raws.decode(raw).items()}
