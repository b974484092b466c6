"""Texts that no store keeps: PostgreSQL has neither U+0000 nor lone surrogates. Pure."""

import json
import re
from typing import Any

from service.errors import InvalidRequest, Violation
from service.types import checked

_UNKEPT = re.compile("[\0\ud800-\udfff]")
_INSTEAD = "\ufffd"
FAULT = "must not hold U+0000 or lone surrogates, which cannot be stored"


def decoded(data: bytes, faults: list[Violation]) -> dict[str, Any]:
    """Reads an object; what cannot be kept is told by its path, and another character stands there instead.

    Raises `InvalidRequest` for what is no object of JSON.
    """
    try:
        given = checked.decode(data, dict[str, Any])
    except InvalidRequest:
        # It may be lone surrogates alone that are wrong.
        given = _leniently(data)
        found: list[Violation] = []
        cleaned = _cleaned(given, "", found)
        if not found or not isinstance(cleaned, dict):
            raise
        faults += found
    else:
        cleaned = _cleaned(given, "", faults)
    kept: dict[str, Any] = cleaned
    return kept


def _leniently(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _cleaned(value: Any, path: str, faults: list[Violation]) -> Any:
    match value:
        case str():
            return _text(value, path, faults)
        case list():
            return [_cleaned(each, f"{path}[{place}]", faults) for place, each in enumerate(value)]
        case dict():
            members = {}
            for name, each in value.items():
                shown = _UNKEPT.sub(_INSTEAD, name)
                at = f"{path}.{shown}" if path else shown
                if shown != name:
                    faults.append(Violation(at, f"its name {FAULT}"))
                members[shown] = _cleaned(each, at, faults)
            return members
        case _:
            return value


def _text(text: str, path: str, faults: list[Violation]) -> str:
    cleaned = _UNKEPT.sub(_INSTEAD, text)
    if cleaned != text:
        faults.append(Violation(path, FAULT))
    return cleaned
