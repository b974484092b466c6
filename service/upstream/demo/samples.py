"""Example values that fit a JSON Schema, for demo tool calls and structured answers."""

from typing import Any

_MAX_DEPTH = 8
_BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def sample(schema: Any, text: str = "demo") -> Any:
    """Builds a value; strings become `text`. Covers types, enums, required members and local references."""
    return _sample(schema, text, schema, _MAX_DEPTH)


def _sample(schema: Any, text: str, root: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth == 0:
        return text
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if "$ref" in schema:
        return _sample(_resolve(schema["$ref"], root), text, root, depth - 1)
    for union in ("anyOf", "oneOf", "allOf"):
        if schema.get(union):
            return _sample(schema[union][0], text, root, depth - 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        members = schema.get("properties") or {}
        wanted = schema.get("required") or list(members)
        return {name: _sample(members.get(name), text, root, depth - 1) for name in wanted}
    if kind == "array":
        return [_sample(schema.get("items"), text, root, depth - 1)] * max(1, schema.get("minItems", 1))
    return _BY_TYPE.get(kind, text)


def _resolve(reference: str, root: Any) -> Any:
    value = root
    for name in reference.removeprefix("#").strip("/").split("/"):
        value = value.get(name) if name and isinstance(value, dict) else value
    return value
