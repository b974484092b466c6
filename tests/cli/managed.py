"""A server of the management API in memory, in the place of `service.cli.server.Server`."""

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from service.cli.server import AskError
from service.errors import InvalidRequest
from service.routing.saved import document
from service.types.saved_router import SavedRouter

_ROUTERS = "/router/v1/routers"
_PAGE = 2


class ManagedServer:
    """Keeps routers and notes every write; `files` are read-only there, `refuses` is how writes fail."""

    def __init__(self) -> None:
        self.routers: dict[str, SavedRouter] = {}
        self.files: set[str] = set()
        self.writes: list[str] = []
        self.refuses: dict[str, AskError] = {}
        self.warnings: list[dict[str, str]] = []

    def saves(self, *routers: SavedRouter) -> "ManagedServer":
        self.routers |= {each.name: each for each in routers}
        return self

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        name = unquote(url.path.removeprefix(_ROUTERS).removeprefix("/"))
        if method != "GET":
            self.writes.append(f"{method} {name or (body or {}).get('name', '')}")
        match method, bool(name):
            case "GET", False:
                return self._page(query)
            case "GET", True:
                return self._printed(name)
            case "DELETE", True:
                self._existing(name)
                del self.routers[name]
                return {}
            case _:
                return self._write(method, body or {})

    def _write(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            router = document.read(json.dumps(body).encode())
        except InvalidRequest as error:
            raise AskError(error.message, 400) from None
        if refusal := self.refuses.get(router.name):
            raise refusal
        if method == "PATCH" and body["etag"] != self._printed(router.name)["etag"]:
            raise AskError("the router has been changed since", 409)
        assert method == "PATCH" or router.name not in self.routers
        self.routers[router.name] = router
        return {"done": True, "metadata": {"warnings": self.warnings}}

    def _existing(self, name: str) -> SavedRouter:
        if name not in self.routers:
            raise AskError(f"there is no router {name}", 404)
        return self.routers[name]

    def _printed(self, name: str) -> dict[str, Any]:
        router = self._existing(name)
        source = "file" if name in self.files else "store"
        shown = {
            **msgspec.to_builtins(document.printed(router)),
            "etag": document.etag(document.write(router)),
            "source": source,
        }
        if source == "store":
            shown |= {"createTime": "2026-01-02T03:04:05Z", "updateTime": "2026-01-02T03:04:06Z"}
        return shown

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        assert query["page_size"] == "1000"
        names = [name for name in sorted(self.routers) if name > query.get("page_token", "")]
        page: dict[str, Any] = {"routers": [self._printed(name) for name in names[:_PAGE]]}
        if len(names) > _PAGE:
            page["nextPageToken"] = names[_PAGE - 1]
        return page
