"""A saved router as callers see it: the document, and what is known of it."""

from typing import Any, Literal

import msgspec

from service.edge import times
from service.routing.saved import document
from service.store.rows import StoredRouter
from service.types.saved_router import SavedRouter

Source = Literal["store", "file"]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A router; times are Unix seconds, None for one of a file."""

    router: SavedRouter
    etag: str
    source: Source
    created: float | None = None
    updated: float | None = None


def of_store(stored: StoredRouter) -> Shown:
    """A router of the store. Raises `InvalidRequest` for one that cannot be read (any more)."""
    return Shown(
        router=document.read(stored.document),
        etag=stored.etag,
        source="store",
        created=stored.created,
        updated=stored.updated,
    )


def of_file(router: SavedRouter) -> Shown:
    """A router of a file."""
    return Shown(router=router, etag=document.etag(document.write(router)), source="file")


def printed(shown: Shown) -> dict[str, Any]:
    """Prints it as JSON: camelCase at the top, snake_case inside."""
    members = document.printed(shown.router) | {"etag": shown.etag, "source": shown.source}
    if shown.created is not None:
        members["createTime"] = times.rfc3339(shown.created)
    if shown.updated is not None:
        members["updateTime"] = times.rfc3339(shown.updated)
    return members
