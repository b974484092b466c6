"""Tools and the choice among them.

Source: the SDK's ToolParam, ToolChoiceParam and BetaToolUnionParam; recorded requests.
"""

import re
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.anthropic.claude import Abilities
from service.dialects.anthropic.request_schema import constrained
from service.dialects.asked import ToolChoice
from service.types.chat_request import ChatRequest, Function
from service.types.upstream import Dropped, Endpoint

Tool = dict[str, Any]

# Anthropic's own tools: their types end in a date, but for these.
_DATED = re.compile(r"[a-z0-9_]+_20\d{6}")
_UNDATED = frozenset({"mcp_toolset", "custom"})
# Members of ToolParam that OpenAI's function tools do not have; they stand beside `function`.
_BESIDE = ("allowed_callers", "defer_loading", "eager_input_streaming", "input_examples")
_NO_PARAMETERS = {"type": "object", "properties": {}}
_SEARCH_TYPE = "web_search_20250305"

_raws = msgspec.json.Decoder(list[dict[str, Raw]])


def is_native(type_: str, members: dict[str, Raw]) -> bool:
    """Whether a tool that is no function is one of Anthropic's, and can go out as it came in."""
    if type_ == "custom":
        return "input_schema" in members
    return type_ in _UNDATED or bool(_DATED.fullmatch(type_))


def raw_tools(request: ChatRequest) -> list[dict[str, Raw]]:
    """The tools with all their members, as they were sent."""
    return _raws.decode(request.members["tools"]) if request.body.tools else []


def tools_of(
    request: ChatRequest, endpoint: Endpoint, ability: Abilities, dropped: list[Dropped]
) -> list[Tool]:
    """The caller's tools, with the web search that `web_search_options` asks for."""
    tools: list[Tool] = []
    for place, (tool, members) in enumerate(zip(request.body.tools or (), raw_tools(request), strict=True)):
        if tool.function is None or tool.type != "function":
            tools.append(dict(members))
            continue
        function = _function(tool.function, endpoint, ability, f"tools[{place}].function", dropped)
        function |= {name: members[name] for name in _BESIDE if name in members}
        if tool.cache_control:
            function["cache_control"] = tool.cache_control
        tools.append(function)
    search = _search(request, endpoint, dropped)
    if search and not any(bytes(tool.get("type", b"")).startswith(b'"web_search_2') for tool in tools):
        tools.append(search)
    return tools


def choice_of(request: ChatRequest) -> ToolChoice | None:
    """Reads `tool_choice` in OpenAI's forms and in Anthropic's own."""
    match request.body.tool_choice:
        case {"type": "tool", "name": str(name)}:
            return ToolChoice("function", name)
    return asked.tool_choice(request)


def tool_choice(choice: ToolChoice | None, *, parallel: bool | None) -> dict[str, Any] | None:
    """Says it in Anthropic's words; None for its own default."""
    word: dict[str, Any]
    match choice:
        case ToolChoice("none"):
            return {"type": "none"}
        case ToolChoice("required"):
            word = {"type": "any"}
        case ToolChoice("function", name):
            word = {"type": "tool", "name": name}
        case ToolChoice():
            word = {"type": "auto"}
        case None:
            if parallel is not False:
                return None
            word = {"type": "auto"}
    return word | ({"disable_parallel_tool_use": True} if parallel is False else {})


def _function(
    function: Function, endpoint: Endpoint, ability: Abilities, path: str, dropped: list[Dropped]
) -> Tool:
    tool: Tool = {"name": function.name}
    if function.description:
        tool["description"] = function.description
    schema: dict[str, Any] = dict(function.parameters or _NO_PARAMETERS)
    if "type" not in schema:
        schema = {"type": "object", **schema}
    tool["input_schema"] = schema
    if not function.strict:
        return tool
    fitted = constrained(schema) if ability.structured_outputs else None
    if fitted is None:
        reason = f"'{endpoint.id}' cannot hold this tool's arguments to its schema"
        dropped.append(Dropped(f"{path}.strict", reason))
        return tool
    if fitted.told:
        dropped.append(Dropped(f"{path}.parameters", told(fitted.told)))
    return {**tool, "input_schema": fitted.schema, "strict": True}


def told(keywords: tuple[str, ...]) -> str:
    """The reason for keywords that went into descriptions."""
    return f"not enforced by this provider, but told to the model: {', '.join(keywords)}"


def _search(request: ChatRequest, endpoint: Endpoint, dropped: list[Dropped]) -> Tool | None:
    options = request.routing.web_search_options
    if options is None and "web_search_options" not in request.members:
        return None
    raw = request.members.get("web_search_options")
    given: dict[str, Any] = msgspec.json.decode(raw) if raw else {}
    tool: Tool = {"type": _SEARCH_TYPE, "name": "web_search"}
    location = given.get("user_location") or {}
    # OpenAI nests the place once more.
    place = location.get("approximate") or location
    known = {name: place[name] for name in ("city", "country", "region", "timezone") if place.get(name)}
    if known:
        tool["user_location"] = {"type": "approximate", **known}
    if given.get("search_context_size"):
        reason = f"provider '{endpoint.provider}' has no such parameter"
        dropped.append(Dropped("web_search_options.search_context_size", reason))
    return tool
