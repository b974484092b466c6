"""Reasoning details as they come back: whole, or in the pieces in which a stream sent them.

Clients join the pieces of a stream in ways of their own: some keep them apart, some join every text in them,
that of `format` too.
"""

from collections.abc import Iterable
from typing import Any

from service.dialects.anthropic.words import FORMAT

Detail = dict[str, Any]


def is_ours(detail: Detail) -> bool:
    """Whether a detail holds a block of Claude's."""
    return bool(_format(detail) == FORMAT)


def merged(details: Iterable[Detail]) -> list[Detail]:
    """Joins the pieces of each thought, at the place of its first piece.

    Pieces of one thought have the same type and index, and the last of them has the signature.
    """
    found: list[list[Detail]] = []
    growing: dict[Any, list[Detail]] = {}
    for detail in details:
        index = detail.get("index")
        if detail.get("type") != "reasoning.text" or not isinstance(index, int):
            found.append([detail])
            continue
        pieces = growing.get(index)
        if pieces is None or not _continues(pieces, detail):
            growing[index] = pieces = []
            found.append(pieces)
        pieces.append(detail)
    return [_joined(pieces) if len(pieces) > 1 else pieces[0] for pieces in found]


def _continues(pieces: list[Detail], detail: Detail) -> bool:
    if detail.get("text") and isinstance(pieces[-1].get("signature"), str):
        return False
    return _format(detail) in (None, _format(pieces[0]))


def _joined(pieces: list[Detail]) -> Detail:
    joined: Detail = {}
    for piece in reversed(pieces):
        joined |= {name: value for name, value in piece.items() if value is not None}
    signatures = [piece["signature"] for piece in pieces if isinstance(piece.get("signature"), str)]
    if signatures:
        joined["signature"] = signatures[-1]
    joined["text"] = "".join(piece["text"] for piece in pieces if isinstance(piece.get("text"), str))
    return joined


def _format(detail: Detail) -> Any:
    told = detail.get("format")
    return FORMAT if isinstance(told, str) and told and not told.replace(FORMAT, "") else told
