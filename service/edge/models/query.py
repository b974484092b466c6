"""Reads query strings: strictly where they filter, since a misspelt filter would go unnoticed."""

from collections.abc import Callable, Collection
from typing import TypeVar
from urllib.parse import parse_qsl

from service.errors import InvalidRequest, Violation

T = TypeVar("T")
_MOST_PAIRS = 100
_SHOWN = 100


def parameters(address: str, lists: Collection[str] = ()) -> dict[str, str]:
    """The query parameters of a request's address; those without a value are left out.

    Those of `lists` may be given several times: their values come with commas between.

    Raises `InvalidRequest` when one is given twice with different values.
    """
    query = address.partition("?")[2]
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(query, max_num_fields=_MOST_PAIRS, errors="replace")
    except ValueError:
        raise InvalidRequest([Violation("", f"has more than {_MOST_PAIRS} query parameters")]) from None
    for name, value in pairs:
        if name in lists and name in found:
            found[name] += f",{value}"
        elif found.setdefault(name, value) != value:
            raise InvalidRequest([Violation(name, "is given more than once")])
    return found


def check_names(given: Collection[str], known: Collection[str]) -> None:
    """Raises `InvalidRequest` naming every parameter that is not known, and those that are."""
    unknown = [name for name in given if name not in known]
    if unknown:
        violations = [Violation(name[:_SHOWN], "is no query parameter") for name in unknown]
        allowed = f"{violations.pop().description}; there are {', '.join(sorted(known))}"
        raise InvalidRequest([*violations, Violation(unknown[-1][:_SHOWN], allowed)])


def check_unbound(given: Collection[str], fields: Collection[str]) -> None:
    """Refuses parameters that have the name of a part of the path: Envoy would put them in its place."""
    if bound := [name for name in given if name in fields]:
        raise InvalidRequest([Violation(name, "is no query parameter; the path says it") for name in bound])


def read(given: dict[str, str], name: str, how: Callable[[str], T], default: T) -> T:
    """Reads one parameter. Raises `InvalidRequest` with the words of a reader's `ValueError`."""
    if name not in given:
        return default
    try:
        return how(given[name])
    except ValueError as error:
        raise InvalidRequest([Violation(name, f"{error}, got '{given[name][:_SHOWN]}'")]) from None


def flag(text: str) -> bool:
    """`true` or `false`."""
    return one_of("true", "false")(text) == "true"


def one_of(*words: str) -> Callable[[str], str]:
    """One of some words."""

    def how(text: str) -> str:
        if text not in words:
            raise ValueError(
                f"must be {' or '.join(words) if len(words) < 3 else 'one of ' + ', '.join(words)}"
            )
        return text

    return how


def words(*allowed: str) -> Callable[[str], tuple[str, ...]]:
    """Words with commas between them, of those that are allowed; of any, if none are named."""

    def how(text: str) -> tuple[str, ...]:
        found = tuple(word.strip() for word in text.split(",") if word.strip())
        if allowed and not set(found) <= set(allowed):
            raise ValueError(f"must be of {', '.join(allowed)}, with commas between")
        return found

    return how


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A whole number within bounds."""

    def how(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
        if number < least or (most is not None and number > most):
            raise ValueError(
                f"must be a whole number of {least} or more"
                + (f", at most {most}" if most is not None else "")
            )
        return number

    return how
