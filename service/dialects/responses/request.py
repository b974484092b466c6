"""ChatRequest to the body of `POST /responses`."""

from typing import Any

import msgspec

from service.dialects import asked
from service.dialects.responses.input_items import input_items
from service.dialects.responses.options import include_of, reasoning_of, text_of
from service.dialects.responses.tools import dropped_image_options, tool_choice_of, tools_of
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint, UpstreamRequest

# Members of the same name and meaning in both APIs, and this API's own (SDK: `ResponseCreateParams`).
_HANDED_ON = (
    *("temperature", "top_p", "top_logprobs", "parallel_tool_calls", "service_tier", "safety_identifier"),
    *("prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "metadata", "user", "store"),
    *("truncation", "previous_response_id", "conversation", "background", "max_tool_calls", "prompt"),
    *("moderation", "instructions", "context_management", "access_programs", "image"),
)
_TRANSLATED = (
    *("max_tokens", "max_completion_tokens", "tools", "tool_choice", "response_format", "verbosity"),
    *("reasoning_effort", "web_search_options", "modalities", "image_config", "logprobs", "include"),
)
# Answers that are to be found again must be stored: said by asking for them, so not denied here.
_STORING = frozenset({"store", "previous_response_id", "conversation", "background"})


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """Builds the request. Nothing is stored at the vendor unless the caller asks for it."""
    given = request.members
    members: dict[str, Any] = {"model": endpoint.model, "input": input_items(request)}
    members |= {name: value for name, value in given.items() if name in _HANDED_ON}
    unwanted = _unwanted(request, endpoint)
    for dropped in unwanted:
        members.pop(dropped.param, None)
    tools = tools_of(request)
    include = include_of(request, endpoint, [tool.type for tool in request.body.tools or ()] + _kinds(tools))
    built = {
        "max_output_tokens": request.cap,
        "tools": tools or None,
        "tool_choice": tool_choice_of(request),
        "text": text_of(request) or None,
        "reasoning": reasoning_of(request, endpoint) or None,
        "include": include or None,
        "store": None if _STORING & given.keys() else False,
        "stream": True if request.stream else None,
        "stream_options": _stream_options(request),
    }
    members |= {name: value for name, value in built.items() if value is not None}
    headers = {"accept": "text/event-stream" if request.stream else "application/json"}
    left_out = asked.left_out(request, (*_HANDED_ON, *_TRANSLATED), endpoint)
    return UpstreamRequest(
        f"{endpoint.base_url}/responses", msgspec.json.encode(members), headers, left_out + unwanted
    )


def _kinds(tools: list[dict[str, Any]]) -> list[str]:
    return [tool["type"] for tool in tools if isinstance(tool["type"], str)]


def _stream_options(request: ChatRequest) -> dict[str, bool] | None:
    """The one option that is this API's too; usage always comes."""
    given = request.members.get("stream_options")
    options: dict[str, Any] = msgspec.json.decode(given, type=dict[str, Any]) if given else {}
    obfuscation = options.get("include_obfuscation")
    return {"include_obfuscation": obfuscation} if request.stream and isinstance(obfuscation, bool) else None


def _unwanted(request: ChatRequest, endpoint: Endpoint) -> tuple[Dropped, ...]:
    """What the image tool does not have, and knobs that the catalog knows this model to refuse."""
    facts = endpoint.facts
    dropped = [
        Dropped(f"image_config.{name}", f"provider '{endpoint.provider}' has no such parameter")
        for name in dropped_image_options(request)
    ]
    if facts.temperature is False and request.body.temperature is not None:
        dropped.append(Dropped("temperature", f"'{endpoint.id}' takes no temperature"))
    if facts.reasoning is False and request.thinking is not None and not request.thinking.off:
        name = "reasoning" if request.reasoning is not None else "reasoning_effort"
        dropped.append(Dropped(name, f"'{endpoint.id}' does not reason"))
    return tuple(dropped)
