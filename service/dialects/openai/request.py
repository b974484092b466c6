"""ChatRequest to an OpenAI chat completions body.

Members go out as they came in, byte for byte and in their order; only what Pointsman itself decides is set,
and only what the vendor's quirks say is changed.
"""

from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.openai.history import messages, without
from service.dialects.openai.reasoning import ask_for_reasoning
from service.types.chat_request import ChatRequest
from service.types.quirks import Quirks
from service.types.upstream import Endpoint, UpstreamRequest

_raws = msgspec.json.Decoder(dict[str, Raw])
_lists = msgspec.json.Decoder(list[Raw])
_CAPS = ("max_tokens", "max_completion_tokens")


def encode(request: ChatRequest, endpoint: Endpoint, url: str | None = None) -> UpstreamRequest:
    """Builds the request; usage is always asked for, whether or not the caller wants to see it.

    It goes to `url`, by default to the chat completions below the endpoint's base URL.
    """
    quirks = endpoint.quirks
    members: dict[str, Any] = {**request.members, "model": endpoint.model}
    dropped = [
        asked.no_parameter(name, endpoint) for name in quirks.dropped if members.pop(name, None) is not None
    ]
    _set_stream_options(members, request, quirks)
    if quirks.max_tokens_field:
        members = _with_one_cap(members, quirks.max_tokens_field)
    if isinstance(request.body.logit_bias, list) and "logit_bias" in members:
        members["logit_bias"] = {bias.token_id: _number(bias.bias_value) for bias in request.body.logit_bias}
    _settle_conversation(members, quirks)
    dropped += ask_for_reasoning(members, request, endpoint)
    headers = {"accept": "text/event-stream" if request.stream else "application/json"}
    address = url or f"{endpoint.base_url}/chat/completions"
    return UpstreamRequest(address, msgspec.json.encode(members), headers, tuple(dropped))


def _set_stream_options(members: dict[str, Any], request: ChatRequest, quirks: Quirks) -> None:
    if not request.stream or not quirks.stream_usage:
        # OpenAI refuses stream options on an answer that is not streamed.
        members.pop("stream_options", None)
    elif not request.include_usage:
        given = members.get("stream_options")
        members["stream_options"] = {**(_raws.decode(given) if given else {}), "include_usage": True}


def _with_one_cap(members: dict[str, Any], name: str) -> dict[str, Any]:
    """Renames the cap in its place; of two the newer name's value counts."""
    value = members.get("max_completion_tokens", members.get("max_tokens"))
    if value is None:
        return members
    renamed = {name if member in _CAPS else member: each for member, each in members.items()}
    return {**renamed, name: value}


def _settle_conversation(members: dict[str, Any], quirks: Quirks) -> None:
    members["messages"] = messages(members["messages"], quirks)
    for name in quirks.unknown_members:
        members.pop(name, None)
    if quirks.unknown_members and "tools" in members:
        tools = _lists.decode(members["tools"])
        members["tools"] = [without(tool, quirks.unknown_members) for tool in tools]


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value
