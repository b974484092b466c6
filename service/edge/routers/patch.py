"""An update of a router: what it changes of the document. What it becomes is judged as a whole afterwards.

Source: Inworld 4.5 (PATCH with `update_mask` in both spellings), AIP-134 and AIP-161.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Raw

from service.edge.snake import members, snake
from service.errors import InvalidRequest, Violation
from service.types import checked
from service.types.saved_router import Defaults, Route

MASK = "update_mask"
_PREFIX = re.compile(r"^(routers|inworld)/")
_SHOWN = 100
_NESTED = {
    "display_name": (),
    "defaults": Defaults.__struct_fields__,
    "routes": (),
    "default_route": Route.__struct_fields__,
}
_PATHS = (*_NESTED, *(f"{name}.{inner}" for name, members in _NESTED.items() for inner in members))
_OUTPUT_ONLY = ("etag", "create_time", "update_time", "source", "warnings")
_Members = Mapping[str, Raw]


def name_in(body: _Members) -> str | None:
    """The name that a body says, without a prefix; None for what is none."""
    try:
        return plain(checked.decode(body["name"], str))
    except (KeyError, InvalidRequest):
        return None


def plain(name: str) -> str:
    """A router's name without what may stand before it."""
    return _PREFIX.sub("", name, count=1)


def mask_of(paths: str, body: _Members, name: str) -> tuple[str, ...] | None:
    """The paths of a mask, with commas between, in either spelling; None without a mask.

    Raises `InvalidRequest` naming every path that is none, or cannot be changed.
    """
    found = tuple(dict.fromkeys(snake(path.strip()) for path in paths.split(",") if path.strip()))
    if "*" in found:
        return tuple(_NESTED)
    faults = [fault for path in found if (fault := _fault(path, body, name))]
    if faults:
        raise InvalidRequest([Violation(MASK, fault) for fault in faults])
    return tuple(path for path in found if path in _PATHS) if found else None


def merged(current: _Members, body: _Members, mask: Sequence[str] | None) -> bytes:
    """The document that an update makes of the current one, unchecked.

    Without a mask the members that are there replace those of the same name. With one, its members do, and
    are taken away where the body does not have them. Unknown members come along, so that they are refused.
    """
    whole = {name: value for name, value in current.items() if name != "name"}
    for path in mask if mask is not None else [name for name in _NESTED if name in body]:
        member, _, inner = path.partition(".")
        value = body.get(member) if not inner else _with(whole.get(member), body.get(member), inner)
        if value is None:
            whole.pop(member, None)
        else:
            whole[member] = value
    unknown = {name: value for name, value in body.items() if name not in (*_NESTED, *_OUTPUT_ONLY, "name")}
    return msgspec.json.encode({"name": current["name"]} | whole | unknown)


def _fault(path: str, body: _Members, name: str) -> str:
    if path in _PATHS or path in _OUTPUT_ONLY:
        return ""
    if path == "name":
        return "" if name_in(body) == name else "name cannot be changed"
    return f"names nothing that can be changed, got '{path[:_SHOWN]}'; there are {', '.join(_PATHS)}, *"


def _with(whole: Raw | None, given: Raw | None, inner: str) -> Raw | None:
    """A member with one of its own replaced, or taken away."""
    kept, found = _object(whole), _object(given)
    if kept is None or found is None:
        return given  # it is no object, and is told so
    kept.pop(inner, None)
    kept |= {inner: found[inner]} if inner in found else {}
    return Raw(msgspec.json.encode(kept)) if kept else None


def _object(value: Raw | None) -> dict[str, Raw] | None:
    """The members of an object, none of what is absent; None for what is no object."""
    if value is None:
        return {}
    try:
        return members(value)
    except InvalidRequest:
        return None
