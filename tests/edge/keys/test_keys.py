"""Keys of callers: made, listed, revoked, at both doors."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from pointsman.v1.key_service_pb2 import CreateKeyRequest, ListKeysRequest, RevokeKeyRequest
from pointsman.v1.rest_key_service_pb2 import RestKeyRequest
from service.edge.keys.core import CallerKeys
from service.edge.keys.grpc import GrpcKeys
from service.edge.keys.rest import RestKeys
from service.errors import PointsmanError, Unavailable
from service.store.keys import Keys
from tests.edge.store_scene import NOW, Context, Kept, kept

YEAR_2030 = 1_893_456_000


def run(folder: Path, do: Callable[[CallerKeys, Kept], Awaitable[None]]) -> None:
    async def running() -> None:
        async with kept(folder) as store:
            await do(CallerKeys(Keys(store.database), store.watch, clock=lambda: NOW), store)

    asyncio.run(running())


async def post(keys: CallerKeys, body: Any, address: str = "") -> tuple[int, dict[str, Any]]:
    context: Any = Context(address)
    answer = await RestKeys(keys).CreateKey(HttpBody(data=json.dumps(body).encode()), context)
    return context.http_status, json.loads(answer.data)


def test_a_key_is_shown_once_and_kept_as_its_hash(tmp_path: Path) -> None:
    async def do(keys: CallerKeys, store: Kept) -> None:
        status, made = await post(keys, {"name": "ci", "permissions": ["routers.write", "chat", "chat"]})

        assert status == 200
        secret = made.pop("secret")
        assert made == {
            "id": made["id"],
            "name": "ci",
            "permissions": ["chat", "routers.write"],
            "create_time": "2027-01-15T08:00:00.000Z",
            "expire_time": None,
            "revoke_time": None,
        }
        (stored,) = store.snapshot.keys  # this worker knows it at once
        assert (stored.id, stored.hash) == (made["id"], hashlib.sha256(secret.encode()).digest())
        assert secret.startswith("pm-")
        assert len(secret) > 40
        context: Any = Context()
        listed = json.loads((await RestKeys(keys).ListKeys(Empty(), context)).data)
        assert listed == {"keys": [made]}

    run(tmp_path, do)


EXPIRIES: dict[str, tuple[dict[str, Any], str | None]] = {
    "never": ({}, None),
    "null": ({"expire_time": None}, None),
    "a time": ({"expire_time": "2030-01-01T00:00:00Z"}, "2030-01-01T00:00:00.000Z"),
    "in camelCase": ({"expireTime": "2030-01-01T02:00:00+02:00"}, "2030-01-01T00:00:00.000Z"),
    "in seconds": ({"ttl_seconds": 60}, "2027-01-15T08:01:00.000Z"),
    "in seconds, in camelCase": ({"ttlSeconds": 1}, "2027-01-15T08:00:01.000Z"),
}


@pytest.mark.parametrize("case", EXPIRIES)
def test_expiry(tmp_path: Path, case: str) -> None:
    given, told = EXPIRIES[case]

    async def do(keys: CallerKeys, _: Kept) -> None:
        made = (await post(keys, {"name": "x", "permissions": ["chat"], **given}))[1]
        assert made["expire_time"] == told

    run(tmp_path, do)


OK: dict[str, Any] = {"name": "x", "permissions": ["chat"]}
FAULTS: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, ["name", "permissions"]),
    "no object": ([], [""]),
    "all at once": (
        {"name": "", "permissions": ["root", "chat"], "colour": 1, "ttl_seconds": 0},
        ["name", "permissions[0]", "ttl_seconds", "colour"],
    ),
    "no permission": ({"name": "x", "permissions": []}, ["permissions"]),
    "the past": (OK | {"expire_time": "2027-01-15T08:00:00Z"}, ["expire_time"]),
    "no time": (OK | {"expire_time": "2030-02-30T00:00:00Z"}, ["expire_time"]),
    "both": (OK | {"expire_time": "2030-01-01T00:00:00Z", "ttl_seconds": 5}, ["ttl_seconds"]),
    "for ever and a day": (OK | {"ttl_seconds": 10**12}, ["ttl_seconds"]),
    "twice": (OK | {"ttl_seconds": 5, "ttlSeconds": 5}, ["ttl_seconds"]),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(tmp_path: Path, case: str) -> None:
    body, at = FAULTS[case]

    async def do(keys: CallerKeys, store: Kept) -> None:
        status, told = await post(keys, body)

        assert (status, told["code"]) == (400, 3)
        assert [each["field"] for each in told["details"][1]["field_violations"]] == at
        assert store.snapshot.keys == ()

    run(tmp_path, do)


def test_queries_are_refused(tmp_path: Path) -> None:
    async def do(keys: CallerKeys, _: Kept) -> None:
        assert (await post(keys, OK, "/router/v1/keys?ttl_seconds=5"))[0] == 400
        assert (await post(keys, OK, "/router/v1/keys?beta=true"))[0] == 200

    run(tmp_path, do)


def test_revoking(tmp_path: Path) -> None:
    async def do(keys: CallerKeys, store: Kept) -> None:
        _, made = await post(keys, OK)
        request = RestKeyRequest(id=made["id"])
        context: Any = Context()

        first = json.loads((await RestKeys(keys).RevokeKey(request, context)).data)
        again = json.loads((await RestKeys(keys).RevokeKey(request, context)).data)

        assert first["revoke_time"] is not None
        assert again == first
        assert store.snapshot.keys[0].revoked is not None
        for nobody in ("none", "", "\x00", "é" * 300):
            missing: Any = Context()
            await RestKeys(keys).RevokeKey(RestKeyRequest(id=nobody), missing)
            assert missing.http_status == 404

    run(tmp_path, do)


def test_the_typed_door(tmp_path: Path) -> None:
    async def do(keys: CallerKeys, _: Kept) -> None:
        door, context = GrpcKeys(keys), _context()
        asked = CreateKeyRequest(name="x", permissions=["admin"], expire_time=Timestamp(seconds=YEAR_2030))

        made = await door.CreateKey(asked, context)
        listed = await door.ListKeys(ListKeysRequest(), context)
        revoked = await door.RevokeKey(RevokeKeyRequest(id=made.key.id), context)

        assert made.secret.startswith("pm-")
        assert (made.key.create_time.seconds, made.key.expire_time.seconds) == (int(NOW), YEAR_2030)
        assert not made.key.HasField("revoke_time")
        assert list(listed.keys) == [made.key]
        assert revoked.HasField("revoke_time")
        lasting = await door.CreateKey(
            CreateKeyRequest(name="y", permissions=["chat"], ttl_seconds=5), context
        )
        assert lasting.key.expire_time.seconds == int(NOW) + 5

    run(tmp_path, do)


@pytest.mark.parametrize(
    "request_",
    [
        CreateKeyRequest(),
        CreateKeyRequest(name="x", permissions=["chat"], ttl_seconds=0),
        CreateKeyRequest(name="x", permissions=["chat"], expire_time=Timestamp(seconds=10**15)),
    ],
)
def test_typed_faults(tmp_path: Path, request_: CreateKeyRequest) -> None:
    async def do(keys: CallerKeys, _: Kept) -> None:
        context = _context()
        with pytest.raises(PointsmanError):
            await GrpcKeys(keys).CreateKey(request_, context)
        assert context.status[0] is StatusCode.INVALID_ARGUMENT

    run(tmp_path, do)


def test_without_the_store(tmp_path: Path) -> None:
    class Away(Keys):
        def __init__(self) -> None: ...

        async def list(self) -> Any:
            raise Unavailable("The store cannot be reached now.")

    async def do(_: CallerKeys, store: Kept) -> None:
        context: Any = Context()
        answer = await RestKeys(CallerKeys(Away(), store.watch)).ListKeys(Empty(), context)
        assert (context.http_status, json.loads(answer.data)["code"]) == (503, 14)

    run(tmp_path, do)


def _context() -> Any:
    return Context()
