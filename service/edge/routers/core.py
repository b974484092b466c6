"""Creating, changing and deleting saved routers: what both doors do. The store decides."""

import asyncio
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from weakref import WeakValueDictionary

import msgspec
from msgspec import Raw

from service.edge.routers import if_match, operations, patch
from service.edge.routers.operations import Verb
from service.edge.routers.reading import Page, RouterReader, not_there
from service.edge.routers.shown import Shown
from service.edge.routers.warned import warnings_of
from service.edge.snake import members
from service.errors import (
    Conflict,
    FailedPrecondition,
    InvalidRequest,
    NotFound,
    Unavailable,
    Violation,
)
from service.providers.directory import Directory
from service.routing.saved import compiled, document
from service.store.routers import Routers
from service.store.rows import StoredOperation, StoredRouter
from service.store.watch import Watch
from service.types import checked
from service.types.saved_router import ROUTER_NAME, SavedRouter

_TRIES = 20
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5
_LONGEST_TURN_SECONDS = 10.0
_TOKEN_BYTES = 12
_SHOWN = 100
_Etag = str | None


class SavedRouters:
    """The saved routers of this installation.

    `files` are those that the operator wrote, by name: no call changes them. `directory` tells whether
    models are served, for warnings. `clock` gives Unix seconds, `token` what tells operations apart, and
    `pause` waits for some seconds.
    """

    def __init__(
        self,
        store: Routers,
        watch: Watch,
        *,
        files: Callable[[], Mapping[str, SavedRouter]],
        directory: Callable[[], Directory],
        clock: Callable[[], float] = time.time,
        token: Callable[[], str] = lambda: secrets.token_hex(_TOKEN_BYTES),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._watch = watch
        self._files = files
        self._directory = directory
        self._clock = clock
        self._token = token
        self._pause = pause
        self._updates: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Of each router that is being changed: one change after the other."""
        self._reader = RouterReader(store, watch, files)

    async def create(self, data: bytes) -> StoredOperation:
        """Saves a new router.

        Raises `InvalidRequest` with all that is wrong with it, `AlreadyExists`, `FailedPrecondition` for the
        name of a router of a file, and `Unavailable`.
        """
        router = await asyncio.to_thread(_checked, data)  # conditions take long to compile
        self._refuse_file(router.name)
        now = self._clock()
        shown = _shown(router, created=now, updated=now)
        operation = self._operation("create", shown, now)
        await self._store.create(router.name, document.write(router), shown.etag, operation)
        await self._serve()
        return operation

    async def get(self, name: str) -> Shown:
        """Gives one. Raises `NotFound`; `FailedPrecondition` for one that cannot be read any more."""
        return await self._reader.get(_name(name))

    async def list(self, size: int, token: str) -> Page:
        """Lists a page by name. Raises `InvalidRequest` for a token that is none."""
        return await self._reader.list(size, token)

    async def update(self, name: str, data: bytes, mask: str, etag: str | None = None) -> StoredOperation:
        """Changes one by an update's body and mask, with an etag only the one that has it.

        Raises `InvalidRequest` with all that is wrong with what it becomes, `NotFound`, `Conflict` when the
        body or the caller has an etag of an earlier one, `FailedPrecondition` for one of a file, and
        `Unavailable`.
        """
        name = _name(name)
        self._refuse_file(name)
        body = _members(data)
        wanted = if_match.agreed(_etag_in(body), etag)
        # Who waits here does not write in vain: of changes at the same time only one gets through.
        turn = self._updates.setdefault(name, asyncio.Lock())
        try:
            async with asyncio.timeout(_LONGEST_TURN_SECONDS):
                await turn.acquire()
        except TimeoutError:
            raise _too_many(name) from None
        try:
            operation = await self._update(name, body, mask, wanted)
        finally:
            turn.release()
        await self._serve()
        return operation

    async def delete(self, name: str, etag: str | None) -> None:
        """Deletes one; with an etag only the one that has it. Raises as `update` does."""
        name = _name(name)
        self._refuse_file(name)
        await self._store.delete(name, etag or None)
        await self._serve()

    async def _update(self, name: str, body: Mapping[str, Raw], mask: str, etag: _Etag) -> StoredOperation:
        """Makes a change of what is there now; without an etag again when another worker was faster."""
        for attempt in range(_TRIES):
            stored = await self._store.get(name)
            if etag is not None and etag != stored.etag:
                raise Conflict(
                    f"Router '{name}' has been changed since it was read: its etag is '{stored.etag}' now"
                )
            now = self._clock()
            router = await asyncio.to_thread(_patched, stored, body, mask)
            shown = _shown(router, created=stored.created, updated=now)
            if shown.etag == stored.etag:
                shown = msgspec.structs.replace(shown, updated=stored.updated)
            operation = self._operation("update", shown, now)
            try:
                await self._store.update(
                    name, document.write(shown.router), shown.etag, stored.etag, operation
                )
            except Conflict:
                if etag is not None:
                    raise
            else:
                return operation
            longest = min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
            await self._pause(random.uniform(0, longest))  # noqa: S311 - no secret
        raise _too_many(name)

    async def operation(self, name: str) -> StoredOperation:
        """Gives an operation again. Raises `NotFound`, and `Unavailable`."""
        if not re.fullmatch(operations.NAME, name):
            raise NotFound(f"There is no operation '{name[:_SHOWN]}'.")
        return await self._store.operation(name)

    def _refuse_file(self, name: str) -> None:
        if name in self._files():
            raise FailedPrecondition(f"Router '{name}' is read from a file; only there can it be changed.")

    def _operation(self, verb: Verb, shown: Shown, now: float) -> StoredOperation:
        return operations.done(verb, shown, warnings_of(shown.router, self._directory()), self._token(), now)

    async def _serve(self) -> None:
        """Has this worker serve at once what was written."""
        await self._watch.refresh()


def _members(data: bytes) -> Mapping[str, Raw]:
    """The members of an update. Raises `InvalidRequest`, by path for texts that no store keeps."""
    try:
        return members(data)
    except InvalidRequest:
        _, faults = document.spelt(data)
        if not faults:
            raise
        raise InvalidRequest(faults) from None


def _name(given: str) -> str:
    """The name of a router. Raises `NotFound` for what cannot be one."""
    name = patch.plain(given)
    if not re.match(ROUTER_NAME, name):
        raise not_there(given)
    return name


def _too_many(name: str) -> Unavailable:
    return Unavailable(f"Router '{name}' is being changed by too many at the same time; try again.")


def _shown(router: SavedRouter, *, created: float, updated: float) -> Shown:
    etag = document.etag(document.write(router))
    return Shown(router=router, etag=etag, source="store", created=created, updated=updated)


def _checked(data: bytes) -> SavedRouter:
    """Reads a document. Raises `InvalidRequest` with all that is wrong with it."""
    return compiled.checked(data).router


def _patched(stored: StoredRouter, body: Mapping[str, Raw], mask: str) -> SavedRouter:
    """What an update makes of a router. Raises `InvalidRequest` with all that is wrong with that."""
    faults: list[Violation] = []
    if "name" in body and patch.name_in(body) != stored.name:
        faults.append(Violation("name", f"cannot be changed; the router's is '{stored.name}'"))
    try:
        paths = patch.mask_of(mask, body, stored.name)
        current = checked.decode(stored.document, dict[str, Raw])
        router = _checked(patch.merged(current, body, paths))
    except InvalidRequest as error:
        raise InvalidRequest([*faults, *error.violations]) from None
    if faults:
        raise InvalidRequest(faults)
    return router


def _etag_in(body: Mapping[str, Raw]) -> _Etag:
    """The etag of a body; an empty one is none. Raises `InvalidRequest`."""
    if "etag" not in body:
        return None
    try:
        return checked.decode(body["etag"], str) or None
    except InvalidRequest:
        raise InvalidRequest([Violation("etag", "must be a string")]) from None
