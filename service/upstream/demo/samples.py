"""Example values that fit a JSON Schema, for demo tool calls and structured answers."""

import json
from typing import Any

_MAX_DEPTH = 8
_MAX_VALUES = 1000
_MAX_ITEMS = 16
_MAX_TEXT = 200
_BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def sample(schema: Any, text: str = "demo") -> Any:
    """Builds a value; strings become `text`. Covers types, enums, required members and local references."""
    return _Sampler(schema, text[:_MAX_TEXT]).value(schema, _MAX_DEPTH)


class _Sampler:
    """Bounded in depth and size: a schema that refers to itself would go on for ever."""

    def __init__(self, root: Any, text: str) -> None:
        self._root = root
        self._text = text
        self._left = _MAX_VALUES

    def value(self, schema: Any, depth: int) -> Any:
        self._left -= 1
        if not isinstance(schema, dict) or depth == 0 or self._left < 0:
            return self._text
        if "const" in schema:
            return self._given(schema["const"])
        if schema.get("enum"):
            return self._given(schema["enum"][0])
        if "$ref" in schema:
            return self.value(self._resolve(schema["$ref"]), depth - 1)
        for union in ("anyOf", "oneOf", "allOf"):
            if schema.get(union):
                return self.value(schema[union][0], depth - 1)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = kind[0]
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        return _BY_TYPE.get(kind, self._text)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        members = schema.get("properties") or {}
        built: dict[str, Any] = {}
        for name in schema.get("required") or list(members):
            if self._left < 0:
                break
            self._left -= len(name) // _MAX_TEXT
            built[name] = self.value(members.get(name), depth - 1)
        return built

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        """Builds one item and repeats it; every repetition counts as if it had been built."""
        before = self._left
        item = self.value(schema.get("items"), depth - 1)
        cost = before - self._left
        wanted = min(_MAX_ITEMS, max(1, schema.get("minItems", 1))) - 1
        repeats = max(0, min(wanted, self._left // cost))
        self._left -= repeats * cost
        return [item] * (1 + repeats)

    def _given(self, value: Any) -> Any:
        """Takes a value out of the schema, which may be large and asked for many times."""
        self._left -= len(json.dumps(value)) // _MAX_TEXT
        return value if self._left >= 0 else self._text

    def _resolve(self, reference: str) -> Any:
        value = self._root
        for name in reference.removeprefix("#").strip("/").split("/"):
            value = value.get(name) if name and isinstance(value, dict) else value
        return value
