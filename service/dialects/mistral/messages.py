"""The conversation as Mistral takes it.

Messages have only the members that Mistral knows. `developer` is `system`; thoughts of earlier turns are
thinking chunks before the text; a conversation that ends with the assistant's turn has it as prefix. Ids of
tool calls that are not Mistral's get one that is, the same wherever they occur.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.message import Message
from service.types.upstream import Endpoint

_MEMBERS = {
    "system": ("role", "content"),
    "user": ("role", "content"),
    "assistant": ("role", "content", "tool_calls", "prefix"),
    "tool": ("role", "content", "tool_call_id", "name"),
}
_ROLES = {"developer": "system", "function": "tool"}
_CALL_MEMBERS = ("id", "type", "function", "index")
# Chunks of Mistral's own beside those that are OpenAI's as well: the SDK's `ContentChunk`.
_CHUNKS = ("text", "image_url", "document_url", "reference", "thinking", "resource", "resource_link")
_VIDEO = ("video_url", "input_video")
_CALL_ID = re.compile(r"[a-zA-Z0-9]{9}")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def messages(request: ChatRequest, endpoint: Endpoint) -> list[dict[str, Any]]:
    """Builds the messages. Raises `InvalidRequest` for content of an unknown type."""
    given = msgspec.json.decode(request.members["messages"])
    places = range(len(given))
    built = [_message(request.body.messages[place], given[place], place, endpoint) for place in places]
    last = built[-1]
    if last["role"] == "assistant" and not last.get("tool_calls"):
        last.setdefault("prefix", True)
    return built


def video_parts(request: ChatRequest, endpoint: Endpoint) -> Iterator[Violation]:
    """The parts for which Mistral has no form."""
    for place, message in enumerate(request.body.messages):
        for index, part in enumerate(message.parts):
            if part.type in _VIDEO:
                path = f"messages[{place}].content[{index}]"
                yield Violation(path, f"{part.type} is not supported by '{endpoint.id}'")


def call_id(given: str) -> str:
    """An id that Mistral takes: nine letters and digits (its error 3280); those that are one stay."""
    if _CALL_ID.fullmatch(given):
        return given
    number = int.from_bytes(hashlib.sha256(given.encode()).digest(), "big")
    return "".join(_DIGITS[number // 62**place % 62] for place in range(9))


def _message(message: Message, given: dict[str, Any], place: int, endpoint: Endpoint) -> dict[str, Any]:
    role = _ROLES.get(message.role, message.role)
    built = {name: value for name, value in given.items() if name in _MEMBERS[role]}
    built["role"] = role
    if isinstance(message.content, list):
        parts = enumerate(given["content"])
        built["content"] = [_part(part, f"messages[{place}].content[{index}]") for index, part in parts]
    if message.tool_calls:
        built["tool_calls"] = [_tool_call(call) for call in given["tool_calls"]]
    if message.tool_call_id is not None and role == "tool":
        built["tool_call_id"] = call_id(message.tool_call_id)
    if role == "assistant" and endpoint.facts.reasoning is not False:
        thinking = _thinking(message)
        if thinking and not any(part.type == "thinking" for part in message.parts):
            content = built.get("content") or []
            text = [{"type": "text", "text": content}] if isinstance(content, str) else content
            built["content"] = [*thinking, *text]
    return built


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


def _tool_call(call: dict[str, Any]) -> dict[str, Any]:
    built = {name: value for name, value in call.items() if name in _CALL_MEMBERS}
    function = built.get("function") or {}
    named = {name: value for name, value in function.items() if name in ("name", "arguments")}
    return {**built, "id": call_id(call["id"]), "function": named}


def _thinking(message: Message) -> list[dict[str, Any]]:
    """Mistral's own thoughts, as its chunks; plain ones of any model where nothing says whose they are."""
    if message.reasoning_details is None:
        return [_chunk(message.thoughts)] if message.thoughts else []
    return [
        _chunk(detail.get("text") or "", detail.get("signature"))
        for detail in message.reasoning_details
        if detail.get("type") == "reasoning.text" and detail.get("format") in (None, "unknown")
    ]


def _chunk(text: str, signature: str | None = None) -> dict[str, Any]:
    chunk: dict[str, Any] = {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
    return {**chunk, "signature": signature} if signature else chunk
