"""Routers as text for files: one router is always the same text, and `read` of that is the router again."""

import difflib
import json
from collections.abc import Sequence
from typing import Any

from service.files import yaml_text
from service.routing.saved import document
from service.types.saved_router import SavedRouter

_EXACT = 2**53


def as_yaml(routers: Sequence[SavedRouter]) -> str:
    """YAML in block style, a document for each router; nothing without any."""
    return yaml_text.write([_plain(each) for each in routers]) if routers else ""


def as_json(routers: Sequence[SavedRouter]) -> str:
    """One JSON object with all of them."""
    listed = {"routers": [_plain(each) for each in routers]}
    return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def is_same(one: SavedRouter, other: SavedRouter) -> bool:
    """Whether two routers are the same document."""
    return document.write(one) == document.write(other)


def difference(old: SavedRouter | None, new: SavedRouter, old_name: str, new_name: str) -> str:
    """A unified diff of their YAML; empty if they are the same."""
    if old is not None and is_same(old, new):
        return ""
    before = as_yaml([old]).splitlines(keepends=True) if old else []
    after = as_yaml([new]).splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, old_name if old else "/dev/null", new_name))


def _plain(router: SavedRouter) -> Any:
    return _tidy(json.loads(document.write(router)))


def _tidy(value: Any) -> Any:
    """Whole numbers without a point, as people write them."""
    match value:
        case dict():
            return {name: _tidy(each) for name, each in value.items()}
        case list():
            return [_tidy(each) for each in value]
        case float() if value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case _:
            return value
