"""Assistant turns to input items: what was thought, said, called and done, in the order in which it was.

An answer is a row of items; a chat message holds its text in one piece and its calls in a list. Details know
their places in the row (`index`), and so do the messages of an answer that had other items too
(`message_items`); calls fill the places that are left, in order. Thoughts that nothing follows are left out,
as the vendor refuses them.
"""

from typing import Any

from service.dialects.responses import thoughts
from service.dialects.responses.history import CallMore, MessageItem, MessageMore
from service.errors import InvalidRequest, Violation
from service.types.message import Message, ToolCall

Item = dict[str, Any]


def items_of(message: Message, more: MessageMore, turn: int) -> list[Item]:
    """Translates the assistant turn of this number. Raises `InvalidRequest` for an unreadable call."""
    placed = thoughts.items_of(message.reasoning_details or ())
    _put_images_back(placed, message)
    said = _said(message, more, turn)
    free = [item for index, item in said if index is None or index in placed]
    placed |= {index: item for index, item in said if index is not None and index not in placed}
    for place, call in enumerate(message.tool_calls or ()):
        free.append(call_item(call, more.call(place), f"messages[{turn}].tool_calls[{place}]"))
    items = _in_order(placed, free)
    while items and items[-1].get("type") == "reasoning":
        items.pop()
    return items


def call_item(call: ToolCall, more: CallMore, path: str) -> Item:
    """Translates one call."""
    if call.type == "custom" and more.custom is not None:
        custom = more.custom
        named = {"call_id": call.id, "name": custom.name, "input": custom.input}
        return {"type": "custom_tool_call", **named, **custom.members}
    if more.item is not None and more.item.get("type") == call.type:
        return more.item
    if call.function is None or call.type != "function":
        raise InvalidRequest([Violation(f"{path}.type", f"a call of type '{call.type}' cannot be read")])
    function = call.function
    named = {"call_id": call.id, "name": function.name, "arguments": function.arguments}
    return {"type": "function_call", **named, **(more.function.members if more.function else {})}


def _said(message: Message, more: MessageMore, turn: int) -> list[tuple[int | None, Item]]:
    """The messages of the turn, each with its place if that is known."""
    text, refusal = _spoken(message)
    if more.message_items and sum(each.length for each in more.message_items) == len(text):
        said: list[tuple[int | None, Item]] = []
        for each in more.message_items:
            said.append((each.index, _output_message(each, text[: each.length])))
            text = text[each.length :]
        if refusal:
            said[-1][1]["content"].append({"type": "refusal", "refusal": refusal})
        return said
    phase = {"phase": more.phase} if more.phase else {}
    if refusal:
        # Only the vendor's own form of a message holds a refusal; it wants an id, which must be made up.
        made_up = MessageItem(f"msg_{turn}", 0, len(text), more.phase)
        item = _output_message(made_up, text)
        item["content"].append({"type": "refusal", "refusal": refusal})
        return [(None, item)]
    return [(None, {"type": "message", "role": "assistant", "content": text} | phase)] if text else []


def _spoken(message: Message) -> tuple[str, str]:
    text = message.text
    transcript = (message.audio or {}).get("transcript")
    if not text and isinstance(transcript, str):
        text = transcript  # the words of a turn that was spoken
    name = f"{message.name}: " if message.name and text else ""
    refused = [part.refusal for part in message.parts if part.refusal]
    return name + text, message.refusal or "".join(refused)


def _output_message(each: MessageItem, text: str) -> Item:
    content: list[Item] = [{"type": "output_text", "text": text, "annotations": []}] if text else []
    phase = {"phase": each.phase} if each.phase else {}
    item: Item = {"type": "message", "id": each.id, "role": "assistant", "status": "completed"}
    return item | {"content": content} | phase


def _put_images_back(placed: dict[int, Item], message: Message) -> None:
    """Generated images travel as images; their items get them again, in order, or are left out."""
    urls = [_url(each) for each in message.images or ()]
    drawn = [index for index in sorted(placed) if placed[index].get("type") == "image_generation_call"]
    for place, index in enumerate(drawn):
        head, comma, data = urls[place].partition(",") if place < len(urls) else ("", "", "")
        if comma and head.startswith("data:"):
            placed[index] |= {"result": data}
        else:
            del placed[index]


def _url(image: Item) -> str:
    place = image.get("image_url")
    url = place.get("url") if isinstance(place, dict) else None
    return url if isinstance(url, str) else ""


def _in_order(placed: dict[int, Item], free: list[Item]) -> list[Item]:
    items: list[Item] = []
    before = -1
    for index in sorted(placed):
        gap = max(0, index - before - 1)
        items += free[:gap]
        free = free[gap:]
        items.append(placed[index])
        before = index
    return items + free
