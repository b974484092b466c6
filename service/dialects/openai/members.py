"""Members of a vendor's JSON, taken where they are what they should be."""

from typing import Any, TypeVar

T = TypeVar("T")


def take(members: dict[str, Any], name: str, kind: type[T]) -> T | None:
    """Takes a member out if it is null or of the type it should have; else it stays where it is."""
    value = members.get(name)
    if value is None or isinstance(value, kind):
        members.pop(name, None)
        return value
    return None


def take_count(members: dict[str, Any], name: str) -> int | None:
    """Takes a whole number out; some servers write it as 3.0."""
    value = members.get(name)
    if isinstance(value, float) and value.is_integer():
        members[name] = int(value)
    return None if isinstance(value, bool) else take(members, name, int)
