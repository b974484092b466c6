"""A saved router as a document: read from whatever a caller wrote, written in one way. Pure (Inworld 4.2)."""

import hashlib
import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from service.errors import InvalidRequest, Violation
from service.routing.saved import texts
from service.types import checked
from service.types.saved_router import (
    RESERVED_NAMES,
    GenerationConfig,
    SavedRouter,
    SortKey,
    TemplateCall,
)

_OUTPUT_ONLY = frozenset({"etag", "create_time", "update_time", "source", "warnings"})
_PREFIX = re.compile(r"(routers|inworld)/")
_LONGEST_NAME = 63
_ETAG_BYTES = 8
_EXACT = 2**53
_CAMEL = re.compile(r"(?<=[a-z0-9])[A-Z]")
_SORTS = {
    word: f"SORT_METRIC_{word.upper()}"
    for word in ("price", "latency", "throughput", "intelligence", "math", "coding")
}


def read(data: bytes) -> SavedRouter:
    """Reads a document, in camelCase or snake_case, with the older spellings of some members.

    What only answers have (`etag`, times) is passed over, so that what was read can be written again.
    Raises `InvalidRequest` with everything that is wrong with its shape, by paths in snake_case.
    """
    members, faults = spelt(data)
    try:
        router = checked.decode(msgspec.json.encode(members), SavedRouter)
    except InvalidRequest as error:
        raise InvalidRequest([*faults, *error.violations]) from None
    if faults:
        raise InvalidRequest(faults)
    return router


def spelt(data: bytes) -> tuple[dict[str, Any], list[Violation]]:
    """The members of a document as the types spell them; and what is wrong that the types do not tell.

    Raises `InvalidRequest` for what is no object of JSON.
    """
    faults: list[Violation] = []
    given = texts.decoded(data, faults)
    # Paths are told in one spelling, whatever was said.
    faults = [Violation(_CAMEL.sub(_snake, each.field), each.description) for each in faults]
    members = _in_one_spelling(given, SavedRouter, "", faults)
    for name in _OUTPUT_ONLY:
        members.pop(name, None)
    _settle_name(members)
    name = members.get("name")
    if isinstance(name, str) and name in RESERVED_NAMES:
        faults.append(Violation("name", f"'{name}' is reserved"))
    return members, faults


def write(router: SavedRouter) -> bytes:
    """The document of a router, in snake_case and without what was not said: the same for the same router."""
    return msgspec.json.encode(_plain(msgspec.to_builtins(router)))


def etag(document: bytes) -> str:
    """What tells versions of a router apart: 16 hexadecimal digits."""
    return hashlib.blake2b(document, digest_size=_ETAG_BYTES).hexdigest()


def printed(router: SavedRouter) -> dict[str, Any]:
    """The JSON that REST shows: in camelCase at the top, in snake_case inside."""
    members: dict[str, Any] = _plain(msgspec.to_builtins(router))
    return {_camel(name): value for name, value in members.items()}


def _settle_name(members: dict[str, Any]) -> None:
    """Drops what may stand before a name; where there is none, the display name gives one."""
    name, title = members.get("name"), members.get("display_name")
    if isinstance(name, str):
        members["name"] = _PREFIX.sub("", name, count=1) if _PREFIX.match(name) else name
    elif name is None and isinstance(title, str):
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:_LONGEST_NAME].strip("-")
        if slug:
            members["name"] = slug


def _in_one_spelling(given: Any, kind: Any, path: str, faults: list[Violation]) -> Any:
    """Spells members as the types do, as far as those go; JSON that is the caller's own is left alone."""
    kind = _fitting(given, kind)
    if isinstance(given, list) and get_origin(kind) is list:
        (item,) = get_args(kind)
        return [_in_one_spelling(each, item, f"{path}[{place}]", faults) for place, each in enumerate(given)]
    if kind is SortKey and isinstance(given, str):
        return {"metric": _SORTS.get(given, given)}
    if isinstance(given, dict) and _is_struct(kind):
        return _members(given, kind, path, faults)
    return given


def _members(
    given: dict[str, Any], kind: type[msgspec.Struct], path: str, faults: list[Violation]
) -> dict[str, Any]:
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    older = _OLDER.get(kind, {})
    known = {*fields, *older, *(_OUTPUT_ONLY if kind is SavedRouter else ())}
    found: dict[str, Any] = {}
    spellings: dict[str, str] = {}
    for spelling, value in given.items():
        snake = _CAMEL.sub(_snake, spelling)
        name = snake if snake in known else spelling
        name = older.get(name, name)
        at = f"{path}.{name}" if path else name
        if name in found:
            faults.append(Violation(at, f"is given twice, as '{spellings[name]}' and as '{spelling}'"))
        spellings[name] = spelling
        if value is None:
            continue
        if kind is TemplateCall and name == "args" and isinstance(value, dict):
            found[name] = msgspec.json.encode(value).decode()
        else:
            found[name] = _in_one_spelling(value, fields[name], at, faults) if name in fields else value
    return found


_OLDER: dict[type[msgspec.Struct], dict[str, str]] = {GenerationConfig: {"max_new_tokens": "max_tokens"}}


def _fitting(given: Any, kind: Any) -> Any:
    """The member of a union that a value's shape points to, without constraints."""
    options = list(_options(kind))
    if isinstance(given, list):
        fitting = [each for each in options if get_origin(each) is list]
    elif isinstance(given, dict):
        fitting = [each for each in options if get_origin(each) is dict or _is_struct(each)]
    else:
        fitting = [each for each in options if each is SortKey]
    return fitting[0] if fitting else options[0]


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _options(kind: Any) -> Iterator[Any]:
    if get_origin(kind) is Annotated:
        yield from _options(kind.__origin__)
    elif get_origin(kind) in (Union, types.UnionType):
        for each in get_args(kind):
            yield from _options(each)
    else:
        yield kind


def _snake(found: re.Match[str]) -> str:
    return f"_{found[0].lower()}"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)


def _plain(value: Any) -> Any:
    """Without nulls, and whole numbers as people write them: 70, not 70.0."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return [_plain(each) for each in value] if isinstance(value, list) else value
