"""ChatRequest to the body of Cohere's chat, version 2."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.cohere.messages import messages, unsupported_parts
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest, Function
from service.types.upstream import Dropped, Endpoint, UpstreamRequest

# Parameters of the SDK's `ClientV2.chat` that go out as they came in; OpenAI has the first ones as well.
_AS_SENT = (
    *("stream", "temperature", "seed", "presence_penalty", "frequency_penalty", "logprobs"),
    *("p", "k", "stop_sequences", "strict_tools", "documents", "citation_options", "safety_mode"),
    *("thinking", "priority"),
)
_RENAMED = {"top_p": "p", "top_k": "k"}
_TRANSLATED = (
    *("max_tokens", "max_completion_tokens", "stop", "top_logprobs", "tools", "tool_choice"),
    *("response_format", "reasoning_effort", "modalities"),
)
# The SDK's `V2ChatRequestToolChoice`; a caller may use these words.
_OWN_CHOICES = ("REQUIRED", "NONE")
_FORMATS = ("text", "json_object", "json_schema")
# What is beyond them is refused (Cohere API reference, Chat: "p", "frequency_penalty", "presence_penalty").
_RANGES = {
    "p": ("top_p", 0.01, 0.99),
    "frequency_penalty": ("frequency_penalty", 0, 1),
    "presence_penalty": ("presence_penalty", 0, 1),
}
_ANY_ARGUMENTS: dict[str, Any] = {"type": "object", "properties": {}}


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """Builds the request; usage comes with every stream without being asked for."""
    body, given = request.body, request.members
    members: dict[str, Any] = {"model": endpoint.model, "messages": messages(request, endpoint)}
    members |= {name: value for name, value in given.items() if name in _AS_SENT}
    members |= {own: given[name] for name, own in _RENAMED.items() if name in given and own not in given}
    dropped = [*asked.left_out(request, {*_AS_SENT, *_RENAMED, *_TRANSLATED}, endpoint)]
    dropped += [*asked.lost_hints(request, endpoint, detail=True, strict=True)]
    dropped += _out_of_range(members, request)
    if request.cap is not None:
        members["max_tokens"] = request.cap
    if request.stops and "stop_sequences" not in given:
        members["stop_sequences"] = request.stops
    members |= _tools(request)
    if (wanted := body.response_format) and wanted.type != "text":
        schema = wanted.json_schema.schema if wanted.json_schema else None
        members["response_format"] = {"type": "json_object"} | ({"json_schema": schema} if schema else {})
    dropped += _think(members, request, endpoint)
    for name in endpoint.quirks.dropped:
        if members.pop(_RENAMED.get(name, name), None) is not None:
            dropped.append(asked.no_parameter(name, endpoint))
    headers = {"accept": "text/event-stream" if request.stream else "application/json"}
    return UpstreamRequest(
        f"{endpoint.base_url}/v2/chat", msgspec.json.encode(members), headers, tuple(dropped)
    )


def obstacles(request: ChatRequest, endpoint: Endpoint) -> list[Violation]:
    """What the caller would not get."""
    names = dict.fromkeys(("n", "image", "audio", *endpoint.quirks.refused))
    return [*asked.refused(request, names, endpoint), *_refused(request, endpoint)]


def _refused(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    body = request.body
    if body.top_logprobs:
        yield asked.unsupported("top_logprobs", "top_logprobs", endpoint)
    for place, tool in enumerate(body.tools or ()):
        if tool.type != "function":
            yield asked.unsupported(f"tools[{place}].type", f"a tool of type '{tool.type}'", endpoint)
    form = body.response_format
    if form and form.type not in _FORMATS:
        yield asked.unsupported("response_format", f"response_format of type '{form.type}'", endpoint)
    elif form and form.type != "text" and body.tools:  # the SDK's `ResponseFormatV2`, "Limitation"
        yield asked.unsupported("response_format", "response_format together with tools", endpoint)
    if body.tool_choice not in _OWN_CHOICES:
        try:
            asked.offered(request)
        except InvalidRequest as error:
            yield from error.violations
    yield from unsupported_parts(request, endpoint)


def _out_of_range(members: dict[str, Any], request: ChatRequest) -> Iterator[Dropped]:
    """Takes sampling parameters out that other vendors allow to be larger or smaller."""
    for own, (name, low, high) in _RANGES.items():
        value = getattr(request.body, name)
        is_own = own != name and own in request.members
        if value is not None and not is_own and not low <= value <= high:
            del members[own]
            yield Dropped(name, f"Cohere takes {low} to {high}")


def _tools(request: ChatRequest) -> dict[str, Any]:
    """The tools and the choice among them. Cohere cannot be told to call one tool: only that one is sent."""
    own = request.body.tool_choice in _OWN_CHOICES
    choice = None if own else asked.tool_choice(request)
    tools = request.body.tools or () if own else [tool for _, tool in asked.offered(request)]
    functions = [tool.function for tool in tools if tool.function]
    if choice and choice.name is not None:
        functions = [function for function in functions if function.name == choice.name]
    members: dict[str, Any] = {}
    if functions:
        members["tools"] = [{"type": "function", "function": _function(each)} for each in functions]
    if any(function.strict for function in functions) and "strict_tools" not in request.members:
        members["strict_tools"] = True
    if own:
        members["tool_choice"] = request.body.tool_choice
    elif choice and choice.mode != "auto":
        members["tool_choice"] = "NONE" if choice.mode == "none" else "REQUIRED"
    return members


def _function(function: Function) -> dict[str, Any]:
    described = {"description": function.description} if function.description is not None else {}
    parameters: dict[str, Raw] | dict[str, Any] = function.parameters or _ANY_ARGUMENTS
    return {"name": function.name, **described, "parameters": parameters}


def _think(members: dict[str, Any], request: ChatRequest, endpoint: Endpoint) -> list[Dropped]:
    """Thinking is on or off, with a budget where one is known."""
    thinking = request.thinking
    param = "reasoning" if request.reasoning is not None else "reasoning_effort"
    if "thinking" in members or thinking is None:
        given = "thinking" in members and request.reasoning is not None
        return [Dropped(param, "thinking was given, and counts")] if given else []
    if endpoint.facts.reasoning is False:
        return [] if thinking.off else [Dropped(param, f"'{endpoint.id}' does not reason")]
    budget = thinking.max_tokens if request.cap is None else thinking.budget(request.cap)
    if thinking.off:
        members["thinking"] = {"type": "disabled"}
    else:
        members["thinking"] = {"type": "enabled"} | ({"token_budget": budget} if budget else {})
    return []
