"""All saved routers at one moment, by name. Pure."""

from collections.abc import Mapping

import msgspec

from service.errors import InvalidRequest, Violation
from service.routing.saved import document
from service.routing.saved.compiled import CompiledRouter, compile_router
from service.types.saved_router import SavedRouter


class RouterBook(msgspec.Struct, frozen=True, kw_only=True):
    """The routers that can be used; `faults` are what is wrong with the stored ones that cannot, by name.

    `kept` are the documents that the stored ones were made from.
    """

    routers: Mapping[str, CompiledRouter] = msgspec.field(default_factory=dict)
    faults: Mapping[str, tuple[Violation, ...]] = msgspec.field(default_factory=dict)
    kept: Mapping[str, bytes] = msgspec.field(default_factory=dict)

    def get(self, name: str) -> CompiledRouter | None:
        """One of them."""
        return self.routers.get(name)

    @classmethod
    def of(
        cls,
        documents: Mapping[str, bytes],
        files: Mapping[str, SavedRouter] | None = None,
        *,
        previous: "RouterBook | None" = None,
    ) -> "RouterBook":
        """Makes ready what the store has and what files have; of one name, the file's.

        A stored router that cannot be read or compiled is left out, and takes no other with it. What has not
        changed since `previous` is taken from there. Raises `InvalidRequest` for a file's router, whose
        reader has checked it.
        """
        routers: dict[str, CompiledRouter] = {}
        faults: dict[str, tuple[Violation, ...]] = {}
        kept: dict[str, bytes] = {}
        for name, router in (files or {}).items():
            known = previous and previous.routers.get(name)
            routers[name] = known if known and known.router == router else compile_router(router)
        for name, stored in documents.items():
            if name in routers:
                continue
            known = previous and previous.routers.get(name)
            if known and previous and previous.kept.get(name) == stored:
                routers[name], kept[name] = known, stored
                continue
            try:
                routers[name] = compile_router(document.read(stored))
                kept[name] = stored
            except InvalidRequest as error:
                faults[name] = error.violations
            except Exception as error:  # noqa: BLE001 - whatever it is, the others must go on
                why = f"cannot be read, for a reason of ours ({type(error).__name__})"
                faults[name] = (Violation("", why),)
        return cls(routers=routers, faults=faults, kept=kept)


EMPTY = RouterBook()
"""No routers."""
