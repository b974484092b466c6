"""Reading saved routers: from the store, or the last snapshot while it is away; and those of files."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from service.edge.routers import paging
from service.edge.routers.shown import Shown, of_file, of_store
from service.errors import FailedPrecondition, InvalidRequest, NotFound, Unavailable
from service.store.routers import Routers
from service.store.rows import StoredRouter
from service.store.watch import Watch
from service.types.saved_router import SavedRouter

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


class Page(msgspec.Struct, frozen=True):
    """Some routers by name; the token of the next page is empty on the last one."""

    routers: list[Shown]
    next_token: str


class RouterReader:
    """Gives saved routers as they are; `files` are those that the operator wrote, by name."""

    def __init__(self, store: Routers, watch: Watch, files: Callable[[], Mapping[str, SavedRouter]]) -> None:
        self._store = store
        self._watch = watch
        self._files = files

    async def get(self, name: str) -> Shown:
        """Gives one. Raises `NotFound`; `FailedPrecondition` for one that cannot be read any more."""
        file = self._files().get(name)
        if file:
            return of_file(file)
        stored = await self._or_known(lambda: self._store.get(name), lambda known: _named(name, known))
        try:
            return of_store(stored)
        except InvalidRequest as error:
            told = f"Router '{name}' was saved by another version and cannot be read: {error.message}"
            raise FailedPrecondition(told) from None

    async def list(self, size: int, token: str) -> Page:
        """Lists a page by name. Raises `InvalidRequest` for a token that is none."""
        after = paging.name_before(token)
        files = {name: each for name, each in self._files().items() if name > after}
        rows = await self._or_known(
            lambda: self._store.list(size, after),
            lambda known: sorted((each for each in known if each.name > after), key=lambda each: each.name),
        )
        stored = {each.name: each for each in rows}
        names = sorted(files.keys() | stored.keys())
        page = [of_file(files[name]) if name in files else _readable(stored[name]) for name in names[:size]]
        more = paging.token_after(names[size - 1]) if len(names) > size else ""
        return Page([each for each in page if each is not None], more)

    async def _or_known(
        self, ask: Callable[[], Awaitable[_T]], look: Callable[[Sequence[StoredRouter]], _T]
    ) -> _T:
        """What the store says, or the last snapshot when it says nothing and there is one."""
        known = self._watch.snapshot
        if known is not None and not self._watch.connected:
            return look(known.routers)
        try:
            return await ask()
        except Unavailable:
            if known is None:
                raise
            return look(known.routers)


def not_there(name: str) -> NotFound:
    """What is said of a router that is not there."""
    return NotFound(f"There is no router '{name[:100]}'.")


def _named(name: str, known: Sequence[StoredRouter]) -> StoredRouter:
    found = next((each for each in known if each.name == name), None)
    if found is None:
        raise not_there(name)
    return found


def _readable(stored: StoredRouter) -> Shown | None:
    """One of a page; whoever cannot be read is left out, for the others' sake."""
    try:
        return of_store(stored)
    except InvalidRequest as error:
        _LOG.warning("router '%s' cannot be read: %s", stored.name, error.message)
        return None
