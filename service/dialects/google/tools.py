"""Tools and tool choice: `tools` and `toolConfig`.

Schemas go out as `parametersJsonSchema`, which takes JSON Schema as it is; `parameters` knows only a subset
of OpenAPI's. Recorded traffic has it with every generation since 2.0, at both addresses.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.google.names import camel
from service.dialects.google.platform import Platform, since
from service.errors import Violation
from service.types.chat_request import ChatRequest, Function
from service.types.upstream import Endpoint

_raw_tools = msgspec.json.Decoder(list[dict[str, Raw]])
_word = msgspec.json.Decoder(str)

# Other vendors' names for tools that Google has too: OpenAI's, and OpenRouter A6.
_ALIASES = {
    "webSearch": "googleSearch",
    "webSearchPreview": "googleSearch",
    "webSearchPreview20250311": "googleSearch",
    "webSearch20250826": "googleSearch",
    "openrouter:webSearch": "googleSearch",
    "codeInterpreter": "codeExecution",
}
_FOREIGN = frozenset({*_ALIASES, "function"})
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def violations(request: ChatRequest, endpoint: Endpoint, platform: Platform) -> Sequence[Violation]:
    """The tools that Google does not have."""
    found = []
    for place, tool in enumerate(_given(request)):
        known = "function" in tool or all(kind in platform.tools for kind in _native(tool))
        if not known or not ("function" in tool or _native(tool)):
            kind = _type(tool) or ", ".join(_native(tool)) or "a tool without type"
            found.append(Violation("tools", f"tools[{place}]: {kind} is not supported by '{endpoint.id}'"))
    return found


def tools(request: ChatRequest) -> list[dict[str, Any]]:
    """The tools; functions stand together, as Google wants them."""
    out: list[dict[str, Any]] = []
    functions: list[dict[str, Any]] = []
    for raw, tool in zip(_given(request), request.body.tools or (), strict=True):
        if tool.function is None:
            out.append(_native(raw))
            continue
        if not functions:
            out.append({"functionDeclarations": functions})
        functions.append(_declaration(tool.function))
    if "web_search_options" in request.members and not any("googleSearch" in each for each in out):
        # Neither the size of the context nor a place without coordinates can be told.
        out.append({"googleSearch": {}})
    return out


def tool_config(
    request: ChatRequest, endpoint: Endpoint, platform: Platform, sent: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """How the model is to use the tools that are sent; empty for nothing to say."""
    config: dict[str, Any] = {}
    if calling := _calling(request):
        config["functionCallingConfig"] = calling
    functions = any("functionDeclarations" in tool for tool in sent)
    if functions and len(sent) > 1 and platform.tool_blocks and since(endpoint.model, 3):
        # Without it the API refuses its own tools beside functions.
        config["includeServerSideToolInvocations"] = True
    return config


def _calling(request: ChatRequest) -> dict[str, Any]:
    match request.body.tool_choice:
        case {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": list(allowed)}}:
            # AUTO takes no list; VALIDATED is the mode that may answer in text and has one.
            names = [name for each in allowed if (name := _name(each))]
            return {"mode": "ANY" if mode == "required" else "VALIDATED", "allowedFunctionNames": names}
    choice = asked.tool_choice(request)
    if choice is None:
        return {}
    if choice.mode == "function":
        return {"mode": "ANY", "allowedFunctionNames": [choice.name]}
    return {"mode": _MODES[choice.mode]}


def _name(allowed: Any) -> str | None:
    match allowed:
        case {"function": {"name": str(name)}} | {"name": str(name)}:
            return name
    return None


def _declaration(function: Function) -> dict[str, Any]:
    declaration: dict[str, Any] = {"name": function.name}
    if function.description is not None:
        declaration["description"] = function.description
    if function.parameters is not None:
        declaration["parametersJsonSchema"] = function.parameters
    return declaration


def _given(request: ChatRequest) -> list[dict[str, Raw]]:
    return _raw_tools.decode(request.members["tools"]) if request.body.tools else []


def _type(tool: Mapping[str, Raw]) -> str:
    return _word.decode(tool["type"]) if "type" in tool else ""


def _native(tool: Mapping[str, Raw]) -> dict[str, Any]:
    """A tool of Google's own: as Google writes it, or `{"type": "google_search", ...options}`."""
    kind = camel(_type(tool))
    members = {camel(name): value for name, value in tool.items() if name not in ("type", "cache_control")}
    if not kind or kind == "function":
        return members
    kind, foreign = _ALIASES.get(kind, kind), kind in _FOREIGN
    if kind in members:
        return {kind: members[kind]}
    # What else stands in a tool of another vendor has no meaning here.
    return {kind: {} if foreign else members}
