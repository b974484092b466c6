"""JSON Schemas for constrained outputs: what Anthropic's grammar can hold, and what it can only be told.

Source: Anthropic's page on structured outputs, "JSON Schema limitations"; the `anthropic` SDK's transform.
"""

import functools
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

Schema = dict[str, Any]

# Told in the description instead, as the SDK does.
_TOLD = frozenset(
    {
        *(
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
        ),
        *(
            "pattern",
            "maxItems",
            "uniqueItems",
            "minContains",
            "maxContains",
            "minProperties",
            "maxProperties",
        ),
    }
)
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
# Says nothing about values.
_NOTES = frozenset({"$schema", "$id", "$comment"})
# Without these the schema would mean something else.
_IMPOSSIBLE = frozenset(
    {
        *("not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties"),
        *("propertyNames", "prefixItems", "contains", "unevaluatedProperties", "unevaluatedItems"),
    }
)
_BY_NAME = ("properties", "$defs", "definitions")
_LISTS = ("anyOf", "oneOf", "allOf")
# A schema is looked at when the request is made and again when its answer comes; large ones are not kept.
_KEPT_SCHEMAS, _KEPT_BYTES = 64, 16 * 1024


class Constrained(NamedTuple):
    """A schema for constrained output, and the keywords that are told and not enforced."""

    schema: Schema
    told: tuple[str, ...]


class _Impossible(Exception):
    """The grammar cannot hold the schema."""


def constrained(schema: dict[str, Raw]) -> Constrained | None:
    """Fits a schema to the grammar; None if that would change what it allows.

    A schema that fits already stays as it was sent, byte for byte. Objects that do not say so are closed to
    other properties: what is then written still fits the schema.
    """
    written = msgspec.json.encode(schema)
    found = _remembered(written) if len(written) <= _KEPT_BYTES else _constrained(written)
    if found is None:
        return None
    return Constrained(dict(schema) if found.schema is None else found.schema, found.told)


class _Found(NamedTuple):
    """`schema` is None for one that fits as it is."""

    schema: Schema | None
    told: tuple[str, ...]


def _constrained(written: bytes) -> _Found | None:
    told: list[str] = []
    try:
        given: Schema = msgspec.json.decode(written)
        _refuse_recursion(given)
        fitted = _fitted(given, told)
        return _Found(None if fitted == given else fitted, tuple(dict.fromkeys(told)))
    except (_Impossible, RecursionError, msgspec.DecodeError):
        return None


_remembered = functools.lru_cache(_KEPT_SCHEMAS)(_constrained)


def _fitted(schema: Any, told: list[str]) -> Any:
    if not isinstance(schema, dict) or _IMPOSSIBLE & schema.keys():
        raise _Impossible
    if "oneOf" in schema and "anyOf" in schema:  # both would be `anyOf`, of which there is one
        raise _Impossible
    fitted: Schema = {}
    aside: Schema = {}
    for name, value in schema.items():
        if _is_told(name, value):
            aside[name] = value
        elif name not in _NOTES:
            fitted["anyOf" if name == "oneOf" else name] = _inner(name, value, told)
    if aside:
        told += aside
        words = ", ".join(f"{name}: {msgspec.json.encode(value).decode()}" for name, value in aside.items())
        given = schema.get("description")
        fitted["description"] = f"{given}\n\n{{{words}}}" if given else f"{{{words}}}"
    if "properties" in schema or _is_object(schema.get("type")):
        _close(fitted)
    return fitted


def _inner(name: str, value: Any, told: list[str]) -> Any:
    if name in _BY_NAME:
        if not isinstance(value, dict):
            raise _Impossible
        return {key: _fitted(each, told) for key, each in value.items()}
    if name in _LISTS:
        if not isinstance(value, list):
            raise _Impossible
        return [_fitted(each, told) for each in value]
    return _fitted(value, told) if name == "items" else value


def _is_told(name: str, value: Any) -> bool:
    if name == "minItems":
        return value not in (0, 1)
    return name in _TOLD or (name == "format" and not (isinstance(value, str) and value in _FORMATS))


def _is_object(type_: Any) -> bool:
    return type_ == "object" or (isinstance(type_, list) and "object" in type_)


def _close(schema: Schema) -> None:
    """Objects have to be closed; an open one without properties means any object."""
    if schema.get("additionalProperties", False) is not False:
        raise _Impossible
    if "properties" not in schema and "additionalProperties" not in schema:
        raise _Impossible
    schema["additionalProperties"] = False


def _refuse_recursion(schema: Schema) -> None:
    """Definitions may use each other, but not themselves."""
    named = {
        f"#/{place}/{name}": _references(definition)
        for place in ("$defs", "definitions")
        for name, definition in _definitions(schema, place).items()
    }
    if any(reference not in named for uses in named.values() for reference in uses):
        raise _Impossible
    finished: set[str] = set()
    while named.keys() - finished:
        ready = {name for name in named.keys() - finished if named[name] <= finished}
        if not ready:
            raise _Impossible
        finished |= ready
    rest = {name: value for name, value in schema.items() if name not in ("$defs", "definitions")}
    if not _references(rest) <= finished:
        raise _Impossible


def _definitions(schema: Schema, place: str) -> Schema:
    found = schema.get(place, {})
    if not isinstance(found, dict):
        raise _Impossible
    return found


def _references(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {each for item in schema for each in _references(item)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
    return own | {each for value in schema.values() for each in _references(value)}
