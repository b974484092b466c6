"""Operations: what a write of a router answers, done at once, kept as the JSON that REST shows.

Source: Inworld 4.5 (the shape), where the names are not told.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from google.longrunning import operations_pb2
from google.protobuf import json_format

from pointsman.v1 import router_operation_pb2
from service.edge import times
from service.edge.routers import typed
from service.edge.routers.shown import Shown, printed
from service.edge.routers.warned import Warned
from service.routing.saved import document
from service.store.rows import StoredOperation

_TYPES = "type.googleapis.com/pointsman.v1."
_TYPE = "@type"
_METADATA = f"{_TYPES}RouterOperationMetadata"
_ROUTER = f"{_TYPES}Router"
NAME = r"workspaces/default/routers/[a-z0-9-]{1,63}/operations/[a-z0-9]{1,64}"
"""What the name of an operation looks like."""
Verb = Literal["create", "update"]


class _Metadata(msgspec.Struct):
    verb: str
    router: str
    create_time: str
    warnings: list[dict[str, str]]


class _Response(msgspec.Struct, rename="camel"):
    """What `printed` adds to the document."""

    etag: str
    source: str
    create_time: str
    update_time: str


class _Operation(msgspec.Struct):
    name: str
    metadata: _Metadata
    response: msgspec.Raw


def done(verb: Verb, shown: Shown, warnings: Sequence[Warned], token: str, now: float) -> StoredOperation:
    """The operation of this moment that made a router what it is. `token` tells it from others."""
    name = f"workspaces/default/routers/{shown.router.name}/operations/{token}"
    told = {
        "name": name,
        "metadata": {
            _TYPE: _METADATA,
            "verb": verb,
            "router": shown.router.name,
            "create_time": times.rfc3339(now),
            "warnings": [{"field": each.field, "description": each.description} for each in warnings],
        },
        "done": True,
        "response": {_TYPE: _ROUTER, **printed(shown)},
    }
    return StoredOperation(name=name, document=msgspec.json.encode(told), created=now)


def as_json(stored: StoredOperation) -> dict[str, Any]:
    """Prints an operation for REST."""
    told: dict[str, Any] = msgspec.json.decode(stored.document)
    return told


def as_message(stored: StoredOperation) -> operations_pb2.Operation:
    """Prints an operation as a message."""
    told = msgspec.json.decode(stored.document, type=_Operation)
    response = msgspec.json.decode(told.response, type=_Response)
    members = msgspec.json.decode(told.response, type=dict[str, msgspec.Raw])
    members.pop(_TYPE)
    shown = Shown(
        router=document.read(msgspec.json.encode(members)),
        etag=response.etag,
        source="store",
        created=times.read(response.create_time),
        updated=times.read(response.update_time),
    )
    metadata = json_format.ParseDict(
        msgspec.to_builtins(told.metadata), router_operation_pb2.RouterOperationMetadata()
    )
    operation = operations_pb2.Operation(name=told.name, done=True)
    operation.metadata.Pack(metadata)
    operation.response.Pack(typed.router(shown))
    return operation
