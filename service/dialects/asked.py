"""What a request asks for, in words that translating dialects share."""

from collections.abc import Collection
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Raw

from service.errors import InvalidRequest, Violation
from service.types import checked
from service.types.chat_request import ChatRequest, Tool
from service.types.message import ToolCall
from service.types.upstream import Dropped, Endpoint

T = TypeVar("T")

# Members that every dialect handles by itself, whatever it makes of them.
_ALWAYS_TAKEN = frozenset(
    {
        *("model", "messages", "stream", "stream_options", "user", "store", "metadata", "n"),
        *("include_reasoning", "usage"),  # OpenRouter's: ours to heed, and a wish that is always granted
    }
)


class ToolChoice(NamedTuple):
    """Which tools the model may or must call; `name` goes with `function`.

    `only` names the tools that may be called at all, None for every one (`allowed_tools`).
    """

    mode: Literal["auto", "none", "required", "function"]
    name: str | None = None
    only: tuple[str, ...] | None = None


def tool_choice(request: ChatRequest) -> ToolChoice | None:
    """Reads every form of `tool_choice` there is; None when it was not given.

    Raises `InvalidRequest` for a form that names nothing known.
    """
    choice = request.body.tool_choice
    match choice:
        case None:
            return None
        case "auto" | "none" | "required":
            return ToolChoice(choice)
        case "any":  # Mistral's and Anthropic's word
            return ToolChoice("required")
        case {"type": "function", "function": {"name": str(name)}}:
            return ToolChoice("function", name)
        case {"type": "function" | "tool", "name": str(name)}:  # Responses' and Anthropic's way
            return ToolChoice("function", name)
        case {"type": "auto" | "none" | "required" as mode}:
            return ToolChoice(mode)
        case {"type": "any"}:
            return ToolChoice("required")
        case {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "auto" | "required" as mode, "tools": list(tools)},
        }:
            return ToolChoice(mode, only=tuple(_allowed_name(each) for each in tools))
    allowed = 'auto, none, required, {"type": "function", "function": {"name": ...}} or allowed_tools'
    shown = msgspec.json.encode(choice).decode()[:80]
    raise InvalidRequest([Violation("tool_choice", f"must be {allowed}, got {shown}")])


def _allowed_name(entry: Any) -> str:
    """The function that an entry of `allowed_tools` names, in chat's way or in Responses'."""
    match entry:
        case {"function": {"name": str(name)}} | {"name": str(name)}:
            return name
    shown = msgspec.json.encode(entry).decode()[:80]
    raise InvalidRequest([Violation("tool_choice.allowed_tools.tools", f"must name functions, got {shown}")])


def offered(request: ChatRequest) -> list[tuple[int, Tool]]:
    """The tools that the model may call, with their places: all, or those that `allowed_tools` names.

    Raises `InvalidRequest` if the choice names a function that is not among them.
    """
    tools = list(enumerate(request.body.tools or ()))
    choice = tool_choice(request)
    names = {tool.function.name for _, tool in tools if tool.function}
    wanted = choice.only if choice and choice.only is not None else (choice.name,) if choice else ()
    for name in filter(None, wanted):
        if name not in names:
            raise InvalidRequest([Violation("tool_choice", f"names '{name}', which is not among the tools")])
    if choice is None or choice.only is None:
        return tools
    return [(place, tool) for place, tool in tools if tool.function and tool.function.name in choice.only]


def changed_effort(request: ChatRequest, sent: str | None, endpoint: Endpoint) -> list[Dropped]:
    """Names an effort that is sent as another one, because the model does not know it."""
    thinking = request.thinking
    if thinking is None or thinking.max_tokens is not None or thinking.effort in (None, sent):
        return []
    became = f"'{sent}' was sent" if sent else "it was left out"
    reason = f"'{endpoint.id}' does not take '{thinking.effort}'; {became}"
    return [Dropped("reasoning.effort" if request.reasoning else "reasoning_effort", reason)]


