"""The `reasoning_details` of a message that came back: Gemini's, and whole.

A client may send the pieces of a stream as they came, without joining those of one detail; or it may have
joined every text in them, so that a name that stood on each piece is repeated.
"""

from collections.abc import Iterator
from typing import Any

from service.types.message import Message

FORMAT = "google-gemini-v1"
_TYPES = ("reasoning.text", "reasoning.encrypted", "reasoning.server_tool_call")
_GROWING = ("text", "data")

Detail = dict[str, Any]


def details_of(message: Message) -> list[Detail]:
    """The details that Gemini's turn had, each once."""
    ids = [call.id for call in message.tool_calls or ()]
    return [detail for detail in _joined(message, ids) if detail.get("format") == FORMAT]


def number(detail: Detail, name: str) -> int | None:
    """A place or a length, None for anything else."""
    value = detail.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _joined(message: Message, ids: list[str]) -> list[Detail]:
    whole: list[Detail] = []
    places: dict[tuple[Any, int], int] = {}
    grown: dict[tuple[int, str], list[str]] = {}
    for given in message.reasoning_details or ():
        detail = dict(_read(given, ids))
        index = number(detail, "index")
        place = None if index is None else places.get((detail.get("type"), index))
        if place is None or detail.get("id") not in (None, whole[place].get("id")):
            place = len(whole)
            whole.append({})
        if index is not None:
            places[detail.get("type"), index] = place
        for name, value in detail.items():
            if name in _GROWING and isinstance(value, str):
                grown.setdefault((place, name), []).append(value)
            elif value is not None:
                whole[place][name] = value
    for (place, name), pieces in grown.items():
        whole[place][name] = "".join(pieces)
    return whole


def _read(detail: Detail, ids: list[str]) -> Iterator[tuple[str, Any]]:
    """The members, with the names among them that were repeated."""
    for name, value in detail.items():
        match name:
            case "type":
                yield name, _once(value, _TYPES)
            case "format":
                yield name, _once(value, (FORMAT,))
            case "id":
                yield name, _once(value, ids)
            case _:
                yield name, value


def _once(text: Any, words: Any) -> str | None:
    """The word that a text is, or repeats; the text if it is another; None for what is no text."""
    if not isinstance(text, str):
        return None
    return next((word for word in words if text and word and text == word * (len(text) // len(word))), text)
