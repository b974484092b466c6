"""The saved routers of the running server, over its REST API."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from service.cli.server import AskError, Server
from service.errors import InvalidRequest
from service.routing.saved import document
from service.types.saved_router import SavedRouter

_PATH = "/router/v1/routers"
_PAGE_SIZE = 1000
_NOT_FOUND = 404


class Saved(NamedTuple):
    """A router as the server has it; `is_file` is whether it is one of the operator's files there."""

    router: SavedRouter
    etag: str
    is_file: bool


class SavedRouters:
    """Reads and writes routers. Every method raises `AskError`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def listed(self) -> list[dict[str, Any]]:
        """All routers as the server prints them."""
        return list(self._pages())

    def all(self) -> list[Saved]:
        """All routers."""
        return [_saved(each) for each in self._pages()]

    def get(self, name: str) -> Saved | None:
        """The router of a name, None if there is none."""
        try:
            return _saved(self._server.call("GET", _path(name)))
        except AskError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def create(self, router: SavedRouter) -> list[str]:
        """Creates a router; gives what the server warns of."""
        return _warnings(self._server.call("POST", _PATH, _members(router)))

    def replace(self, router: SavedRouter, etag: str) -> list[str]:
        """Replaces all of a router, if it is still the one of the etag; gives what the server warns of."""
        path = f"{_path(router.name)}?{urlencode({'update_mask': '*'})}"
        return _warnings(self._server.call("PATCH", path, _members(router) | {"etag": etag}))

    def delete(self, name: str) -> None:
        """Deletes a router."""
        self._server.call("DELETE", _path(name))

    def _pages(self) -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            given = {"page_size": _PAGE_SIZE} | ({"page_token": token} if token else {})
            page = self._server.call("GET", f"{_PATH}?{urlencode(given)}")
            routers = page.get("routers")
            if not isinstance(routers, list):
                raise AskError("what was asked lists no routers; is it a Pointsman of this version?")
            yield from (each for each in routers if isinstance(each, dict))
            token = str(page.get("nextPageToken") or "")
            if not token:
                return


def _path(name: str) -> str:
    return f"{_PATH}/{quote(name, safe='')}"


def _members(router: SavedRouter) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(document.write(router))
    return members


def _saved(printed: dict[str, Any]) -> Saved:
    try:
        router = document.read(json.dumps(printed).encode())
    except InvalidRequest as error:
        raise AskError(f"the server has a router that cannot be read: {error.message}") from None
    return Saved(router, str(printed.get("etag") or ""), printed.get("source") == "file")


def _warnings(operation: dict[str, Any]) -> list[str]:
    metadata = operation.get("metadata")
    listed = metadata.get("warnings") if isinstance(metadata, dict) else None
    return [
        f"{each.get('field')}: {each.get('description')}"
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict)
    ]
