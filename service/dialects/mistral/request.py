"""ChatRequest to the body of Mistral's chat completions.

Mistral refuses members that it does not know, so only those of its SDK's `ChatCompletionRequest` go out; they
go out as they came in where they need no change.
"""

from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.mistral.messages import messages
from service.dialects.openai.reasoning import ask_for_reasoning
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint, UpstreamRequest

# What Mistral has under a name of its own; the caller may use that as well, and then it counts.
_RENAMED = {"seed": "random_seed", "max_completion_tokens": "max_tokens"}
_OWN = (
    *("model", "messages", "stream", "temperature", "top_p", "top_k", "max_tokens", "min_tokens", "stop"),
    *("random_seed", "presence_penalty", "frequency_penalty", "repetition_penalty", "n", "metadata"),
    *("logprobs", "top_logprobs", "prompt_logprobs", "top_prompt_logprobs", "response_format", "tools"),
    *("tool_choice", "parallel_tool_calls", "prediction", "reasoning_effort", "prompt_mode", "guardrails"),
    *("prompt_cache_key", "service_tier", "safe_prompt"),
)
_TIERS = ("auto", "standard_only")

_lists = msgspec.json.Decoder(list[Raw])
_objects = msgspec.json.Decoder(dict[str, Raw])


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """Builds the request; usage comes with every stream without being asked for."""
    given, body = request.members, request.body
    dropped = list(asked.left_out(request, {*_OWN, *_RENAMED}, endpoint))
    members: dict[str, Any] = {}
    for name, value in given.items():
        own = _RENAMED.get(name, name)
        if own in _OWN and (own == name or own not in given or name == "max_completion_tokens"):
            members[own] = value
    if body.max_completion_tokens is not None:
        members["max_tokens"] = body.max_completion_tokens
    members["model"] = endpoint.model
    members["messages"], changed = messages(request, endpoint)
    dropped += [*changed, *asked.lost_hints(request, endpoint, detail=True, strict=True)]
    if body.service_tier is not None and body.service_tier not in _TIERS:
        del members["service_tier"]
        dropped.append(Dropped("service_tier", f"'{body.service_tier}' is no tier of Mistral's"))
    offered = asked.offered(request)
    if "tools" in members:
        tools = _lists.decode(members["tools"])
        members["tools"] = [_tool(tools[place]) for place, _ in offered]
    if choice := asked.tool_choice(request):
        named = {"type": "function", "function": {"name": choice.name}}
        members["tool_choice"] = {"required": "any", "function": named}.get(choice.mode, choice.mode)
    if body.prediction:
        members["prediction"] = _prediction(body.prediction)
    dropped += ask_for_reasoning(members, request, endpoint)
    for name in endpoint.quirks.dropped:
        if members.pop(_RENAMED.get(name, name), None) is not None:
            dropped.append(asked.no_parameter(name, endpoint))
    headers = {"accept": "text/event-stream" if request.stream else "application/json"}
    return UpstreamRequest(_url(endpoint.base_url), msgspec.json.encode(members), headers, tuple(dropped))


def _url(base_url: str) -> str:
    """The SDK's `server_url` has no version, most configurations have it."""
    return f"{base_url}/chat/completions" if base_url.endswith("/v1") else f"{base_url}/v1/chat/completions"


def _tool(given: Raw) -> dict[str, Any]:
    """A function must have parameters; cache marks are unknown. Mistral's own tools stay as they are."""
    tool: dict[str, Any] = dict(_objects.decode(given))
    tool.pop("cache_control", None)
    if "function" in tool and bytes(tool["function"]) != b"null":
        function: dict[str, Any] = dict(_objects.decode(tool["function"]))
        if bytes(function.get("parameters", b"null")) == b"null":
            tool["function"] = {**function, "parameters": {"type": "object", "properties": {}}}
    return tool


def _prediction(given: dict[str, Any]) -> dict[str, Any]:
    """Mistral takes text alone, OpenAI text parts besides."""
    content = given.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(text for text in texts if isinstance(text, str))
    return {"type": "content", "content": content}
