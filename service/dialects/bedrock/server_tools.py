"""Tools that the vendor ran itself, as one reasoning detail each, and back.

    {"type": "reasoning.server_tool_call", "tool_name": "nova_grounding", "arguments": "{...}",
     "result": "...", "tool_call_id": "s1", "format": ..., "index": 0, "block": [{"toolUse": ...},
     {"toolResult": ...}], "result_index": 2, "result_position": {"content": 5}}

`block` holds the vendor's blocks, of which the second stood at the place that `result_...` tell.
"""

from typing import Any

import msgspec

from service.errors import InvalidRequest, Violation

Members = dict[str, Any]

# What a block holds that the model wrote or a tool said: not read by Bedrock.
_OPAQUE = ("input", "json", "text")


class ServerCalls:
    """The vendor's calls of one answer, until their results are there."""

    def __init__(self) -> None:
        self._waiting: dict[str | int, Members] = {}

    def called(self, index: int, use: Members, arguments: str, once: Members) -> None:
        """Takes a call; input that broke off is told, but cannot be sent back."""
        given = use.get("toolUseId")
        id_ = given if isinstance(given, str) else ""
        name = use.get("name")
        detail: Members = {
            "type": "reasoning.server_tool_call",
            "tool_name": name if isinstance(name, str) else "",
            "arguments": arguments or "{}",
            "result": "",
            "tool_call_id": id_,
            "index": index,
            **once,
        }
        try:
            detail["block"] = [{"toolUse": {**use, "input": msgspec.json.decode(arguments or "{}")}}]
        except (msgspec.DecodeError, RecursionError):
            detail["block"] = []
        self._waiting[id_ if id_ and id_ not in self._waiting else index] = detail

    def answered(self, index: int, result: Members, content: list[Any], once: Members) -> Members | None:
        """The detail of the call with its result; None if it was not called in this answer."""
        id_ = result.get("toolUseId")
        call = self._waiting.pop(id_, None) if isinstance(id_, str) else None
        if call is None:
            return None
        call["result"] = _result_text(content)
        if call["block"]:
            call["block"].append({"toolResult": {**result, "content": content}})
            call["result_index"] = index
            if "position" in once:
                call["result_position"] = once["position"]
        return call

    def rest(self) -> list[Members]:
        """The calls that got no result."""
        waiting = list(self._waiting.values())
        self._waiting = {}
        return waiting


def blocks_of(detail: Members, path: str) -> list[Members]:
    """The vendor's blocks in a detail that comes back.

    Raises `InvalidRequest` for one that names an object in S3, which Bedrock would read with the operator's
    rights.
    """
    blocks = detail.get("block")
    if not isinstance(blocks, list) or not all(map(_is_block, blocks)):
        return []
    if _names_bucket(blocks):
        raise InvalidRequest([Violation(f"{path}.block", "must not hold an s3Location")])
    return blocks


def _is_block(block: Any) -> bool:
    match block:
        case {"toolUse": {"toolUseId": str(), "name": str(), "input": _}} | {
            "toolResult": {"toolUseId": str(), "content": list()}
        }:
            return len(block) == 1
    return False


def _names_bucket(blocks: list[Any]) -> bool:
    waiting = list(blocks)
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "s3Location" in value:
                return True
            waiting += [inner for name, inner in value.items() if name not in _OPAQUE]
        elif isinstance(value, list):
            waiting += value
    return False


def _result_text(content: list[Any]) -> str:
    if all(isinstance(each, dict) and each.keys() == {"text"} for each in content):
        return "".join(each["text"] for each in content if isinstance(each["text"], str))
    values = [each.get("json", each) if isinstance(each, dict) else each for each in content]
    return msgspec.json.encode(values[0] if len(values) == 1 else values).decode()
