"""The conversation as Mistral takes it.

Messages have only the members that Mistral knows. `developer` is `system`; a participant's name goes before
the text (OpenRouter A4); thoughts of earlier turns are thinking chunks before the text; a conversation that
ends with the assistant's turn has it as prefix. Ids of tool calls that are not Mistral's get one that is, the
same wherever they occur.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from service.dialects import asked
from service.dialects.mistral.order import in_order
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.message import Message
from service.types.upstream import Dropped, Endpoint

_MEMBERS = {
    "system": ("role", "content"),
    "user": ("role", "content"),
    "assistant": ("role", "content", "tool_calls", "prefix"),
    "tool": ("role", "content", "tool_call_id", "name"),
}
_ROLES = {"developer": "system"}
_CALL_MEMBERS = ("id", "type", "function", "index")
# Chunks of Mistral's own beside those that are OpenAI's as well: the SDK's `ContentChunk`.
_CHUNKS = ("text", "image_url", "document_url", "reference", "thinking", "resource", "resource_link")
_VIDEO = ("video_url", "input_video")
_CALL_ID = re.compile(r"[a-zA-Z0-9]{9}")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def messages(request: ChatRequest, endpoint: Endpoint) -> tuple[list[dict[str, Any]], list[Dropped]]:
    """Builds the messages, and names what had to change. Raises `InvalidRequest` for what has no form."""
    given = msgspec.json.decode(request.members["messages"])
    places = range(len(given))
    built = [_message(request.body.messages[place], given[place], place, endpoint) for place in places]
    last = built[-1]
    if last["role"] == "assistant" and not last.get("tool_calls"):
        last.setdefault("prefix", True)
    return in_order(built)


def video_parts(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    """The parts for which Mistral has no form."""
    for place, message in enumerate(request.body.messages):
        for index, part in enumerate(message.parts):
            if part.type in _VIDEO:
                yield asked.unsupported(f"messages[{place}].content[{index}]", part.type, endpoint)


def call_id(given: str) -> str:
    """An id that Mistral takes: nine letters and digits (its error 3280); those that are one stay."""
    if _CALL_ID.fullmatch(given):
        return given
    number = int.from_bytes(hashlib.sha256(given.encode()).digest(), "big")
    return "".join(_DIGITS[number // 62**place % 62] for place in range(9))


def _message(message: Message, given: dict[str, Any], place: int, endpoint: Endpoint) -> dict[str, Any]:
    role = _ROLES.get(message.role, message.role)
    if role not in _MEMBERS:
        raise InvalidRequest([Violation(f"messages[{place}].role", f"'{role}' is no role at Mistral")])
    built = {name: value for name, value in given.items() if name in _MEMBERS[role]}
    built["role"] = role
    if isinstance(message.content, list):
        parts = enumerate(given["content"])
        built["content"] = [_part(part, f"messages[{place}].content[{index}]") for index, part in parts]
    if message.name and role != "tool" and built.get("content"):
        built["content"] = _named(message.name, built["content"])
    if message.tool_calls:
        calls = enumerate(given["tool_calls"])
        built["tool_calls"] = [_tool_call(call, f"messages[{place}].tool_calls[{at}]") for at, call in calls]
    if message.tool_call_id is not None and role == "tool":
        built["tool_call_id"] = call_id(message.tool_call_id)
    if role == "assistant" and endpoint.facts.reasoning is not False:
        thinking = _thinking(message)
        if thinking and not any(part.type == "thinking" for part in message.parts):
            content = built.get("content") or []
            text = [{"type": "text", "text": content}] if isinstance(content, str) else content
            built["content"] = [*thinking, *text]
    return built


def _named(name: str, content: str | list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return f"{name}: {content}"
    return [{"type": "text", "text": f"{name}:"}, *content]


def _part(part: dict[str, Any], path: str) -> dict[str, Any]:
    match part["type"]:
        case "input_audio":
            return {"type": "input_audio", "input_audio": part["input_audio"]["data"]}
        case "refusal":
            return {"type": "text", "text": part["refusal"]}
        case "file":
            return _file(part["file"], path)
        case kind if kind in _CHUNKS:
            return {name: value for name, value in part.items() if name != "cache_control"}
        case kind:
            raise InvalidRequest([Violation(f"{path}.type", f"'{kind}' is no content that Mistral takes")])


def _file(file: dict[str, Any], path: str) -> dict[str, Any]:
    if file.get("file_id"):
        return {"type": "file", "file_id": file["file_id"]}
    if not file.get("file_data"):
        raise InvalidRequest([Violation(f"{path}.file", "must have file_data or file_id")])
    named = {"document_name": file["filename"]} if file.get("filename") else {}
    return {"type": "document_url", "document_url": file["file_data"], **named}


def _tool_call(call: dict[str, Any], path: str) -> dict[str, Any]:
    built = {name: value for name, value in call.items() if name in _CALL_MEMBERS}
    function = built.get("function")
    if not function:
        raise InvalidRequest([Violation(f"{path}.type", "must be a call of a function")])
    named = {name: value for name, value in function.items() if name in ("name", "arguments")}
    return {**built, "id": call_id(call["id"]), "function": named}


def _thinking(message: Message) -> list[dict[str, Any]]:
    """Mistral's own thoughts, as its chunks; plain ones of any model where nothing says whose they are."""
    if message.reasoning_details is None:
        return [_chunk(message.thoughts)] if message.thoughts else []
    return [
        _chunk(detail.get("text"), detail.get("signature"))
        for detail in message.reasoning_details
        if detail.get("type") == "reasoning.text" and detail.get("format") in (None, "unknown")
    ]


def _chunk(text: Any, signature: Any = None) -> dict[str, Any]:
    said = text if isinstance(text, str) else ""
    chunk: dict[str, Any] = {"type": "thinking", "thinking": [{"type": "text", "text": said}]}
    return {**chunk, "signature": signature} if signature and isinstance(signature, str) else chunk
