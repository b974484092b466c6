"""Routing options that are misspelt or misplaced: unread, they would send a request elsewhere."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from service.errors import Violation
from service.types.routing_options import Fallback, ProviderPreferences, ProviderSort, RoutingOptions

_MAX_MISSPELT = 50
_UNKNOWN = "unknown option"
_NESTED = "extra_body."


def _names(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(kind))


ROUTING = _names(RoutingOptions)
"""The members of `extra_body`."""

# Where a member of a routing object belongs. What has its place beside these objects, too, is not among them.
_PLACES = {
    **dict.fromkeys(_names(ProviderPreferences), "provider"),
    **dict.fromkeys(_names(ProviderSort), "provider.sort"),
    **dict.fromkeys(_names(Fallback), "fallback"),
    **dict.fromkeys(ROUTING, ""),
}


# Members that vendors have under such a name themselves: Bedrock's.
_NATIVE = ("promptVariables",)
_PROPER = {name.replace("_", ""): name for name in _PLACES}


def misnamed(names: Iterable[str], known: Collection[str], options: Sequence[str]) -> list[Violation]:
    """Finds unknown members of the body that are routing options elsewhere, or are one edit away from one."""
    found = [fault for name in names if name not in known for fault in _faults(name, options)]
    return found[:_MAX_MISSPELT]


def with_places(violations: Iterable[Violation]) -> list[Violation]:
    """Says of options that an object does not know where they belong, if they belong anywhere."""
    return [_with_place(violation) for violation in violations]


def _faults(name: str, options: Sequence[str]) -> Iterator[Violation]:
    if name in _NATIVE:
        return
    proper = _PROPER.get(_folded(name), name)
    if proper in _PLACES and (name == proper or _PLACES[proper]):
        yield Violation(name, _belongs(_PLACES[proper], proper, ""))
        return
    for option in options:
        if _folded(name) == _folded(option) or within_one_edit(name, option):
            yield Violation(name, f"{_UNKNOWN}; did you mean '{option}'?")


def _with_place(violation: Violation) -> Violation:
    parent, _, name = violation.field.rpartition(".")
    if name not in _PLACES or not violation.description.startswith(_UNKNOWN):
        return violation
    if not parent.removeprefix(_NESTED).startswith(("extra_body", "provider", "fallback")):
        return violation
    nested = _NESTED if violation.field.startswith(_NESTED) else ""
    return Violation(violation.field, _belongs(_PLACES[name], name, nested))


def _belongs(place: str, name: str, nested: str) -> str:
    return f"belongs {f'into {place}' if place else 'further up'}: {nested}{place and place + '.'}{name}"


def _folded(name: str) -> str:
    """However its words are joined: `allow_fallbacks`, `allowFallbacks`."""
    return name.replace("_", "").replace("-", "").casefold()


def within_one_edit(one: str, other: str) -> bool:
    """Whether one insertion, deletion, replacement or swap of neighbours leads from one to the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])
