"""Tools and the choice among them.

Source: the SDK's ToolParam, ToolChoiceParam and BetaToolUnionParam; recorded requests.
"""

import re
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.anthropic import request_search
from service.dialects.anthropic.claude import Abilities
from service.dialects.anthropic.request_schema import constrained
from service.dialects.asked import ToolChoice
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest, Function
from service.types.upstream import Dropped, Endpoint

Tool = dict[str, Any]

# Anthropic's own tools: their types end in a date, but for these.
_DATED = re.compile(r"[a-z0-9_]+_20\d{6}")
_UNDATED = frozenset({"mcp_toolset", "custom"})
# Members of ToolParam that OpenAI's function tools do not have; they stand beside `function`.
_BESIDE = ("allowed_callers", "defer_loading", "eager_input_streaming", "input_examples")
_NO_PARAMETERS = {"type": "object", "properties": {}}


def is_native(type_: str, members: dict[str, Raw]) -> bool:
    """Whether a tool that is no function is one of Anthropic's, and can go out as it came in."""
    if type_ == "custom":
        return "input_schema" in members
    return type_ in _UNDATED or bool(_DATED.fullmatch(type_))


def raw_tools(request: ChatRequest) -> list[dict[str, Raw]]:
    """The tools with all their members, as they were sent."""
    return asked.member(request, "tools", list[dict[str, Raw]]) or []


def tools_of(
    request: ChatRequest, endpoint: Endpoint, ability: Abilities, dropped: list[Dropped]
) -> list[Tool]:
    """The caller's tools that the model may call, with the web search that he asks for."""
    choice = choice_of(request)
    tools: list[Tool] = []
    for place, (tool, members) in enumerate(zip(request.body.tools or (), raw_tools(request), strict=True)):
        path = f"tools[{place}]"
        if choice and choice.only is not None and _name(tool.function, members) not in choice.only:
            continue
        if tool.type in request_search.FOREIGN_TYPES:
            tools.append(request_search.search_by_tool(members, path, endpoint, dropped))
            continue
        if tool.function is None or tool.type != "function":
            tools.append(dict(members))
            continue
        function = _function(tool.function, endpoint, ability, f"{path}.function", dropped)
        function |= {name: members[name] for name in _BESIDE if name in members}
        if tool.cache_control:
            function["cache_control"] = tool.cache_control
        tools.append(function)
    if request_search.is_asked(request):
        search = request_search.search_by_options(request, endpoint, dropped)
        if not any(_searches(tool) for tool in tools):
            tools.append(search)
    return tools


def choice_of(request: ChatRequest) -> ToolChoice | None:
    """Reads `tool_choice`. Raises `InvalidRequest` for one that names a tool that is not there."""
    choice = asked.tool_choice(request)
    wanted = [*(choice.only or ()), choice.name] if choice else []
    if not any(wanted):
        return choice
    names = {
        _name(tool.function, members)
        for tool, members in zip(request.body.tools or (), raw_tools(request), strict=True)
    }
    if request_search.is_asked(request):
        names.add(request_search.NAME)
    for name in wanted:
        if name is not None and name not in names:
            raise InvalidRequest([Violation("tool_choice", f"names '{name}', which is not among the tools")])
    return choice


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


def object_schema(schema: dict[str, Any]) -> dict[str, Any] | None:
    """A schema of arguments with its `type`, which has to be `object`; None for one of other values."""
    if "type" not in schema:
        return {"type": "object", **schema}
    given = schema["type"]
    type_ = asked.read(given, Any, "type") if isinstance(given, Raw) else given
    if type_ == "object":
        return dict(schema)
    return {**schema, "type": "object"} if isinstance(type_, list) and "object" in type_ else None


def told(keywords: tuple[str, ...]) -> str:
    """The reason for keywords that went into descriptions."""
    return f"not enforced by this provider, but told to the model: {', '.join(keywords)}"


def _function(
    function: Function, endpoint: Endpoint, ability: Abilities, path: str, dropped: list[Dropped]
) -> Tool:
    tool: Tool = {"name": function.name}
    if function.description:
        tool["description"] = function.description
    given: dict[str, Any] = function.parameters or _NO_PARAMETERS
    schema = object_schema(given) or given
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


def _name(function: Function | None, members: dict[str, Raw]) -> str | None:
    """What the model calls a tool by."""
    if function is not None:
        return function.name
    raw = members.get("name")
    try:
        return msgspec.json.decode(raw, type=str) if raw else _searching_name(members)
    except msgspec.DecodeError:
        return None


def _searching_name(members: dict[str, Raw]) -> str | None:
    type_ = msgspec.json.decode(members["type"], type=str) if "type" in members else ""
    return request_search.NAME if type_ in request_search.FOREIGN_TYPES else None


def _searches(tool: Tool) -> bool:
    type_ = tool.get("type", "")
    return bytes(type_).startswith(b'"web_search_2') if isinstance(type_, Raw) else type_.startswith("web_s")
