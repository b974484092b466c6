"""Message templates: `{{name}}` in their texts is a place for a prompt variable. Pure (Inworld 4.4).

Values are put in as they are and not looked at again; inside a JSON string they are written as JSON has them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from service.errors import InvalidRequest, Violation
from service.types.message import Message
from service.types.saved_router import MessageTemplate

VARIABLES = "prompt_variables"
"""Where a request has the values: at top level, or in `extra_body`."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_OPENS, _CLOSES = "{{", "}}"
_LONGEST_SHOWN = 40
_EVERYTHING = msgspec.json.Decoder(Any)
_WITHOUT_CONTENT = "content field is required for role '{}'"


class Place(NamedTuple):
    """Where a variable goes. `quoted` is whether that is inside a JSON string."""

    name: str
    quoted: bool


Parts = tuple[str | Place, ...]


class Faulty(Exception):
    """A text is no template; says why."""


class Prompt:
    """The templates of one variant, ready to be filled in."""

    def __init__(self, messages: Sequence["_Message"] = ()) -> None:
        self._messages = messages
        self.names = {name: None for each in messages for name in each.names}
        self._filled = None if self.names else self._with({})

    def filled(self, variables: Mapping[str, str]) -> "Filled":
        """The messages with these values. Raises `InvalidRequest` naming every one that is missing."""
        if self._filled:
            return self._filled
        missing = [name for name in self.names if name not in variables]
        if missing:
            fault = "is missing; the saved router's message templates have a place for it"
            raise InvalidRequest([Violation(f"{VARIABLES}.{name}", fault) for name in missing])
        return self._with(variables)

    def _with(self, variables: Mapping[str, str]) -> "Filled":
        members = [each.filled(variables) for each in self._messages]
        return Filled(
            tuple(msgspec.convert(each, Message) for each in members),
            tuple(Raw(msgspec.json.encode(each)) for each in members),
        )


class Filled(NamedTuple):
    """Messages, checked and as JSON."""

    messages: tuple[Message, ...]
    raw: tuple[Raw, ...]


def prompt_of(templates: Sequence[MessageTemplate] | None, path: str, faults: list[Violation]) -> Prompt:
    """Reads templates; what is wrong with them is added to `faults` by its path."""
    made = []
    for place, template in enumerate(templates or ()):
        found = list(_faults(template, f"{path}[{place}]"))
        if not found:
            made.append(_Message(template))
        faults += found
    return Prompt(made)


def parts_of(text: str, *, json: bool = False) -> Parts:
    """Takes a text apart; `json` is whether it is JSON. Raises `Faulty`."""
    parts: list[str | Place] = []
    at, quoted = 0, False
    while (opened := text.find(_OPENS, at)) >= 0:
        closed = text.find(_CLOSES, opened)
        if closed < 0:
            raise Faulty(f"opens '{{{{' at character {opened + 1} and never closes it with '}}}}'")
        name = text[opened + len(_OPENS) : closed].strip()
        if not name:
            raise Faulty(f"names no variable between '{{{{' and '}}}}' at character {opened + 1}")
        if not _NAME.fullmatch(name):
            shown = name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"
            raise Faulty(
                f"'{shown}' at character {opened + 1} is no name of a variable: "
                "letters, digits, '_', '.' and '-', the first a letter or '_'"
            )
        before = text[at:opened]
        quoted = json and _is_quoted(before, quoted)
        parts += [before, Place(name, quoted)]
        at = closed + len(_CLOSES)
    return (*parts, text[at:])


def _is_quoted(text: str, quoted: bool) -> bool:
    """Whether JSON is inside a string after some more of it."""
    for mark in re.findall(r'\\.|"', text, re.DOTALL):
        quoted ^= mark == '"'
    return quoted


def _filled(parts: Parts, variables: Mapping[str, str]) -> str:
    return "".join(part if isinstance(part, str) else _value(part, variables) for part in parts)


def _value(place: Place, variables: Mapping[str, str]) -> str:
    value = variables[place.name]
    return msgspec.json.encode(value).decode()[1:-1] if place.quoted else value


class _Message:
    """One template."""

    def __init__(self, template: MessageTemplate) -> None:
        self._template = template
        self._content = None if template.content is None else parts_of(template.content)
        self._items = [parts_of(each.text) for each in template.content_items or ()]
        self._calls = [(call, parts_of(call.args, json=True)) for call in template.tool_calls or ()]
        everything = [self._content or (), *self._items, *(parts for _, parts in self._calls)]
        self.names = [part.name for parts in everything for part in parts if isinstance(part, Place)]

    def filled(self, variables: Mapping[str, str]) -> dict[str, Any]:
        """The message as JSON has it."""
        template = self._template
        content: Any = None
        if self._content is not None:
            content = _filled(self._content, variables)
        elif self._items:
            content = [{"type": "text", "text": _filled(parts, variables)} for parts in self._items]
        members: dict[str, Any] = {"role": template.role, "content": content}
        if self._calls:
            members["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": _arguments(parts, variables)},
                }
                for call, parts in self._calls
            ]
        if template.tool_call_id is not None:
            members["tool_call_id"] = template.tool_call_id
        return members


def _arguments(parts: Parts, variables: Mapping[str, str]) -> str:
    """Fills arguments in. Raises `InvalidRequest` where that makes something else than JSON of them."""
    text = _filled(parts, variables)
    if not _is_json(text):
        names = {part.name: None for part in parts if isinstance(part, Place) and not part.quoted}
        fault = "makes the arguments of a tool call in a message template invalid JSON"
        raise InvalidRequest([Violation(f"{VARIABLES}.{name}", fault) for name in names])
    return text


def _is_json(text: str) -> bool:
    try:
        _EVERYTHING.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _faults(template: MessageTemplate, path: str) -> Iterator[Violation]:
    """What is wrong with a template: as with a message, and with its texts."""
    role = template.role
    if template.content is not None and template.content_items is not None:
        yield Violation(f"{path}.content_items", "cannot be combined with content")
    if (
        template.content is None
        and template.content_items is None
        and not (role == "assistant" and template.tool_calls)
    ):
        yield Violation(f"{path}.content", _WITHOUT_CONTENT.format(role))
    if role == "tool" and template.tool_call_id is None:
        yield Violation(f"{path}.tool_call_id", "tool_call_id field is required for role 'tool'")
    if role != "tool" and template.tool_call_id is not None:
        yield Violation(f"{path}.tool_call_id", f"is for role 'tool' alone, not for '{role}'")
    if role != "assistant" and template.tool_calls:
        yield Violation(f"{path}.tool_calls", f"are for role 'assistant' alone, not for '{role}'")
    if template.content is not None:
        yield from _text_faults(template.content, f"{path}.content")
    for place, item in enumerate(template.content_items or ()):
        yield from _text_faults(item.text, f"{path}.content_items[{place}].text")
    for place, call in enumerate(template.tool_calls or ()):
        yield from _text_faults(call.args, f"{path}.tool_calls[{place}].args", json=True)


def _text_faults(text: str, path: str, *, json: bool = False) -> Iterator[Violation]:
    try:
        parts = parts_of(text, json=json)
    except Faulty as error:
        yield Violation(path, str(error))
        return
    if json and not _is_json("".join(part if isinstance(part, str) else "0" for part in parts)):
        yield Violation(path, "must be JSON, whatever stands in the places of its variables")
