"""What the doors read of a gRPC call."""

from typing import Any

import grpc

_MAX_REQUEST_ID = 128
Context = grpc.aio.ServicerContext[Any, Any]


def header(context: Context, name: str) -> str | None:
    """One text header of the call, the first of its name."""
    for key, value in context.invocation_metadata() or ():
        if key == name:
            return value if isinstance(value, str) else None
    return None


def request_id(context: Context) -> str | None:
    """The id that Envoy gave the request, or kept from the caller; cut, as it goes into logs."""
    given = header(context, "x-request-id")
    return given and given[:_MAX_REQUEST_ID]
