"""Tools that Anthropic ran itself, and blocks of other kinds, as one reasoning detail each, and back.

    {"type": "reasoning.server_tool_call", "tool_name": "web_search", "arguments": "{...}", "result": "[...]",
     "tool_call_id": "srvtoolu_1", "format": ..., "index": 1, "block": {"type": "server_tool_use"},
     "result_block": {"type": "web_search_tool_result", "index": 2}}

`arguments` and `result` are the JSON of the blocks' `input` and `content`; `block` and `result_block` hold
the rest of them. A block of another kind is its own `result`, and has no `result_block`.
"""

from typing import Any, NamedTuple

import msgspec

from service.dialects.anthropic.words import FORMAT

Block = dict[str, Any]
Position = dict[str, int]

CALLS = frozenset({"server_tool_use", "mcp_tool_use"})
"""Types of blocks that begin such a call."""

_RESULT = "_tool_result"


class Standing(NamedTuple):
    """A block as it came: its index among the blocks, what was before it, and itself."""

    place: int
    position: Position
    block: Block


def is_result(type_: Any) -> bool:
    """Whether a block of this type ends such a call."""
    return isinstance(type_, str) and type_.endswith(_RESULT)


def call_detail(call: Standing, result: Standing | None) -> dict[str, Any]:
    """The detail of a call, with its result once there is one."""
    detail = _detail(call, call.block.get("name") or "", call.block.get("id"))
    detail["arguments"] = _json(call.block.get("input") or {})
    detail["block"] = _without(call.block, "id", "name", "input")
    if result:
        detail["result"] = _json(result.block.get("content"))
        detail["result_block"] = _without(result.block, "tool_use_id", "content") | _placed(result)
    return detail


def result_detail(result: Standing) -> dict[str, Any]:
    """The detail of a result whose call was made in an earlier turn."""
    block = result.block
    detail = _detail(result, str(block.get("type")).removesuffix(_RESULT), block.get("tool_use_id"))
    detail["result"] = _json(block.get("content"))
    detail["result_block"] = _without(block, "tool_use_id", "content")
    return detail


def other_detail(other: Standing) -> dict[str, Any]:
    """The detail of a block that is neither text, thought nor tool (a compaction, a file in a container)."""
    return _detail(other, str(other.block.get("type")), None) | {"result": _json(other.block)}


def blocks_of(detail: dict[str, Any], index: int) -> list[Standing]:
    """Makes the blocks anew that a detail was made of; none if it does not hold enough."""
    call, result = detail.get("block"), detail.get("result_block")
    position = detail.get("position") or {}
    if not isinstance(call, dict) and not isinstance(result, dict):
        whole = _parsed(detail.get("result"))
        return [Standing(index, position, whole)] if isinstance(whole, dict) and "type" in whole else []
    found: list[Standing] = []
    if isinstance(call, dict):
        named = {"id": detail.get("tool_call_id"), "name": detail.get("tool_name")}
        block = {**call, **named, "input": _parsed(detail.get("arguments")) or {}}
        found.append(Standing(index, position, block))
    if isinstance(result, dict):
        rest = _without(result, "index", "position")
        content = {"tool_use_id": detail.get("tool_call_id"), "content": _parsed(detail.get("result"))}
        place = result.get("index", index) if found else index
        before = result.get("position") or {} if found else position
        found.append(Standing(place, before, {**rest, **content}))
    return found


def _detail(standing: Standing, name: str, call_id: Any) -> dict[str, Any]:
    return {
        "type": "reasoning.server_tool_call",
        "tool_name": name,
        "arguments": "{}",
        "result": None,
        "tool_call_id": call_id,
        "format": FORMAT,
        **_placed(standing),
    }


def _placed(standing: Standing) -> dict[str, Any]:
    members: dict[str, Any] = {"index": standing.place}
    return members | ({"position": standing.position} if standing.position else {})


def _without(block: Block, *names: str) -> Block:
    return {name: value for name, value in block.items() if name not in names}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _parsed(text: Any) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
        return None
