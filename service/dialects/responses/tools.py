"""Tools and tool choice: chat completions' nested forms, flattened; native tools as they are."""

from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.types.chat_request import ChatRequest, Function

# Members of a function tool of this vendor (SDK: `FunctionToolParam`) beside those of every chat API.
_FUNCTION_MEMBERS = ("async", "allowed_callers", "defer_loading", "output_schema")
_CUSTOM_MEMBERS = ("async", "allowed_callers", "defer_loading")
# Options of `image_config` by the image tool's names (Inworld 2.11; SDK: `ImageGeneration`).
_IMAGE_MEMBERS = {
    "image_size": "size",
    **{
        name: name
        for name in (
            *("size", "quality", "background", "output_format", "output_compression"),
            *("moderation", "input_fidelity", "model", "partial_images"),
        )
    },
}

# Types of tool choices that all dialects know.
_COMMON_CHOICES = frozenset({"function", "auto", "none", "required", "any"})

_tools = msgspec.json.Decoder(list[dict[str, Raw]])
_members = msgspec.json.Decoder(dict[str, Raw])


def tools_of(request: ChatRequest) -> list[dict[str, Any]]:
    """All tools: those listed, web search by `web_search_options`, and image output by its modality."""
    listed = _tools.decode(request.members["tools"]) if request.body.tools else []
    tools = [
        _tool(tool.type, members, f"tools[{place}]")
        for place, (tool, members) in enumerate(zip(request.body.tools or (), listed, strict=True))
    ]
    kinds = {tool.type for tool in request.body.tools or ()}
    options = request.members.get("web_search_options")
    if options is not None and not any(kind.startswith("web_search") for kind in kinds):
        tools.append(_web_search(options))
    if "image" in (request.body.modalities or ()) and "image_generation" not in kinds:
        asked_for = request.body.image_config or {}
        config = {name: asked_for[given] for given, name in _IMAGE_MEMBERS.items() if given in asked_for}
        tools.append({"type": "image_generation", **config})
    return tools


def unused_image_options(request: ChatRequest) -> list[str]:
    """The members of `image_config` that do not reach the image tool, or that it does not have."""
    listed = any(tool.type == "image_generation" for tool in request.body.tools or ())
    used = () if listed or "image" not in (request.body.modalities or ()) else _IMAGE_MEMBERS
    return [name for name in request.body.image_config or () if name not in used]


def tool_choice_of(request: ChatRequest) -> Any:
    """The tool choice, None if there is none. Raises `InvalidRequest` for a word that is not known."""
    choice = request.body.tool_choice
    kind = choice.get("type") if isinstance(choice, dict) else None
    if isinstance(choice, dict) and isinstance(kind, str) and kind not in _COMMON_CHOICES:
        return _flat(choice)
    known = asked.tool_choice(request)
    if known is None:
        return None
    return {"type": "function", "name": known.name} if known.name is not None else known.mode


def _flat(choice: dict[str, Any]) -> dict[str, Any]:
    """Takes the object named as its type out: {"type": "custom", "custom": {"name": ...}}."""
    inner = choice.get(str(choice.get("type")))
    if not isinstance(inner, dict):
        return choice
    flat = {"type": choice["type"], **inner}
    if isinstance(flat.get("tools"), list):
        flat["tools"] = [_flat(tool) if isinstance(tool, dict) else tool for tool in flat["tools"]]
    return flat


def _tool(kind: str, members: dict[str, Raw], path: str) -> dict[str, Any]:
    if kind == "function":
        return _function(members)
    if kind == "custom" and "custom" in members:
        return _custom(members, path)
    return {name: value for name, value in members.items() if name != "cache_control"}


def _function(members: dict[str, Raw]) -> dict[str, Any]:
    """Flattens a function; without `strict` this API would be strict, chat completions are not."""
    inner = _members.decode(members["function"])
    known = msgspec.json.decode(members["function"], type=Function)
    built: dict[str, Any] = {"type": "function", "name": known.name}
    if known.description is not None:
        built["description"] = known.description
    built["parameters"] = (
        inner["parameters"] if known.parameters is not None else {"type": "object", "properties": {}}
    )
    built["strict"] = bool(known.strict)
    return built | _picked(_FUNCTION_MEMBERS, members, inner)


def _custom(members: dict[str, Raw], path: str) -> dict[str, Any]:
    inner = asked.read(members["custom"], dict[str, Any], f"{path}.custom")
    grammar = inner.get("format")
    if isinstance(grammar, dict) and isinstance(grammar.get("grammar"), dict):
        inner["format"] = {"type": "grammar", **grammar["grammar"]}
    return {"type": "custom", **inner, **_picked(_CUSTOM_MEMBERS, members)}


def _picked(names: tuple[str, ...], *places: dict[str, Raw]) -> dict[str, Any]:
    return {name: place[name] for name in names for place in places if name in place}


def _web_search(options: Raw) -> dict[str, Any]:
    """Chat completions nest the location in `approximate`; Inworld writes it flat."""
    given: dict[str, Any] = msgspec.json.decode(options, type=dict[str, Any])
    tool: dict[str, Any] = {"type": "web_search"}
    tool |= {name: given[name] for name in ("search_context_size", "filters") if given.get(name) is not None}
    location = given.get("user_location")
    if isinstance(location, dict):
        inner = location.get("approximate")
        members = inner if isinstance(inner, dict) else location
        named = {name: members[name] for name in ("city", "country", "region", "timezone") if name in members}
        tool["user_location"] = {"type": "approximate", **named}
    return tool
