"""Pages of a list by name: how many, and after which name."""

import base64
import binascii
import re

from service.errors import InvalidRequest, Violation
from service.types.saved_router import ROUTER_NAME

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000
_SIZE = "page_size"
_AFTER = "page_token"
_SHOWN = 100


def size_of(given: int) -> int:
    """How many a page has; 0 means nothing was said. Raises `InvalidRequest`."""
    if given < 0:
        raise InvalidRequest([Violation(_SIZE, f"must be 0 or more, got {given}")])
    return min(given or DEFAULT_SIZE, LARGEST_SIZE)


def size_in(text: str) -> int:
    """The same of a query string, where it may be empty."""
    if not text:
        return DEFAULT_SIZE
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text, re.ASCII):
        raise InvalidRequest([Violation(_SIZE, f"must be a whole number, got '{text[:_SHOWN]}'")])
    return size_of(int(text))


def token_after(name: str) -> str:
    """The token of the page that begins after a name."""
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def name_before(token: str) -> str:
    """The name that a page begins after; none for an empty token. Raises `InvalidRequest`."""
    try:
        name = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        name = "?"
    if token and not re.match(ROUTER_NAME, name):
        raise InvalidRequest([Violation(_AFTER, f"is no token of a page before, got '{token[:_SHOWN]}'")])
    return name
