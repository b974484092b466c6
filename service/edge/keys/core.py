"""Creating, listing and revoking callers' keys: what both doors do, without their words."""

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.edge import times
from service.edge.snake import members
from service.errors import InvalidRequest, NotFound, Violation
from service.store.keys import Keys
from service.store.rows import StoredKey
from service.store.watch import Watch
from service.types import checked
from service.types.permission import PERMISSIONS, Permission
from service.types.secret import Secret

_KEY_PREFIX = "pm-"
_KEY_BYTES = 32
_ID_PREFIX = "key-"
_ID_BYTES = 8
_LONGEST_SECONDS = 100 * 365 * 86_400
_SHOWN = 100


class _NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=128)]
    permissions: Annotated[list[Permission], Meta(min_length=1)]
    expire_time: str | None = None
    ttl_seconds: Annotated[int, Meta(ge=1, le=_LONGEST_SECONDS)] | None = None


class CallerKeys:
    """The keys of this installation, but for the operator's own.

    `clock` gives Unix seconds, `token` as many random bytes as it is asked for.
    """

    def __init__(
        self,
        store: Keys,
        watch: Watch,
        *,
        clock: Callable[[], float] = time.time,
        token: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._store = store
        self._watch = watch
        self._clock = clock
        self._token = token

    async def create(self, data: bytes) -> tuple[StoredKey, Secret]:
        """Makes a key as the JSON says; gives it, and what opens the doors, which is kept nowhere.

        Raises `InvalidRequest`, and `Unavailable`.
        """
        asked = checked.decode(msgspec.json.encode(members(data)), _NewKey)
        now = self._clock()
        secret = Secret(_KEY_PREFIX + self._token(_KEY_BYTES).hex())
        key = StoredKey(
            id=_ID_PREFIX + self._token(_ID_BYTES).hex(),
            hash=hashlib.sha256(secret.reveal().encode()).digest(),
            name=asked.name,
            permissions=tuple(each for each in PERMISSIONS if each in asked.permissions),
            created=now,
            expires=_expires(asked, now),
        )
        await self._store.create(key)
        await self._watch.refresh()
        return key, secret

    async def list(self) -> list[StoredKey]:
        """Gives all, by their age. Raises `Unavailable`."""
        return await self._store.list()

    async def revoke(self, id_: str) -> StoredKey:
        """Ends a key for ever; gives it. Raises `NotFound`, and `Unavailable`."""
        if not (id_.isascii() and id_.isprintable()):
            raise _not_there(id_)
        await self._store.revoke(id_)
        await self._watch.refresh()
        found = next((each for each in await self._store.list() if each.id == id_), None)
        if found is None:
            raise _not_there(id_)
        return found


def printed(key: StoredKey) -> dict[str, Any]:
    """Prints a key as JSON. What is absent is null."""
    return {
        "id": key.id,
        "name": key.name,
        "permissions": list(key.permissions),
        "create_time": times.rfc3339(key.created),
        "expire_time": None if key.expires is None else times.rfc3339(key.expires),
        "revoke_time": None if key.revoked is None else times.rfc3339(key.revoked),
    }


def _expires(asked: _NewKey, now: float) -> float | None:
    """When the key stops working, in Unix seconds. Raises `InvalidRequest`."""
    if asked.expire_time is None:
        return None if asked.ttl_seconds is None else now + asked.ttl_seconds
    if asked.ttl_seconds is not None:
        raise InvalidRequest([Violation("ttl_seconds", "cannot be combined with expire_time")])
    try:
        moment = times.read(asked.expire_time)
    except (ValueError, OverflowError):
        fault = f"must be a time such as 2026-01-31T12:00:00Z, got '{asked.expire_time[:_SHOWN]}'"
        raise InvalidRequest([Violation("expire_time", fault)]) from None
    if not now < moment <= now + _LONGEST_SECONDS:
        raise InvalidRequest(
            [
                Violation(
                    "expire_time",
                    f"must lie ahead, within 100 years, got '{asked.expire_time}'",
                )
            ]
        )
    return moment


def _not_there(id_: str) -> NotFound:
    return NotFound(f"There is no key '{id_[:_SHOWN]}'.")
