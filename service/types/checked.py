"""Decodes JSON into typed structs; on failure names every violation, not just the first.

The types are the only truth about what is allowed: a valid document is decoded in one pass at C speed,
and only an invalid one is walked again, field by field, to collect what is wrong.
"""

import functools
import itertools
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import Meta, Raw

from service.errors import InvalidRequest, Violation

T = TypeVar("T")

_SHOWN_VALUE_CHARS = 80
_MAX_VIOLATIONS = 50
_raw = msgspec.json.Decoder(Raw)
_raws = msgspec.json.Decoder(dict[str, Raw])
_raw_list = msgspec.json.Decoder(list[Raw])


def decode(data: bytes | Raw, kind: type[T]) -> T:
    """Decodes a JSON document into `kind`.

    Raises `InvalidRequest` with one violation per fault: path, value and what is allowed.
    """
    try:
        decoded: T = _decoder(cast("Any", kind)).decode(data)
    except msgspec.ValidationError as error:
        raise InvalidRequest(_all_violations(bytes(data).strip(), kind) or [_unreadable(error)]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest([_unreadable(error)]) from None
    return decoded


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _all_violations(data: bytes, kind: Any) -> list[Violation]:
    try:
        # The first decoder stops at the first wrong value; broken JSON may follow it.
        _raw.decode(data)
        return list(itertools.islice(_violations(data, kind, ""), _MAX_VIOLATIONS))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [_unreadable(error)]


def _unreadable(error: Exception) -> Violation:
    match error:
        case UnicodeDecodeError():
            return Violation("", "the body is not valid UTF-8")
        case RecursionError():
            return Violation("", "the body is nested too deeply")
        case msgspec.ValidationError():
            return Violation("", str(error))
        case _:
            return Violation("", f"the body is not valid JSON: {error}")


def _violations(data: bytes, kind: Any, path: str) -> Iterator[Violation]:
    """Walks the value as far as the types go; leaves are judged by the decoder itself."""
    try:
        _decoder(kind).decode(data)
    except msgspec.ValidationError as error:
        inner = _narrow(data, kind)
        found = False
        for violation in _inside(data, inner, path):
            found = True
            yield violation
        if not found:
            yield Violation(path, _describe(data, inner, error))


def _inside(data: bytes, kind: Any, path: str) -> Iterator[Violation]:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and data[:1] == b"{":
        yield from _inside_struct(data, kind, path)
    elif get_origin(kind) is list and data[:1] == b"[":
        for index, item in enumerate(_raw_list.decode(data)):
            yield from _violations(bytes(item), get_args(kind)[0], f"{path}[{index}]")
    elif get_origin(kind) is dict and data[:1] == b"{":
        for key, item in _raws.decode(data).items():
            yield from _violations(bytes(item), get_args(kind)[1], _join(path, key))


def _inside_struct(data: bytes, kind: type[msgspec.Struct], path: str) -> Iterator[Violation]:
    members = _raws.decode(data)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in fields.items():
        if name in members and not (field.required and bytes(members[name]) == b"null"):
            yield from _violations(bytes(members[name]), field.type, _join(path, name))
        elif field.required:
            yield Violation(_join(path, name), f"{name} field is required")
    if kind.__struct_config__.forbid_unknown_fields:
        for name in members:
            if name not in fields:
                yield Violation(_join(path, name), f"unknown option; allowed: {', '.join(fields)}")


def _narrow(data: bytes, kind: Any) -> Any:
    """Picks the member of a union that the JSON value's own shape points to."""
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    options = [option for option in get_args(kind) if option is not type(None)]
    if len(options) == 1:
        return options[0]
    wanted = {b"{": _is_object, b"[": _is_list, b'"': _is_string}.get(data[:1])
    fitting = [option for option in options if wanted and wanted(_bare(option))]
    return fitting[0] if fitting else kind


def _bare(kind: Any) -> Any:
    """Drops the constraints of a container, so that its items can be walked."""
    if get_origin(kind) is Annotated and (_is_list(get_args(kind)[0]) or _is_object(get_args(kind)[0])):
        return kind.__origin__
    return kind


def _is_object(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct))


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list


def _is_string(kind: Any) -> bool:
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return base is str or get_origin(base) is Literal


def _describe(data: bytes, kind: Any, error: msgspec.ValidationError) -> str:
    fault = str(error).partition(" - at `")[0]
    allowed = _allowed(kind)
    if fault[:8] not in ("Expected", "Invalid ", "Number o") or not allowed:
        return f"{fault}, got {_shown(data)}" if fault.startswith("Expected") else fault
    return f"must be {allowed}, got {_shown(data)}"


def _allowed(kind: Any) -> str:
    """Says in words what a leaf type allows, ranges included."""
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_allowed(option) for option in get_args(kind) if option is not type(None))
    if get_origin(kind) is Annotated:
        base, *metas = get_args(kind)
        for meta in metas:
            if isinstance(meta, Meta) and meta.description:
                return meta.description
        return _allowed(base) + "".join(_bounds(meta) for meta in metas if isinstance(meta, Meta))
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if get_origin(kind) is list:
        return "an array"
    if _is_object(kind) or kind is dict:
        return "an object"
    names = {str: "a string", int: "an integer", float: "a number", bool: "true or false"}
    return names.get(kind, "")


def _bounds(meta: Meta) -> str:
    words = [
        f"{sign} {bound}"
        for sign, bound in ((">=", meta.ge), (">", meta.gt), ("<=", meta.le), ("<", meta.lt))
        if bound is not None
    ]
    if meta.min_length is not None:
        words.append(f"of length >= {meta.min_length}")
    if meta.max_length is not None:
        words.append(f"of length <= {meta.max_length}")
    return " " + " and ".join(words) if words else ""


def _shown(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    return text if len(text) <= _SHOWN_VALUE_CHARS else text[:_SHOWN_VALUE_CHARS] + "…"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
