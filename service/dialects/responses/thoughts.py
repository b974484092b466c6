"""Reasoning items as `reasoning_details`, and back.

An item becomes details that share its output index: its summary, its text, and, last, its encrypted content.
What they cannot say (several summary parts, members of its own) stays in `block`, the item as it was without
the encrypted content; so an echo of the details gives the same item again.
"""

from collections.abc import Iterable
from typing import Any

FORMAT = "openai-responses-v1"

_PLAIN = frozenset({"type", "id", "summary", "content", "encrypted_content"})
# Who made an item is told in answers and not taken back (SDK: in no `*Param`).
_ANSWER_ONLY = frozenset({"created_by"})


def detail(kind: str, index: int, item_id: str | None, **members: Any) -> dict[str, Any]:
    """One reasoning detail."""
    return {"type": f"reasoning.{kind}", **members, "format": FORMAT, "index": index, "id": item_id}


def closing(index: int, item: dict[str, Any]) -> dict[str, Any] | None:
    """The last detail of a reasoning or compaction item: its secret, and what the others left unsaid."""
    item_id, secret, block = item.get("id"), item.get("encrypted_content"), _block(item)
    extra = {} if block is None else {"block": block}
    if secret:
        return detail("encrypted", index, item_id, data=secret, **extra)
    return detail("summary", index, item_id, summary="", **extra) if extra else None


def items_of(details: Iterable[Any]) -> dict[int, dict[str, Any]]:
    """Rebuilds the vendor's items from echoed details, by output index; other vendors' details are left out.

    A thought whose content the vendor would have to look up by its id is left out too: answers are not
    stored, and it refuses such an id.
    """
    groups: dict[Any, list[dict[str, Any]]] = {}
    for place, each in enumerate(details):
        if isinstance(each, dict) and each.get("format") == FORMAT:
            named = (each[name] for name in ("id", "index") if isinstance(each.get(name), str | int))
            groups.setdefault(next(named, f"at {place}"), []).append(each)
    items: dict[int, dict[str, Any]] = {}
    for group in groups.values():
        item = _item(group)
        if item is not None:
            stated = min((each["index"] for each in group if isinstance(each.get("index"), int)), default=0)
            items[_free(items, stated)] = item
    return items


def _free(items: dict[int, dict[str, Any]], index: int) -> int:
    return index if index not in items else max(items) + 1


def _block(item: dict[str, Any]) -> dict[str, Any] | None:
    own = any(value is not None for name, value in item.items() if name not in _PLAIN)
    several = len(item.get("summary") or ()) > 1 or len(item.get("content") or ()) > 1
    if item.get("type") == "reasoning" and not own and not several:
        return None
    return {name: value for name, value in item.items() if name != "encrypted_content" and value is not None}


def _item(group: list[dict[str, Any]]) -> dict[str, Any] | None:
    secret = _joined(group, "data")
    block = next((each["block"] for each in group if isinstance(each.get("block"), dict)), None)
    if block is None:
        block = _plain(group)
    elif block.get("type") not in ("reasoning", "compaction"):
        return _input_form(block)  # a tool that the vendor ran
    if not secret and not block.get("content"):
        return None
    return _input_form(block | ({"encrypted_content": secret} if secret else {}))


def _plain(group: list[dict[str, Any]]) -> dict[str, Any]:
    summary, text = _joined(group, "summary"), _joined(group, "text")
    item: dict[str, Any] = {"type": "reasoning"}
    if item_id := next((each["id"] for each in group if isinstance(each.get("id"), str)), None):
        item["id"] = item_id
    item["summary"] = [{"type": "summary_text", "text": summary}] if summary else []
    if text:
        item["content"] = [{"type": "reasoning_text", "text": text}]
    return item


def _joined(group: list[dict[str, Any]], name: str) -> str:
    return "".join(each[name] for each in group if isinstance(each.get(name), str))


def _input_form(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in _ANSWER_ONLY}
