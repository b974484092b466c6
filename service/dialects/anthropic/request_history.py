"""Earlier turns of the assistant to Anthropic's blocks: thoughts, text, and tools in their old order.

The decoder notes on a reasoning detail where its block stood: its `index` among the vendor's blocks and, if
something came before it, how much of the content and how many tool calls did. So an echoed turn becomes the
blocks that it was made of; thoughts without a signature, or of another vendor, are left out.
"""

from typing import Any, NamedTuple

import msgspec

from service.dialects import asked
from service.dialects.anthropic.details import is_ours, merged
from service.dialects.anthropic.request_parts import Block, block_of, text_block
from service.dialects.anthropic.server_tools import blocks_of
from service.dialects.anthropic.tool_ids import ToolIds
from service.types.chat_request import ChatRequest
from service.types.message import Message

CallMembers = list[dict[str, Any]]


class _Beside(msgspec.Struct):
    """What the decoder put beside a call's function, and Anthropic wants back."""

    caller: Any = None
    toolset_name: Any = None


class _Turn(msgspec.Struct):
    tool_calls: list[_Beside] | None = None


class _Placed(NamedTuple):
    """A block that stood after so many characters of content and so many calls."""

    place: int
    content: int
    calls: int
    block: Block


def beside_calls(request: ChatRequest) -> list[CallMembers]:
    """Anthropic's own members of the tool calls of every message."""
    turns = asked.member(request, "messages", list[_Turn]) or []
    return [[_own(call) for call in turn.tool_calls or ()] for turn in turns]


def assistant_blocks(message: Message, path: str, ids: ToolIds, beside: CallMembers) -> list[Block]:
    """Rebuilds one turn; `beside` are the own members of its calls.

    Raises `InvalidRequest` for arguments that are no JSON object.
    """
    calls = [
        {
            "type": "tool_use",
            "id": ids.called(call.id),
            "name": call.function.name,
            "input": asked.arguments(call, f"{path}.tool_calls[{place}].function.arguments"),
            **(beside[place] if place < len(beside) else {}),
        }
        for place, call in enumerate(message.tool_calls or ())
        if call.function
    ]
    placed = sorted(_placed(message), key=lambda each: each.place)
    if not placed:
        return [*_texts(message, path), *calls]
    blocks = _woven(message.text, calls, placed)
    markers = [part.cache_control for part in message.parts if part.cache_control]
    last = next((block for block in reversed(blocks) if block["type"] == "text"), None)
    if markers and last:
        last["cache_control"] = markers[-1]
    return blocks


def _own(call: _Beside) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if isinstance(call.caller, dict):
        members["caller"] = call.caller
    if isinstance(call.toolset_name, str):
        members["toolset_name"] = call.toolset_name
    return members


def _texts(message: Message, path: str) -> list[Block]:
    """The text; failing that the refusal, or what was said in audio."""
    said = [block_of(part, f"{path}.content[{place}]", {}) for place, part in enumerate(message.parts)]
    texts = [block for block in said if block is not None]
    if not texts:
        instead = message.refusal or (message.audio or {}).get("transcript")
        block = text_block(instead) if isinstance(instead, str) else None
        return [block] if block else []
    return texts


def _placed(message: Message) -> list[_Placed]:
    found: list[_Placed] = []
    for order, detail in enumerate(merged(message.reasoning_details or ())):
        if not is_ours(detail):
            continue
        place = _count(detail.get("index"), order)
        position = _members(detail.get("position"))
        content, calls = _count(position.get("content")), _count(position.get("tool_calls"))
        match detail:
            case {"type": "reasoning.text", "signature": str(signature)}:
                text = detail.get("text")
                thought = {
                    "type": "thinking",
                    "thinking": text if isinstance(text, str) else "",
                    "signature": signature,
                }
                found.append(_Placed(place, content, calls, thought))
            case {"type": "reasoning.encrypted", "data": str(data)}:
                hidden = {"type": "redacted_thinking", "data": data}
                found.append(_Placed(place, content, calls, hidden))
            case {"type": "reasoning.server_tool_call"}:
                for standing in blocks_of(detail, place):
                    before = standing.position
                    content, calls = _count(before.get("content")), _count(before.get("tool_calls"))
                    found.append(_Placed(_count(standing.place, place), content, calls, standing.block))
    return found


def _woven(text: str, calls: list[Block], placed: list[_Placed]) -> list[Block]:
    blocks: list[Block] = []
    written = called = 0

    def up_to(content: int, count: int) -> None:
        nonlocal written, called
        if content > written and (piece := text_block(text[written:content])):
            blocks.append(piece)
        blocks.extend(calls[called:count])
        written, called = max(written, content), max(called, count)

    for each in placed:
        up_to(each.content, each.calls)
        blocks.append(each.block)
    up_to(len(text), len(calls))
    return blocks


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any, otherwise: int = 0) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
