"""Web search that a caller asks for in OpenAI's words, as Anthropic's own tool.

It is asked for by `web_search_options`, or by a tool of the type that OpenAI and OpenRouter have for it.
"""

from typing import Any

import msgspec
from msgspec import Raw

from service.dialects import asked
from service.types.chat_request import ChatRequest
from service.types.upstream import Dropped, Endpoint

Tool = dict[str, Any]

NAME = "web_search"
FOREIGN_TYPES = frozenset(
    {
        *("web_search", "web_search_2025_08_26"),
        *("web_search_preview", "web_search_preview_2025_03_11", "openrouter:web_search"),
    }
)
"""What others call it. Sources: the `openai` SDK's WebSearchTool and WebSearchPreviewTool; OpenRouter A6."""

_TYPE = "web_search_20250305"
_PLACE = ("city", "country", "region", "timezone")


class _Place(msgspec.Struct):
    city: str | None = None
    country: str | None = None
    region: str | None = None
    timezone: str | None = None


class _Location(_Place):
    approximate: _Place | None = None  # OpenAI's chat completions nest the place once more


class _Filters(msgspec.Struct):
    allowed_domains: list[str] | None = None


class _Options(msgspec.Struct):
    user_location: _Location | None = None
    search_context_size: str | None = None
    filters: _Filters | None = None


def is_asked(request: ChatRequest) -> bool:
    """Whether `web_search_options` asks for it."""
    return "web_search_options" in request.members


def search_by_options(request: ChatRequest, endpoint: Endpoint, dropped: list[Dropped]) -> Tool:
    """The tool for `web_search_options`. Raises `InvalidRequest` for members of other types."""
    options = asked.member(request, "web_search_options", _Options) or _Options()
    return _tool(options, "web_search_options", endpoint, dropped)


def search_by_tool(members: dict[str, Raw], path: str, endpoint: Endpoint, dropped: list[Dropped]) -> Tool:
    """The tool for another vendor's. Raises `InvalidRequest` for members of other types."""
    names = ("user_location", "search_context_size", "filters")
    known = {name: asked.read(members[name], Any, f"{path}.{name}") for name in names if name in members}
    options = asked.read(Raw(msgspec.json.encode(known)), _Options, path)
    return _tool(options, path, endpoint, dropped)


def _tool(options: _Options, path: str, endpoint: Endpoint, dropped: list[Dropped]) -> Tool:
    tool: Tool = {"type": _TYPE, "name": NAME}
    if options.filters and options.filters.allowed_domains:
        tool["allowed_domains"] = options.filters.allowed_domains
    location = options.user_location
    place = (location.approximate or location) if location else None
    known = {name: value for name in _PLACE if (value := getattr(place, name, None))}
    if known:
        tool["user_location"] = {"type": "approximate", **known}
    if options.search_context_size:
        reason = f"provider '{endpoint.provider}' has no such parameter"
        dropped.append(Dropped(f"{path}.search_context_size", reason))
    return tool
