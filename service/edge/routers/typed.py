"""Saved routers as messages, both ways: by way of the JSON that a REST caller would write."""

import math
from collections.abc import Callable
from typing import Any

import msgspec
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message as ProtoMessage

from pointsman.v1 import router_pb2
from service.edge import times
from service.edge.routers.shown import Shown
from service.errors import InvalidRequest, Violation
from service.types.saved_router import SavedRouter

_OUTPUT_ONLY = ("etag", "create_time", "update_time", "source")
_MAX_INT32 = 2**31 - 1
# What JSON cannot leave out, and a message does not tell from absent.
_PRESENT: dict[str, dict[str, Any]] = {
    "LogitBias": {"bias_value": 0},
    "TemplateItem": {"text": ""},
    "UserLocation": {"type": "approximate"},
}


def router(shown: Shown) -> router_pb2.Router:
    """Prints a router with all that is known of it."""
    message = _message(shown.router)
    message.etag = shown.etag
    message.source = shown.source
    if shown.created is not None:
        message.create_time.CopyFrom(times.timestamp(shown.created))
    if shown.updated is not None:
        message.update_time.CopyFrom(times.timestamp(shown.updated))
    return message


def document(message: router_pb2.Router) -> bytes:
    """Prints the document that a REST caller would have sent; what is output only is left out, but the etag.

    Raises `InvalidRequest` for what JSON cannot say.
    """
    faults: list[Violation] = []
    members = _members(message, "", faults)
    if faults:
        raise InvalidRequest(faults)
    kept = {name: value for name, value in members.items() if name == "etag" or name not in _OUTPUT_ONLY}
    return msgspec.json.encode(kept)


def _message(saved: SavedRouter) -> router_pb2.Router:
    members: dict[str, Any] = _in_one_way("", msgspec.to_builtins(saved))
    return json_format.ParseDict(members, router_pb2.Router())


def _in_one_way(name: str, value: Any) -> Any:
    """What JSON may say in several ways, in the one way that messages have."""
    if name in _WAYS:
        value = _WAYS[name](value)
    if isinstance(value, dict):
        return {name: _in_one_way(name, item) for name, item in value.items()}
    return [_in_one_way("", item) for item in value] if isinstance(value, list) else value


def _biases(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return [{"token_id": token, "bias_value": bias} for token, bias in value.items()]


def _percentiles(value: Any) -> Any:
    return {"p50": value} if isinstance(value, (int, float)) else value


_WAYS: dict[str, Callable[[Any], Any]] = {
    "logit_bias": _biases,
    "sort": lambda value: {"by": value} if isinstance(value, str) else value,
    "preferred_min_throughput": _percentiles,
    "preferred_max_latency": _percentiles,
    "max_steps": lambda value: min(value, _MAX_INT32) if value else value,
}


def _members(message: ProtoMessage, path: str, faults: list[Violation]) -> dict[str, Any]:
    """The fields that are set, by their names."""
    members = dict(_PRESENT.get(message.DESCRIPTOR.name, {}))
    for field, value in message.ListFields():
        at = f"{path}.{field.name}" if path else field.name
        if field.is_repeated:
            members[field.name] = [
                _value(field, item, f"{at}[{place}]", faults) for place, item in enumerate(value)
            ]
        else:
            members[field.name] = _value(field, value, at, faults)
    return members


def _value(field: FieldDescriptor, value: Any, path: str, faults: list[Violation]) -> Any:
    if field.message_type is not None:
        return _members(value, path, faults)
    if field.enum_type is not None:
        names = {each.number: each.name for each in field.enum_type.values}
        if value not in names:
            allowed = ", ".join(name for number, name in names.items() if number)
            faults.append(Violation(path, f"must be one of {allowed}; got {value}"))
        return names.get(value)
    if isinstance(value, float) and not math.isfinite(value):
        faults.append(Violation(path, f"must be a finite number, got {value}"))
    return value
