"""Reads members of a request for which the common view has no type."""

from typing import TypeVar

from msgspec import Raw

from service.errors import InvalidRequest
from service.types import checked

T = TypeVar("T")


def read(member: Raw, kind: type[T], path: str) -> T:
    """Decodes one member. Raises `InvalidRequest` for one of another type, by its path."""
    try:
        return checked.decode(member, kind)
    except InvalidRequest as error:
        raise error.renamed(
            lambda field: f"{path}{field}" if field[:1] in ("", "[") else f"{path}.{field}"
        ) from None
