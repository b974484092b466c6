"""JSON in either spelling of its members: camelCase, and snake_case, in which we think."""

import re

from msgspec import Raw

from service.errors import InvalidRequest, Violation
from service.types import checked

_NULL = b"null"


def members(data: bytes | Raw) -> dict[str, Raw]:
    """The members of an object by their names in snake_case; null means absent.

    Raises `InvalidRequest` for what is no object, and for a member that is there in both spellings.
    """
    found: dict[str, Raw] = {}
    twice = []
    for given, value in checked.decode(data, dict[str, Raw]).items():
        name = snake(given)
        if name in found:
            twice.append(Violation(name, "is given twice, in camelCase and in snake_case"))
        found[name] = value
    if twice:
        raise InvalidRequest(twice)
    return {name: value for name, value in found.items() if bytes(value) != _NULL}


def snake(name: str) -> str:
    """A name in snake_case."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: f"_{found[0].lower()}", name)
