"""ChatRequest to the body of `POST /responses`."""

from typing import Any

import msgspec

from service.dialects import asked
from service.dialects.responses.input_items import input_items
from service.dialects.responses.options import include_of, reasoning_of, text_of
from service.dialects.responses.tools import tool_choice_of, tools_of, unused_image_options
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


def encode(request: ChatRequest, endpoint: Endpoint, url: str | None = None) -> UpstreamRequest:
    """Builds the request. Nothing is stored at the vendor unless the caller asks for it.

    It goes to `url`, by default to the responses below the endpoint's base URL.
    """
    given = request.members
    members: dict[str, Any] = {"model": endpoint.model, "input": input_items(request)}
    members |= {name: value for name, value in given.items() if name in _HANDED_ON}
    unwanted = _unwanted(request, endpoint, members)
    for dropped in unwanted:
        members.pop(dropped.param, None)
    reasoning = reasoning_of(request, endpoint)
    tools = tools_of(request)
    include = include_of(request, endpoint, [tool.type for tool in request.body.tools or ()] + _kinds(tools))
    built = {
        "max_output_tokens": request.cap,
        "tools": tools or None,
        "tool_choice": tool_choice_of(request),
        "text": text_of(request) or None,
        "reasoning": reasoning or None,
        "include": include or None,
        "store": None if _STORING & given.keys() else False,
        "stream": True if request.stream else None,
        "stream_options": _stream_options(request),
    }
    members |= {name: value for name, value in built.items() if value is not None}
    headers = {"accept": "text/event-stream" if request.stream else "application/json"}
    left_out = (
        *asked.left_out(request, (*_HANDED_ON, *_TRANSLATED), endpoint),
        *asked.lost_hints(request, endpoint, detail=True, strict=True),
        *unwanted,
        *_unthought(request, endpoint, reasoning.get("effort")),
    )
    return UpstreamRequest(
        url or f"{endpoint.base_url}/responses", msgspec.json.encode(members), headers, left_out
    )


def _kinds(tools: list[dict[str, Any]]) -> list[str]:
    return [tool["type"] for tool in tools if isinstance(tool["type"], str)]


def _stream_options(request: ChatRequest) -> dict[str, bool] | None:
    """The one option that is this API's too; usage always comes."""
    given = request.members.get("stream_options")
    options: dict[str, Any] = msgspec.json.decode(given, type=dict[str, Any]) if given else {}
    obfuscation = options.get("include_obfuscation")
    return {"include_obfuscation": obfuscation} if request.stream and isinstance(obfuscation, bool) else None


def _unwanted(request: ChatRequest, endpoint: Endpoint, members: dict[str, Any]) -> list[Dropped]:
    """What the image tool does not have, and knobs that this model is known to refuse."""
    names = [f"image_config.{name}" for name in unused_image_options(request)]
    refused = {*endpoint.quirks.dropped, *(["temperature"] if endpoint.facts.temperature is False else [])}
    names += [name for name in members if name in refused]
    return [asked.no_parameter(name, endpoint) for name in names]


def _unthought(request: ChatRequest, endpoint: Endpoint, effort: str | None) -> list[Dropped]:
    """How much the caller wanted it to think, as far as that could not be said."""
    wanted = request.thinking
    name = "reasoning" if request.reasoning is not None else "reasoning_effort"
    if endpoint.facts.reasoning is False:
        return [Dropped(name, f"'{endpoint.id}' does not reason")] if wanted and not wanted.off else []
    if wanted and wanted.max_tokens is not None and effort is None:
        return [asked.no_parameter(name, endpoint)]
    return asked.changed_effort(request, effort, endpoint)
