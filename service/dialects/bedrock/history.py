"""An assistant's earlier turn, put together again as the model wrote it.

The decoder notes on a reasoning detail where its block stood: its `index` among the vendor's blocks and, if
something came before it, how much of the content and how many tool calls did. Thoughts of another vendor, and
those of Claude whose signature is lost, stay out: Bedrock would refuse them.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Raw

from service.dialects import asked
from service.dialects.bedrock.call_ids import CallIds
from service.dialects.bedrock.families import Family
from service.dialects.bedrock.server_tools import blocks_of
from service.errors import InvalidRequest, Violation
from service.types.message import Message

Members = dict[str, Any]

CLAUDE_FORMAT = "anthropic-claude-v1"
OTHER_FORMAT = "bedrock-converse-v1"
"""Of details that hold blocks of Converse itself, as models other than Claude write them."""

_GROWN = ("text", "summary", "data")


class _Placed(NamedTuple):
    """A block that stood after so many characters of content and so many calls."""

    place: int
    content: int
    calls: int
    block: Members


def tool_uses(message: Message, ids: CallIds, path: str) -> list[Members]:
    """The calls of a turn; their arguments are sent as the text they came as.

    Raises `InvalidRequest` for arguments that are no JSON object, and for calls of no function.
    """
    blocks = []
    if message.tool_calls:
        ids.turn()
    for place, call in enumerate(message.tool_calls or ()):
        where = f"{path}.tool_calls[{place}]"
        if call.function is None:
            raise InvalidRequest([Violation(f"{where}.type", f"'{call.type}' has no form at Bedrock")])
        asked.arguments(call, f"{where}.function.arguments")
        text = call.function.arguments
        use = {
            "toolUseId": ids.call(call.id),
            "name": call.function.name,
            "input": Raw(text.encode()) if text.strip() else {},
        }
        blocks.append({"toolUse": use})
    return blocks


def spoken(message: Message) -> str:
    """The text of a turn; failing that its refusal, or what was said in audio."""
    transcript = (message.audio or {}).get("transcript")
    return message.text or message.refusal or (transcript if isinstance(transcript, str) else "")


def woven(message: Message, family: Family, calls: list[Members], path: str) -> list[Members] | None:
    """The turn with thoughts and the vendor's own calls at the places they had; None if it has none."""
    placed = sorted(_placed(message, family, path), key=lambda each: each.place)
    if not placed:
        return None
    text = spoken(message)
    blocks: list[Members] = []
    written = called = 0
    for content, count, block in [*(each[1:] for each in placed), (len(text), len(calls), None)]:
        if content > written and text[written:content].strip():
            blocks.append({"text": text[written:content]})
        blocks += calls[called:count]
        written, called = max(written, content), max(called, count)
        if block:
            blocks.append(block)
    return blocks


def _placed(message: Message, family: Family, path: str) -> Iterator[_Placed]:
    own = CLAUDE_FORMAT if family.claude else OTHER_FORMAT
    for order, detail in _merged(message.reasoning_details or []):
        form = detail.get("format")
        if not isinstance(form, str) or not form or form.replace(own, ""):  # some clients join repeated words
            continue
        place = _count(detail.get("index"), order)
        if detail.get("type") == "reasoning.server_tool_call":
            for number, block in enumerate(blocks_of(detail, f"{path}.reasoning_details[{order}]")):
                prefix = "result_" if number else ""
                there = _count(detail.get(f"{prefix}index"), place)
                yield _Placed(there, *_position(detail, f"{prefix}position"), block)
        elif family.keeps_thoughts and (thought := _thought(detail, family)):
            yield _Placed(place, *_position(detail, "position"), {"reasoningContent": thought})


def _thought(detail: Members, family: Family) -> Members | None:
    text = detail.get("text")
    text = text if isinstance(text, str) else ""
    match detail:
        case {"type": "reasoning.text", "signature": str(signature)} if signature:
            return {"reasoningText": {"text": text, "signature": signature}}
        case {"type": "reasoning.text"} if text and not family.claude:
            return {"reasoningText": {"text": text}}
        case {"type": "reasoning.encrypted", "data": str(data)} if data:
            return {"redactedContent": data}
    return None


def _merged(details: list[Members]) -> list[tuple[int, Members]]:
    """The details with the order in which they came; pieces that a client kept apart are joined."""
    groups: dict[Any, list[tuple[int, Members]]] = {}
    for order, detail in enumerate(details):
        index, kind = detail.get("index"), detail.get("type")
        apart = isinstance(index, int) and isinstance(kind, str)
        groups.setdefault((kind, index) if apart else order, []).append((order, detail))
    merged = []
    for pieces in groups.values():
        whole: Members = {}
        for _, piece in pieces:
            whole |= {name: value for name, value in piece.items() if value is not None}
        for name in _GROWN:
            if texts := [piece[name] for _, piece in pieces if isinstance(piece.get(name), str)]:
                whole[name] = "".join(texts)
        merged.append((pieces[0][0], whole))
    return merged


def _position(detail: Members, name: str) -> tuple[int, int]:
    position = detail.get(name)
    position = position if isinstance(position, dict) else {}
    return _count(position.get("content")), _count(position.get("tool_calls"))


def _count(value: Any, otherwise: int = 0) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise
