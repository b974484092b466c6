"""ChatRequest to an OpenAI chat completions body.

Members go out as they came in, byte for byte and in their order; only what Pointsman itself decides is set.
"""

from typing import Any

import msgspec
from msgspec import Raw

from service.types.chat_request import ChatRequest
from service.types.routing_options import Reasoning
from service.types.upstream import Endpoint, UpstreamRequest

_raws = msgspec.json.Decoder(dict[str, Raw])


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """Builds the request; usage is always asked for, whether or not the caller wants to see it."""
    members: dict[str, Any] = dict(request.members)
    members["model"] = endpoint.model
    if request.stream:
        given = members.get("stream_options")
        members["stream_options"] = {**(_raws.decode(given) if given else {}), "include_usage": True}
    else:
        # OpenAI refuses stream options on an answer that is not streamed.
        members.pop("stream_options", None)
    if isinstance(request.body.logit_bias, list):
        members["logit_bias"] = {bias.token_id: _number(bias.bias_value) for bias in request.body.logit_bias}
    if request.reasoning is not None:
        members["reasoning_effort"] = effort(request.reasoning)
    headers = {"accept": "text/event-stream" if request.stream else "application/json"}
    return UpstreamRequest(f"{endpoint.base_url}/chat/completions", msgspec.json.encode(members), headers)


def effort(reasoning: Reasoning) -> str:
    """Reads the effort of a `reasoning` object: medium unless said otherwise (Inworld 2.9)."""
    if reasoning.enabled is False:
        return "none"
    return "medium" if reasoning.effort in (None, "unspecified") else str(reasoning.effort)


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value
