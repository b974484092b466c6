"""Tools that Google ran itself, as `reasoning.server_tool_call` details.

A call and its result are one detail. In a stream the result comes later, as a piece of it: same type, same
index. `block` and `result_block` are Google's parts as they were, with the places they stood at.
Any part of a kind that is not known is kept the same way.
"""

from typing import Any

import msgspec

from service.dialects.google.details import FORMAT
from service.dialects.google.names import text_of

_CODE = "code_execution"
_KINDS = ("executableCode", "codeExecutionResult", "toolCall", "toolResponse")


class ServerTools:
    """The calls of one choice that may still get a result."""

    def __init__(self) -> None:
        self._waiting: dict[str, int] = {}  # the index of the call's detail, by the id or the tool's name

    def read(self, part: dict[str, Any], index: int, content_index: int) -> dict[str, Any]:
        """Takes a part; returns a detail, or the piece that completes an earlier one."""
        objects = [name for name, value in part.items() if isinstance(value, dict)]
        kind = next((name for name in _KINDS if name in objects), objects[0] if objects else "")
        block: dict[str, Any] = part.get(kind) or {}
        tool = _CODE if kind in ("executableCode", "codeExecutionResult") else block.get("toolType") or kind
        said: dict[str, Any] = {"type": "reasoning.server_tool_call", "tool_name": str(tool).lower()}
        said |= {"tool_call_id": block.get("id"), "format": FORMAT}
        key = text_of(block.get("id")) or str(tool)
        place = {"index": index, "content_index": content_index}
        match kind:
            case "codeExecutionResult" | "toolResponse":
                output = text_of(block.get("output")) or ""
                result = output if kind == "codeExecutionResult" else _text(block, "response")
                if key not in self._waiting:
                    return {**said, "arguments": "", "result": result, **place, "block": part}
                later = {f"result_{name}": value for name, value in place.items()}
                # What the call's detail has said already is not said again.
                named = {"type": said["type"], "index": self._waiting.pop(key)}
                return {**named, "result": result, **later, "result_block": part}
            case "executableCode":
                self._waiting[key] = index
                code = {name: value for name, value in block.items() if name != "id"}
                arguments = msgspec.json.encode(code).decode()
            case "toolCall":
                self._waiting[key] = index
                arguments = _text(block, "args") or "{}"
            case _:
                # An unknown part has no arguments; all of it is in `block`.
                arguments = ""
        return {**said, "arguments": arguments, "result": "", **place, "block": part}


def _text(block: dict[str, Any], name: str) -> str:
    return msgspec.json.encode(block[name]).decode() if name in block else ""
