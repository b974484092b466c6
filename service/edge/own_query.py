"""Query strings of our own paths: what is unknown is refused, but for what SDKs add to any request."""

from collections.abc import Mapping

from service.errors import InvalidRequest, Violation

# OpenAI's SDK for Azure, and Anthropic's.
_OF_SDKS = frozenset({"api-version", "beta"})
_SHOWN = 100


def check(given: Mapping[str, str], *spellings: tuple[str, ...]) -> list[str]:
    """Gives the value of each parameter, which is known by any of its spellings; empty where it is not there.

    Raises `InvalidRequest` naming every parameter that is unknown, and those there are, and those that are
    there in two spellings.
    """
    known = [name for names in spellings for name in names]
    there_are = f"; there are {', '.join(known)}" if known else "; there is none here"
    faults = [
        Violation(name[:_SHOWN], "is no query parameter" + there_are)
        for name in given
        if name not in known and name not in _OF_SDKS
    ]
    found = [[given[name] for name in names if name in given] for names in spellings]
    faults += [
        Violation(names[0], f"is given more than once, as {' and '.join(names)}")
        for names, values in zip(spellings, found, strict=True)
        if len(values) > 1
    ]
    if faults:
        raise InvalidRequest(faults)
    return [values[0] if values else "" for values in found]
