"""Tools and tool choice: `tools` and `toolConfig`.

Schemas go out as `parametersJsonSchema`, which takes JSON Schema as it is; `parameters` knows only a subset
of OpenAPI's. Recorded traffic has it with every generation since 2.0, at both addresses.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.dialects.google.names import camel
from service.dialects.google.platform import Platform, before, since
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest, Function
from service.types.upstream import Dropped, Endpoint

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
    """The tools that Google does not have, a choice that cannot be made, what does not go together."""
    found = []
    for place, tool in enumerate(_given(request)):
        known = "function" in tool or all(kind in platform.tools for kind in _native(tool))
        if not known or not ("function" in tool or _native(tool)):
            kind = _type(tool) or ", ".join(_native(tool)) or "a tool without type"
            found.append(Violation("tools", f"tools[{place}]: {kind} is not supported by '{endpoint.id}'"))
    try:
        asked.offered(request)
    except InvalidRequest as error:
        return [*found, *error.violations]
    return [*found, *_apart(request, endpoint)]


def _apart(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    """What the API takes only one at a time before Gemini 3 (the text of its errors with status 400)."""
    if not before(endpoint.model, 3):
        return
    sent = tools(request)
    functions = any("functionDeclarations" in tool for tool in sent)
    own = any("functionDeclarations" not in tool for tool in sent)
    wanted = request.body.response_format
    if sent and wanted and wanted.type != "text":
        yield asked.unsupported("response_format", f"{wanted.type} together with tools", endpoint)
    if functions and own:
        field = "web_search_options" if "web_search_options" in request.members else "tools"
        yield asked.unsupported(field, "functions together with Google's own tools", endpoint)


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
        out.append({"googleSearch": {}})
    return out


def tool_config(
    request: ChatRequest, endpoint: Endpoint, platform: Platform, sent: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """How the model is to use the tools that are sent; empty for nothing to say.

    Raises `InvalidRequest` for a choice of what is not among the tools.
    """
    config: dict[str, Any] = {}
    asked.offered(request)
    functions = any("functionDeclarations" in tool for tool in sent)
    # A choice is one among functions; without them the API refuses to hear of it.
    if functions and (calling := _calling(request)):
        config["functionCallingConfig"] = calling
    if functions and len(sent) > 1 and platform.tool_blocks and since(endpoint.model, 3):
        # Without it the API refuses its own tools beside functions.
        config["includeServerSideToolInvocations"] = True
    return config


def lost(request: ChatRequest, endpoint: Endpoint, sent: Sequence[Mapping[str, Any]]) -> Iterator[Dropped]:
    """What of the wishes about tools cannot be said."""
    choice = asked.tool_choice(request)
    if choice and choice.mode == "required" and not any("functionDeclarations" in tool for tool in sent):
        yield Dropped("tool_choice", f"'{endpoint.id}' can be made to call functions only")
    options = asked.member(request, "web_search_options", dict[str, Raw]) or {}
    for name in options:
        yield asked.no_parameter(f"web_search_options.{name}", endpoint)


def _calling(request: ChatRequest) -> dict[str, Any]:
    choice = asked.tool_choice(request)
    if choice is None:
        return {}
    if choice.only is not None:
        # AUTO takes no list; VALIDATED is the mode that may answer in text and has one. An empty list is all.
        mode = "ANY" if choice.mode == "required" else "VALIDATED"
        return {"mode": mode, "allowedFunctionNames": choice.only} if choice.only else {"mode": "NONE"}
    if choice.mode == "function":
        return {"mode": "ANY", "allowedFunctionNames": [choice.name]}
    return {"mode": _MODES[choice.mode]}


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
