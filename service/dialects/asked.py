"""What a request asks for, in words that translating dialects share."""

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

import msgspec

from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.message import ToolCall
from service.types.upstream import Dropped, Endpoint

# Members that every dialect handles by itself, whatever it makes of them.
_ALWAYS_TAKEN = frozenset({"model", "messages", "stream", "stream_options", "user", "store", "metadata", "n"})


class ToolChoice(NamedTuple):
    """Which tools the model may or must call; `name` goes with `function`."""

    mode: Literal["auto", "none", "required", "function"]
    name: str | None = None


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
    allowed = 'auto, none, required or {"type": "function", "function": {"name": ...}}'
    shown = msgspec.json.encode(choice).decode()[:80]
    raise InvalidRequest([Violation("tool_choice", f"must be {allowed}, got {shown}")])


def refused(request: ChatRequest, names: Collection[str], endpoint: Endpoint) -> list[Violation]:
    """The output-changing parameters among `names` that this request asks for.

    Knows `n`, `logprobs`, `tools`, `response_format` (any but text), `json_schema`, `image` and `audio`
    (output modalities) and `prediction`; each is an obstacle where the endpoint does not take it.
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
        "prediction": bool(body.prediction),
    }
    field = {"json_schema": "response_format", "image": "modalities", "audio": "modalities"}
    return [
        Violation(field.get(name, name), f"{name} is not supported by '{endpoint.id}'")
        for name in names
        if asked[name]
    ]


def left_out(request: ChatRequest, taken: Collection[str], endpoint: Endpoint) -> tuple[Dropped, ...]:
    """Names the members of the request that the dialect does not take."""
    reason = f"provider '{endpoint.provider}' has no such parameter"
    return tuple(
        Dropped(name, reason) for name in request.members if name not in taken and name not in _ALWAYS_TAKEN
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