def lost_hints(
    request: ChatRequest,
    endpoint: Endpoint,
    *,
    cache: bool = False,
    detail: bool = False,
    strict: bool = False,
) -> list[Dropped]:
    """Names hints inside messages and tools for which a wire format has no place; True is what it has.

    `cache` is `cache_control` of messages, parts and tools, `detail` that of images, `strict` that of tools.
    """
    messages, tools = request.body.messages, request.body.tools or ()
    parts = [part for message in messages for part in message.parts]
    lost = []
    if not cache and any(each.cache_control for each in (*messages, *parts, *tools)):
        lost.append("cache_control")
    if not detail and any(part.image_url and part.image_url.detail not in (None, "auto") for part in parts):
        lost.append("image_url.detail")
    if not strict and any(tool.function and tool.function.strict for tool in tools):
        lost.append("tools.function.strict")
    return [no_parameter(name, endpoint) for name in lost]


def refused(request: ChatRequest, names: Collection[str], endpoint: Endpoint) -> list[Violation]:
    """The output-changing parameters among `names` that this request asks for.

    Knows `n`, `logprobs`, `tools`, `response_format` (any but text), `json_schema`, `stop`, and the output
    modalities `image` and `audio`; each is an obstacle where the endpoint does not take it.
    """
    body = request.body
    asked = {
        "n": request.choices > 1,
        "logprobs": bool(body.logprobs or body.top_logprobs),
        "tools": bool(body.tools),
        "response_format": bool(body.response_format and body.response_format.type != "text"),
        "json_schema": bool(body.response_format and body.response_format.type == "json_schema"),
        "image": "image" in (body.modalities or ()),
        "audio": "audio" in (body.modalities or ()),
        "stop": bool(request.stops),
    }
    field = {"json_schema": "response_format", "image": "modalities", "audio": "modalities"}
    return [unsupported(field.get(name, name), name, endpoint) for name in names if asked.get(name)]


def unsupported(field: str, what: str, endpoint: Endpoint) -> Violation:
    """Something that changes what the caller gets, and that this endpoint does not do."""
    return Violation(field, f"{what} is not supported by '{endpoint.id}'")


def no_parameter(name: str, endpoint: Endpoint) -> Dropped:
    """A parameter that this endpoint does not take."""
    return Dropped(name, f"'{endpoint.id}' does not take it")


def member(request: ChatRequest, name: str, kind: type[T]) -> T | None:
    """Reads a top-level member for which the common view has no type; None if it is not there.

    Raises `InvalidRequest` for one of another type, by its path.
    """
    raw = request.members.get(name)
    return None if raw is None else read(raw, kind, name)


def read(raw: Raw, kind: type[T], path: str) -> T:
    """Decodes one value. Raises `InvalidRequest` for one of another type, by its path."""
    try:
        return checked.decode(raw, kind)
    except InvalidRequest as error:
        raise error.renamed(
            lambda field: f"{path}{field}" if field[:1] in ("", "[") else f"{path}.{field}"
        ) from None


def left_out(request: ChatRequest, taken: Collection[str], endpoint: Endpoint) -> tuple[Dropped, ...]:
    """Names the members of the request that the dialect does not take."""
    return tuple(
        no_parameter(name, endpoint)
        for name in request.members
        if name not in taken and name not in _ALWAYS_TAKEN
    )


def arguments(call: ToolCall, path: str) -> dict[str, Any]:
    """Parses the arguments of an earlier call, for vendors that want an object.

    Empty arguments are an empty object. Raises `InvalidRequest` for what is no JSON object.
    """
    text = call.function.arguments if call.function else ""
    if not text.strip():
        return {}
    try:
        parsed: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest([Violation(path, f"must be a JSON object: {error}")]) from None
    if not isinstance(parsed, dict):
        raise InvalidRequest([Violation(path, f"must be a JSON object, got {text[:80]}")])
    return parsed
