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
Position = dict[str, Any]

CALLS = frozenset({"server_tool_use", "mcp_tool_use"})
"""Types of blocks that begin such a call."""

_RESULT = "_tool_result"
# Types that have another way back; as a detail they would only be somebody's invention.
_ELSEWHERE = frozenset({"text", "thinking", "redacted_thinking", "tool_use", "tool_result"})


class Standing(NamedTuple):
    """A block as it came: its index among the blocks, what was before it, and itself.

    `written` is its `input` as text, where it came so; a stream that was cut short leaves half of it.
    """

    place: int
    position: Position
    block: Block
    written: str = ""


def is_result(type_: Any) -> bool:
    """Whether a block of this type ends such a call."""
    return isinstance(type_, str) and type_.endswith(_RESULT)


def call_detail(call: Standing, result: Standing | None) -> dict[str, Any]:
    """The detail of a call, with its result once there is one."""
    detail = _detail(call, call.block.get("name") or "", call.block.get("id"))
    detail["arguments"] = call.written or json_of(call.block.get("input") or {})
    detail["block"] = _without(call.block, "id", "name", "input")
    if result:
        detail["result"] = json_of(result.block.get("content"))
        detail["result_block"] = _without(result.block, "tool_use_id", "content") | _placed(result)
    return detail


def result_detail(result: Standing) -> dict[str, Any]:
    """The detail of a result whose call was made in an earlier turn."""
    block = result.block
    detail = _detail(result, str(block.get("type")).removesuffix(_RESULT), block.get("tool_use_id"))
    detail["result"] = json_of(block.get("content"))
    detail["result_block"] = _without(block, "tool_use_id", "content")
    return detail


def other_detail(other: Standing) -> dict[str, Any]:
    """The detail of a block that is neither text, thought nor tool (a compaction, a file in a container)."""
    return _detail(other, str(other.block.get("type")), None) | {"result": json_of(other.block)}


def blocks_of(detail: dict[str, Any], index: int) -> list[Standing]:
    """Makes the blocks anew that a detail was made of; none if it does not hold enough."""
    call, result = detail.get("block"), detail.get("result_block")
    position = _object(detail.get("position"))
    if not isinstance(call, dict) and not isinstance(result, dict):
        whole = _parsed(detail.get("result"))
        return [Standing(index, position, whole)] if _stands_alone(whole) else []
    found: list[Standing] = []
    if isinstance(call, dict) and _type_of(call) in CALLS:
        named = {"id": detail.get("tool_call_id"), "name": detail.get("tool_name")}
        block = {**call, **named, "input": _object(_parsed(detail.get("arguments")))}
        found.append(Standing(index, position, block))
    if isinstance(result, dict) and is_result(result.get("type")):
        rest = _without(result, "index", "position")
        content = {"tool_use_id": detail.get("tool_call_id"), "content": _parsed(detail.get("result"))}
        place = result.get("index", index) if found else index
        before = _object(result.get("position")) if found else position
        found.append(Standing(place, before, {**rest, **content}))
    return found


def json_of(value: Any) -> str:
    """Compact JSON. Raises ValueError for what is nested too deeply."""
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _stands_alone(block: Any) -> bool:
    type_ = _type_of(block)
    return type_ is not None and type_ not in _ELSEWHERE


def _type_of(block: Any) -> str | None:
    type_ = block.get("type") if isinstance(block, dict) else None
    return type_ if isinstance(type_, str) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


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


def _parsed(text: Any) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
        return None
