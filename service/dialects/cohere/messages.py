"""The conversation as Cohere takes it.

Instructions are `system` messages wherever they stand; a participant's name goes before the text (OpenRouter
A4); the assistant's thoughts are thinking parts before its text, or the plan of its tool calls.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from service.dialects import asked
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.message import ContentPart, Message, ToolCall
from service.types.upstream import Endpoint

PLAN = "tool_plan"
"""The id of the reasoning detail that holds the plan of a turn's tool calls."""

_ROLES = {"developer": "system"}
# The parts each role may have; Cohere's own `thinking` and `document` are handed on.
_PARTS = {
    "system": ("text",),
    "user": ("text", "image_url"),
    "assistant": ("text", "refusal", "thinking"),
    "tool": ("text", "document"),
}
# Known parts that Cohere has no form for: they make the endpoint ineligible. Others are the caller's fault.
_KNOWN = ("image_url", "input_audio", "video_url", "input_video", "file")


def messages(request: ChatRequest, endpoint: Endpoint) -> list[dict[str, Any]]:
    """Builds the messages. Raises `InvalidRequest` for what has no form."""
    raw = _raw_messages(request)
    built = []
    for place, message in enumerate(request.body.messages):
        role = _ROLES.get(message.role, message.role)
        content = _content(message, raw[place], role, f"messages[{place}]")
        if role == "assistant":
            built.append(_assistant(message, content, f"messages[{place}]", endpoint))
        else:
            call = {"tool_call_id": message.tool_call_id} if role == "tool" else {}
            built.append({"role": role, **call, "content": content})
    return built


def unsupported_parts(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    """The content parts for which Cohere has no form."""
    for place, message in enumerate(request.body.messages):
        allowed = _PARTS.get(_ROLES.get(message.role, message.role), ())
        for index, part in enumerate(message.parts):
            if part.type in _KNOWN and part.type not in allowed:
                what = f"{part.type} in a message of role '{message.role}'"
                yield asked.unsupported(f"messages[{place}].content[{index}]", what, endpoint)


def _raw_messages(request: ChatRequest) -> list[dict[str, Any]]:
    decoded: list[dict[str, Any]] = msgspec.json.decode(request.members["messages"])
    return decoded


def _content(message: Message, raw: dict[str, Any], role: str, path: str) -> str | list[dict[str, Any]]:
    name = message.name if role != "tool" else None
    if not isinstance(message.content, list):
        return f"{name}: {message.content}" if name and message.content else message.content or ""
    return [{"type": "text", "text": f"{name}:"}] * bool(name and message.content) + [
        _part(part, raw["content"][index], role, f"{path}.content[{index}]")
        for index, part in enumerate(message.content)
    ]


def _part(part: ContentPart, raw: dict[str, Any], role: str, path: str) -> dict[str, Any]:
    if part.type not in _PARTS[role]:
        raise InvalidRequest([Violation(f"{path}.type", f"'{part.type}' is no content of role '{role}'")])
    if part.type in ("text", "refusal"):
        return {"type": "text", "text": part.text if part.type == "text" else part.refusal}
    return {name: value for name, value in raw.items() if name in ("type", part.type)}


def _assistant(
    message: Message, content: str | list[dict[str, Any]], path: str, endpoint: Endpoint
) -> dict[str, Any]:
    thinking, plan = _thoughts(message) if endpoint.facts.reasoning is not False else ([], _plan(message))
    parts = [{"type": "text", "text": content}] if isinstance(content, str) and content else content
    if thinking and not any(part.type == "thinking" for part in message.parts):
        content = [*thinking, *parts] if isinstance(parts, list) else thinking
    calls = [_call(call, f"{path}.tool_calls[{at}]") for at, call in enumerate(message.tool_calls or ())]
    return {
        "role": "assistant",
        **({"tool_calls": calls} if calls else {}),
        **({PLAN: plan} if plan and calls else {}),
        **({"content": content} if content else {}),
    }


def _call(call: ToolCall, path: str) -> dict[str, Any]:
    if call.function is None or call.type != "function":
        raise InvalidRequest([Violation(f"{path}.type", "must be a call of a function")])
    return {"id": call.id, "type": "function", "function": msgspec.structs.asdict(call.function)}


def _thoughts(message: Message) -> tuple[list[dict[str, Any]], str]:
    """Cohere's own thoughts, and plain ones where nothing says whose they are: thinking, and the plan."""
    if message.reasoning_details is None:
        text = message.thoughts or ""
        return ([], text) if message.tool_calls else (_thinking([text]) if text else [], "")
    texts = [detail["text"] for detail in _own(message) if detail.get("id") != PLAN]
    return _thinking(texts), _plan(message)


def _thinking(texts: list[str]) -> list[dict[str, Any]]:
    return [{"type": "thinking", "thinking": text} for text in texts]


def _plan(message: Message) -> str:
    return "".join(detail["text"] for detail in _own(message) if detail.get("id") == PLAN)


def _own(message: Message) -> list[dict[str, Any]]:
    return [
        detail
        for detail in message.reasoning_details or ()
        if detail.get("type") == "reasoning.text"
        and detail.get("format") in (None, "unknown")
        and isinstance(detail.get("text"), str)
    ]
