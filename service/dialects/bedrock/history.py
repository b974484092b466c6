"""An assistant's earlier turn, put together again as the model wrote it."""

import re
from typing import Any

from msgspec import Raw

from service.dialects import asked
from service.dialects.bedrock.families import Family
from service.types.message import Message

CLAUDE_FORMAT = "anthropic-claude-v1"
OTHER_FORMAT = "unknown"
_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


class CallIds:
    """Ids of calls as Bedrock takes them; others get one by the order in which they come."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def of(self, id_: str) -> str:
        """The id to send; the same for a call and its result."""
        if _ID.fullmatch(id_):
            return id_
        return self._given.setdefault(id_, f"call_{len(self._given)}")


def tool_uses(message: Message, ids: CallIds, path: str) -> list[dict[str, Any]]:
    """The calls of a turn; their arguments are sent as the text they came as."""
    blocks = []
    for place, call in enumerate(message.tool_calls or ()):
        asked.arguments(call, f"{path}.tool_calls[{place}].function.arguments")
        text = call.function.arguments if call.function else ""
        use = {
            "toolUseId": ids.of(call.id),
            "name": call.function.name if call.function else call.type,
            "input": Raw(text.encode()) if text.strip() else {},
        }
        blocks.append({"toolUse": use})
    return blocks


def assembled(
    message: Message, family: Family, texts: list[dict[str, Any]], calls: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Thoughts and the vendor's own calls at the places they had; text and calls take the places between.

    Thoughts of another vendor, and those whose signature is lost, stay out: Bedrock would refuse them.
    """
    kept: dict[int, list[dict[str, Any]]] = {}
    for place, detail in enumerate(message.reasoning_details or ()):
        if blocks := _blocks(detail, family):
            index = detail.get("index")
            kept.setdefault(index if isinstance(index, int) else place, []).extend(blocks)
    waiting = [*([texts] if texts else []), *([call] for call in calls)]
    blocks, position = [], 0
    for index in sorted(kept):
        while position < index and waiting:
            blocks += waiting.pop(0)
            position += 1
        blocks += kept[index]
        position = index + 1
    for rest in waiting:
        blocks += rest
    return blocks


def _blocks(detail: dict[str, Any], family: Family) -> list[dict[str, Any]]:
    own = CLAUDE_FORMAT if family.claude else OTHER_FORMAT
    if not family.keeps_thoughts and detail.get("type") != "reasoning.server_tool_call":
        return []
    match detail:
        case {"type": "reasoning.text", "text": str(text), "signature": str(signature), "format": str(form)}:
            thought = {"text": text, "signature": signature}
            return [{"reasoningContent": {"reasoningText": thought}}] if form == own else []
        case {"type": "reasoning.text", "text": str(text), "format": str(form)} if not family.claude:
            return [{"reasoningContent": {"reasoningText": {"text": text}}}] if form == own else []
        case {"type": "reasoning.encrypted", "data": str(data), "format": str(form)} if form == own:
            return [{"reasoningContent": {"redactedContent": data}}]
        case {"type": "reasoning.server_tool_call", "block": [*blocks]}:
            return [block for block in blocks if isinstance(block, dict) and block.keys() <= _SERVER]
        case _:
            return []


_SERVER = {"toolUse", "toolResult"}
