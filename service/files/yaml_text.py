"""YAML as JSON has it: text to plain values and back.

Scalars are those of YAML 1.2's core schema, so `no` and dates stay words. Names are read as text. What JSON
has not (aliases, tags of one's own, infinity) and what people do by mistake (a name given twice) is a fault.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml import events

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MAX_DEPTH = 64
_MAX_DIGITS = 30
_STR = "tag:yaml.org,2002:str"
_PLAIN = {
    "tag:yaml.org,2002:null": re.compile(r"(?:~|null|Null|NULL|)\Z"),
    "tag:yaml.org,2002:bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    "tag:yaml.org,2002:int": re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
    "tag:yaml.org,2002:float": re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"),
}
_WIDTH = 110
_ODD = re.compile("[\r\x85\u2028\u2029\ufeff]")
"""Ends of lines of another kind, which not all writers and readers take for the same."""


class TextError(Exception):
    """The text cannot be read; the message says where and why, for people."""


def read(text: str) -> list[Any]:
    """The documents of a text, empty ones left out. Raises `TextError`."""
    try:
        parsed: Iterator[Any] = yaml.parse(text, Loader=_Loader)
        return [each for each in _documents(parsed) if each is not None]
    except yaml.MarkedYAMLError as error:
        raise TextError(f"{_place(error.problem_mark)}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise TextError(" ".join(str(error).split())) from None


def write(documents: list[Any]) -> str:
    """Documents in block style, which `read` gives back as they are; members stand in their order."""
    text: str = yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        explicit_start=len(documents) > 1,
        width=_WIDTH,
    )
    return text


def _documents(parsed: Iterator[Any]) -> Iterator[Any]:
    for event in parsed:
        if not isinstance(
            event,
            (
                events.StreamStartEvent,
                events.StreamEndEvent,
                events.DocumentStartEvent,
                events.DocumentEndEvent,
            ),
        ):
            yield _value(event, parsed, 0)


def _value(event: Any, parsed: Iterator[Any], depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise TextError(f"{_place(event.start_mark)}nested more than {_MAX_DEPTH} levels deep")
    if isinstance(event, events.AliasEvent):
        raise TextError(f"{_place(event.start_mark)}aliases (*{event.anchor}) are not read; write it out")
    if isinstance(event, events.ScalarEvent):
        return _scalar(event)
    if event.tag not in (None, "!"):
        raise TextError(f"{_place(event.start_mark)}tags ({event.tag}) are not read")
    if isinstance(event, events.SequenceStartEvent):
        return _list(parsed, depth)
    return _mapping(parsed, depth)


def _list(parsed: Iterator[Any], depth: int) -> list[Any]:
    found = []
    while not isinstance(event := next(parsed), events.SequenceEndEvent):
        found.append(_value(event, parsed, depth + 1))
    return found


def _mapping(parsed: Iterator[Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while not isinstance(event := next(parsed), events.MappingEndEvent):
        if not isinstance(event, events.ScalarEvent):
            raise TextError(f"{_place(event.start_mark)}a name must be a text")
        if event.value in found:
            raise TextError(f"{_place(event.start_mark)}{event.value!r} is given twice")
        found[event.value] = _value(next(parsed), parsed, depth + 1)
    return found


def _scalar(event: Any) -> Any:
    text: str = event.value
    tag = event.tag
    if tag is None and event.implicit[0]:
        tag = next((name for name, pattern in _PLAIN.items() if pattern.match(text)), _STR)
    if tag in (None, "!", _STR):
        return text
    if tag not in _PLAIN or not _PLAIN[tag].match(text):
        raise TextError(f"{_place(event.start_mark)}tags ({tag}) are not read")
    return _plain(tag.rpartition(":")[2], text)


def _plain(kind: str, text: str) -> Any:
    """A value of the core schema. A number beyond all ranges stays a text, which is refused by its place."""
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            base = {"0o": 8, "0x": 16}.get(text[:2], 10)
            return int(text, base) if len(text) <= _MAX_DIGITS else text
        case _:
            number = float(text)
            return number if math.isfinite(number) else text


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stand as they are; what some reader would take for no text is quoted."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name is the library's
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Lists are indented below their names."""
        super().increase_indent(flow, indentless=False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if _ODD.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar(_STR, text, style=style)


_Dumper.add_representer(str, _text)
# Beside those of YAML 1.1, which the library knows.
for _tag, _pattern in _PLAIN.items():
    _Dumper.add_implicit_resolver(_tag, _pattern, None)
