"""The etag that a call wants by its header `If-Match`.

Source: RFC 9110 13.1.1. Ours are compared as text, so that a weak one means the same as a strong one.
"""

import re

from service.edge.call_context import Context, header
from service.errors import InvalidRequest, Violation

_NAME = "if-match"
_ANY = "*"
_ETAG = re.compile(r"""(?:W/)?"([^"]*)"|([^",*\s]+)""")
_SHOWN = 100


def wanted(context: Context) -> str | None:
    """The etag; None where any will do. Raises `InvalidRequest` for what is not one etag."""
    given = (header(context, _NAME) or "").strip()
    if given in {"", _ANY}:
        return None
    found = _ETAG.fullmatch(given)
    if found is None:
        raise InvalidRequest([Violation(_NAME, f"must be one etag in quotes, or *, got '{given[:_SHOWN]}'")])
    return found[1] or found[2] or None


def agreed(said: str | None, by_header: str | None) -> str | None:
    """The etag that a call wants by its body or query, or by the header; None for neither, or empty ones.

    Raises `InvalidRequest` when they differ.
    """
    if said and by_header and said != by_header:
        raise InvalidRequest([Violation("etag", f"is another than that of {_NAME}, '{by_header[:_SHOWN]}'")])
    return said or by_header or None
