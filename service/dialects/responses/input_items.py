"""Chat messages to Responses' input items.

System and developer messages stay where they are in the conversation, as messages of their role, rather than
becoming `instructions`: so their order is kept. A participant's name goes before the text (OpenRouter A4), as
there is no member for it.
"""

from typing import Any

from service.dialects.responses import native_calls, turns
from service.dialects.responses.history import MessageMore, messages_of
from service.dialects.responses.parts import input_part
from service.types.chat_request import ChatRequest
from service.types.message import Message

Item = dict[str, Any]


def input_items(request: ChatRequest) -> list[Item]:
    """Translates all messages. Raises `InvalidRequest` for what cannot be read, by its path."""
    items: list[Item] = []
    kinds: dict[str, str] = {}  # types of the calls so far, by id
    for place, (message, more) in enumerate(zip(request.body.messages, messages_of(request), strict=True)):
        path = f"messages[{place}]"
        if message.role == "assistant":
            kinds |= {call.id: call.type for call in message.tool_calls or ()}
            items += turns.items_of(message, more, place)
        elif message.role == "tool":
            items.append(_result(message, more, kinds, path))
        else:
            items.append(_message(message, more, path))
    return items


def _message(message: Message, more: MessageMore, path: str) -> Item:
    content = _content(message, more, path)
    if message.name and isinstance(content, str):
        content = f"{message.name}: {content}"
    elif message.name:
        content = [{"type": "input_text", "text": f"{message.name}:"}, *content]
    return {"type": "message", "role": message.role, "content": content}


def _result(message: Message, more: MessageMore, kinds: dict[str, str], path: str) -> Item:
    identity = message.tool_call_id or ""
    kind = kinds.get(identity, "function")
    if (item := native_calls.output_item(kind, identity, message)) is not None:
        return item
    called = "custom_tool_call_output" if kind == "custom" else "function_call_output"
    return {"type": called, "call_id": identity, "output": _content(message, more, path)}


def _content(message: Message, more: MessageMore, path: str) -> str | list[Item]:
    if isinstance(message.content, str):
        return message.content
    return [
        input_part(part, more.part(place), f"{path}.content[{place}]")
        for place, part in enumerate(message.content or ())
    ]
