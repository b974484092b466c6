"""KeyService: callers' keys for generated stubs."""

from typing import Any

import msgspec

from pointsman.v1 import key_pb2, key_service_pb2, key_service_pb2_grpc
from service.edge import times
from service.edge.call_context import Context
from service.edge.grpc_answer import answer
from service.edge.keys.core import CallerKeys
from service.errors import InvalidRequest, Violation
from service.store.rows import StoredKey


class GrpcKeys(key_service_pb2_grpc.KeyServiceServicer):
    """The typed door of keys."""

    def __init__(self, keys: CallerKeys) -> None:
        self._keys = keys

    async def CreateKey(  # noqa: N802 - the RPC's name
        self, request: key_service_pb2.CreateKeyRequest, context: Context
    ) -> key_service_pb2.CreateKeyResponse:
        """Makes a key."""

        async def make() -> key_service_pb2.CreateKeyResponse:
            key, secret = await self._keys.create(_asked(request))
            return key_service_pb2.CreateKeyResponse(key=_typed(key), secret=secret.reveal())

        return await answer(context, make)

    async def ListKeys(  # noqa: N802
        self, _: key_service_pb2.ListKeysRequest, context: Context
    ) -> key_service_pb2.ListKeysResponse:
        """Gives all keys."""

        async def make() -> key_service_pb2.ListKeysResponse:
            return key_service_pb2.ListKeysResponse(keys=[_typed(each) for each in await self._keys.list()])

        return await answer(context, make)

    async def RevokeKey(  # noqa: N802
        self, request: key_service_pb2.RevokeKeyRequest, context: Context
    ) -> key_pb2.Key:
        """Ends a key."""

        async def make() -> key_pb2.Key:
            return _typed(await self._keys.revoke(request.id))

        return await answer(context, make)


def _asked(request: key_service_pb2.CreateKeyRequest) -> bytes:
    """The JSON that a REST caller would have sent. Raises `InvalidRequest` for a time that is none."""
    members: dict[str, Any] = {"name": request.name, "permissions": list(request.permissions)}
    if request.HasField("ttl_seconds"):
        members["ttl_seconds"] = request.ttl_seconds
    if request.HasField("expire_time"):
        try:
            members["expire_time"] = request.expire_time.ToJsonString()
        except ValueError:
            raise InvalidRequest([Violation("expire_time", "is no time")]) from None
    return msgspec.json.encode(members)


def _typed(key: StoredKey) -> key_pb2.Key:
    return key_pb2.Key(
        id=key.id,
        name=key.name,
        permissions=key.permissions,
        create_time=times.timestamp(key.created),
        expire_time=None if key.expires is None else times.timestamp(key.expires),
        revoke_time=None if key.revoked is None else times.timestamp(key.revoked),
    )
