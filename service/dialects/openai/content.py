"""Content that comes as a list of parts: text, thoughts among it, and what is neither.

Mistral's thoughts are `thinking` parts; those of Databricks are `reasoning` parts, whose summaries are signed
(Databricks, "Query reasoning models"); others put the text of a thought right into it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

_THOUGHTS = ("thinking", "reasoning", "reasoning_text", "redacted_thinking")
_SAID = frozenset({"type", "text"})


class Content(NamedTuple):
    """What the parts say. `others` are those that hold more than text, as they stood."""

    text: str
    thoughts: str | None
    details: list[dict[str, Any]]
    others: list[Any]


def content_of(parts: list[Any]) -> Content:
    """Sorts the parts of a message, or of a piece of one."""
    text: list[str] = []
    details: list[dict[str, Any]] = []
    others: list[Any] = []
    for part in parts:
        members = part if isinstance(part, dict) else {"text": part}
        if members.get("type") in _THOUGHTS:
            details += _details(members, len(details))
            continue
        if isinstance(members.get("text"), str):
            text.append(members["text"])
            part = None if not _more(members) else part  # noqa: PLW2901 - what is left of it
        if part is not None:
            others.append(part)
    said = [detail.get("text") or detail.get("summary") for detail in details]
    thoughts = "".join(each for each in said if each)
    return Content("".join(text), thoughts or None, details, others)


def _more(part: dict[str, Any]) -> bool:
    return any(value is not None for name, value in part.items() if name not in _SAID)


def _details(part: dict[str, Any], index: int) -> Iterator[dict[str, Any]]:
    """A thought as reasoning details. Those of a stream count as one: nothing tells where the next begins."""
    if isinstance(part.get("data"), str):
        yield {"type": "reasoning.encrypted", "data": part["data"], "format": "unknown", "index": index}
    for name in ("thinking", "reasoning", "text", "summary"):
        kind = "summary" if name == "summary" else "text"
        text, signature = _joined(part.get(name)), part.get("signature")
        if text is None:
            continue
        signed = [signature, *(piece.get("signature") for piece in _pieces(part.get(name)))]
        last = [each for each in signed if isinstance(each, str) and each][-1:]
        yield {
            "type": f"reasoning.{kind}",
            kind: text,
            **({"signature": last[0]} if last else {}),
            "format": "unknown",
            "index": index,
        }
        index += 1


def _joined(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    texts = [piece.get("text") for piece in _pieces(value)]
    return "".join(text for text in texts if isinstance(text, str)) if texts else None


def _pieces(value: Any) -> list[dict[str, Any]]:
    return [piece for piece in value if isinstance(piece, dict)] if isinstance(value, list) else []
