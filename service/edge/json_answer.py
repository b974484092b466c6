"""Answers of the doors that give one JSON body for a request, whole."""

import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from google.api import httpbody_pb2

from service.edge import error_shapes, openai_json
from service.edge.call_context import Context, header
from service.edge.models import query
from service.errors import Internal, PointsmanError, Unauthenticated

_LOG = logging.getLogger(__name__)
_JSON = "application/json"
_ADDRESS = "x-envoy-original-path"  # Envoy takes it from callers and writes it itself
_OPENAI_PATHS = "/v1/"
_SHOWN = 200
Shape = Callable[[PointsmanError], dict[str, Any]]


async def answer(
    context: Context, shape: Shape, make: Callable[[dict[str, str]], dict[str, Any]]
) -> httpbody_pb2.HttpBody:
    """Answers what is made of the query parameters, or a failure in the shape of the path."""

    async def made(given: dict[str, str]) -> dict[str, Any]:
        return make(given)

    return await answer_awaited(context, shape, made)


async def answer_awaited(
    context: Context,
    shape: Shape,
    make: Callable[[dict[str, str]], Awaitable[dict[str, Any]]],
    lists: Collection[str] = (),
) -> httpbody_pb2.HttpBody:
    """As `answer`, of what takes its time; the query parameters that are `lists` may be repeated."""
    address = header(context, _ADDRESS) or ""
    try:
        return _body(await make(query.parameters(address, lists)))
    except PointsmanError as error:
        failure = error
    except Exception:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
        _LOG.exception("internal error at %s", address.partition("?")[0][:_SHOWN])
        failure = Internal()
    return await _failed(context, failure, shape)


async def refuse(context: Context, error: PointsmanError) -> httpbody_pb2.HttpBody:
    """Refuses a call that may not come in, in the shape of the path.

    Without a key it is plain text, as the contract has it (Inworld 1).
    """
    if (header(context, _ADDRESS) or "").startswith(_OPENAI_PATHS):
        return await refuse_as_openai(context, error)
    if isinstance(error, Unauthenticated):
        return await _unauthorized(context, error)
    return await _failed(context, error, error_shapes.status)


async def refuse_as_openai(context: Context, error: PointsmanError) -> httpbody_pb2.HttpBody:
    """Refuses a call that may not come in below `/v1`."""
    if isinstance(error, Unauthenticated):
        return await _unauthorized(context, error)
    return await _failed(context, error, _openai)


async def refuse_as_openrouter(context: Context, error: PointsmanError) -> httpbody_pb2.HttpBody:
    """Refuses a call that may not come in below `/api/v1`."""
    return await _failed(context, error, error_shapes.openrouter)


async def _unauthorized(context: Context, error: PointsmanError) -> httpbody_pb2.HttpBody:
    await _tell_status(context, error)
    return httpbody_pb2.HttpBody(content_type="text/plain", data=error.message.encode())


def _openai(error: PointsmanError) -> dict[str, Any]:
    return openai_json.error(error, None)


async def _failed(context: Context, error: PointsmanError, shape: Shape) -> httpbody_pb2.HttpBody:
    await _tell_status(context, error)
    return _body(shape(error))


async def _tell_status(context: Context, error: PointsmanError) -> None:
    await context.send_initial_metadata((("x-http-status", str(error.row.http_status)),))


def _body(content: dict[str, Any]) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type=_JSON, data=openai_json.encode(content))
