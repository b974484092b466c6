"""Functions by OpenAI's earlier names, to tools and back: no wire format below needs to know them.

Source: OpenAI API reference, Chat Completions (`functions`, `function_call`, deprecated); Atoma B2.
"""

from typing import Any

import msgspec
from msgspec import Raw

from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatBody, NamedFunction
from service.types.chunk import Chunk, ToolCallDelta
from service.types.message import Message

_raws = msgspec.json.Decoder(dict[str, Raw])
_lists = msgspec.json.Decoder(list[Raw])
_encode = msgspec.json.encode


def are_used(body: ChatBody) -> bool:
    """Whether a request offers functions, or tells of calls of them, by the earlier names."""
    return (
        body.functions is not None
        or body.function_call is not None
        or any(each.role == "function" or _calls(each) for each in body.messages)
    )


def as_tools(body: ChatBody, members: dict[str, Raw]) -> dict[str, Raw]:
    """Gives the members of a request with tools in place of functions; schemas keep their bytes.

    Raises `InvalidRequest` for what cannot be said in both ways at once, and for results that answer no call.
    """
    faults = _contradictions(body)
    messages = _messages(body.messages, _lists.decode(members["messages"]), faults)
    if faults:
        raise InvalidRequest(faults)
    told: dict[str, Any] = {}
    for name, value in members.items():
        match name:
            case "messages":
                told[name] = _raw(messages)
            case "functions":
                tools = [{"type": "function", "function": each} for each in _lists.decode(value)]
                if tools:
                    told["tools"] = _raw(tools)
            case "function_call":
                told["tool_choice"] = _choice(body.function_call, value)
            case _:
                told[name] = value
    return told


class FunctionCalls:
    """Tells the tool calls of one answer by the earlier names. There is one a choice; more are left out."""

    def __init__(self) -> None:
        self._told: dict[int, int] = {}  # the index of the call that is told, by choice

    def tell(self, chunk: Chunk) -> None:
        """Changes a chunk in place."""
        for choice in chunk.choices:
            calls, choice.delta.tool_calls = choice.delta.tool_calls, None
            for call in calls or ():
                if call.index == self._told.setdefault(choice.index, call.index):
                    _add(choice.delta.extra, call)
            if choice.finish_reason == "tool_calls":
                choice.finish_reason = "function_call"


def _add(extra: dict[str, Any], call: ToolCallDelta) -> None:
    said = extra.setdefault("function_call", {})
    if call.name is not None:
        said["name"] = call.name
    if call.arguments is not None:
        said["arguments"] = said.get("arguments", "") + call.arguments


def _calls(message: Message) -> bool:
    return message.role == "assistant" and message.function_call is not None


def _contradictions(body: ChatBody) -> list[Violation]:
    found = []
    if body.functions is not None and body.tools is not None:
        found.append(Violation("functions", "cannot be combined with tools"))
    if body.function_call is not None and body.tool_choice is not None:
        found.append(Violation("function_call", "cannot be combined with tool_choice"))
    if body.function_call is not None and not body.functions:
        found.append(Violation("function_call", "is only allowed with functions"))
    return found


def _messages(messages: list[Message], raw: list[Raw], faults: list[Violation]) -> list[Any]:
    """The turns as they were sent, but for those that call functions or tell their results."""
    waiting: dict[str, str] = {}  # ids of calls without a result, by the function's name
    told: list[Any] = []
    for place, (message, sent) in enumerate(zip(messages, raw, strict=True)):
        at = f"messages[{place}]"
        if message.role == "function":
            told.append(_result(message, sent, waiting, at, faults))
        elif message.role == "assistant" and message.function_call:
            if message.tool_calls:
                faults.append(Violation(f"{at}.function_call", "cannot be combined with tool_calls"))
            call_id = waiting[message.function_call.name] = f"call_function_{place}"
            told.append(_call(sent, call_id))
        else:
            told.append(sent)
    return told


def _call(sent: Raw, call_id: str) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in _raws.decode(sent).items():
        if name == "function_call":
            members["tool_calls"] = [{"id": call_id, "type": "function", "function": value}]
        else:
            members[name] = value
    return members


def _result(
    message: Message, sent: Raw, waiting: dict[str, str], at: str, faults: list[Violation]
) -> dict[str, Any]:
    call_id = waiting.pop(message.name, None) if message.name else None
    if not message.name:
        faults.append(Violation(f"{at}.name", "name field is required for role 'function'"))
    elif call_id is None:
        faults.append(Violation(at, f"answers no call of the function '{message.name}' before it"))
    members: dict[str, Any] = {**_raws.decode(sent), "role": "tool", "tool_call_id": call_id}
    members.pop("name", None)
    return members


def _choice(choice: str | NamedFunction | None, sent: Raw) -> Raw:
    if isinstance(choice, NamedFunction):
        return _raw({"type": "function", "function": {"name": choice.name}})
    return sent


def _raw(value: Any) -> Raw:
    return Raw(_encode(value))
