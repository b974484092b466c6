"""The text of a file of routers: JSON or YAML, one router or several, to one JSON document for each."""

import json
import math
from typing import Any, NamedTuple

from service.files import yaml_text
from service.files.yaml_text import TextError

MAX_BYTES = 1024 * 1024
_YAML = (".yaml", ".yml")
_LIST = "routers"
_BESIDE = {_LIST, "nextPageToken", "next_page_token"}
"""What a listing of the server has."""


class Document(NamedTuple):
    """The JSON of one router, and where in its file it stands: empty for one that is the whole file."""

    place: str
    data: bytes


def documents(data: bytes, name: str) -> list[Document]:
    """The routers of a file: one object, a list, `{"routers": [...]}`, or several documents of YAML.

    The ending of the name tells YAML from JSON, else the first character. Raises `TextError`.
    """
    if len(data) > MAX_BYTES:
        raise TextError(f"is larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextError(f"is not valid UTF-8 at byte {error.start}") from None
    written = _read_json(text) if _is_json(text, name) else yaml_text.read(text)
    found = []
    for number, each in enumerate(written, 1):
        where = f"document {number}" if len(written) > 1 else ""
        found += [Document(place, _encoded(router)) for place, router in _routers(each, where)]
    if not found:
        raise TextError("holds no router")
    return found


def _is_json(text: str, name: str) -> bool:
    if name.lower().endswith(".json"):
        return True
    return not name.lower().endswith(_YAML) and text.lstrip()[:1] in ("{", "[")


def _routers(written: Any, where: str) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(written, dict) and isinstance(written.get(_LIST), list):
        if unknown := [name for name in written if name not in _BESIDE]:
            raise TextError(f"{where or 'the file'} has {', '.join(map(repr, unknown))} beside {_LIST!r}")
        listed, prefix = written[_LIST], _LIST
    elif isinstance(written, list):
        listed, prefix = written, ""
    else:
        listed, prefix = [written], None
    found = []
    for number, router in enumerate(listed):
        inside = "" if prefix is None else f"{prefix}[{number}]"
        place = ", ".join(filter(None, (where, inside)))
        if not isinstance(router, dict):
            raise TextError(f"{place or 'the file'} is no router; it must be an object")
        found.append((place, router))
    return found


def _read_json(text: str) -> list[Any]:
    if not text.strip():
        return []
    try:
        return [json.loads(text, object_pairs_hook=_members, parse_float=_number, parse_constant=_refuse)]
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise TextError(f"{where}: is not valid JSON: {error.msg}") from None
    except RecursionError:
        raise TextError("is nested too deeply") from None
    except ValueError as error:
        raise TextError(f"is not valid JSON: {error}") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise TextError(f"{name!r} is given twice")
        found[name] = value
    return found


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise TextError(f"{text} is out of range")
    return number


def _refuse(text: str) -> Any:
    raise TextError(f"{text} is no number of JSON")


def _encoded(router: dict[str, Any]) -> bytes:
    # A text may hold half a character, written as an escape; the reader of routers refuses it by its place.
    return json.dumps(router, allow_nan=False).encode()
