"""The REST door of callers' keys."""

from typing import Any

from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from pointsman.v1 import rest_key_service_pb2, rest_key_service_pb2_grpc
from service.edge import error_shapes, json_answer, own_query
from service.edge.call_context import Context
from service.edge.keys.core import CallerKeys, printed

_Body = httpbody_pb2.HttpBody


class RestKeys(rest_key_service_pb2_grpc.RestKeyServiceServicer):
    """Keys as JSON."""

    def __init__(self, keys: CallerKeys) -> None:
        self._keys = keys

    async def CreateKey(self, request: _Body, context: Context) -> _Body:  # noqa: N802 - the RPC's name
        """Answers `POST /router/v1/keys`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            own_query.check(given)
            key, secret = await self._keys.create(request.data)
            return {**printed(key), "secret": secret.reveal()}

        return await json_answer.answer_awaited(context, error_shapes.status, make)

    async def ListKeys(self, _: empty_pb2.Empty, context: Context) -> _Body:  # noqa: N802
        """Answers `GET /router/v1/keys`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            own_query.check(given)
            return {"keys": [printed(each) for each in await self._keys.list()]}

        return await json_answer.answer_awaited(context, error_shapes.status, make)

    async def RevokeKey(  # noqa: N802
        self, request: rest_key_service_pb2.RestKeyRequest, context: Context
    ) -> _Body:
        """Answers `DELETE /router/v1/keys/{id}`."""

        async def make(given: dict[str, str]) -> dict[str, Any]:
            own_query.check(given)
            return printed(await self._keys.revoke(request.id))

        return await json_answer.answer_awaited(context, error_shapes.status, make)
