"""What stands for a saved router in a request, its name or a document; and the chat that it is asked."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Raw

from service.edge.chat_request import parse
from service.edge.routers.patch import plain
from service.edge.routers.reading import not_there
from service.errors import FailedPrecondition, InvalidRequest, NotServed, Violation
from service.routing.saved import compiled
from service.routing.saved.book import RouterBook
from service.routing.saved.compiled import CompiledRouter
from service.types import checked
from service.types.chat_request import ChatRequest
from service.types.flavour import OPENAI, Flavour

T = TypeVar("T")
_NAMED = "inworld/"
_NOTHING_SAID = Raw(b'[{"role":"user","content":""}]')


def saved(book: RouterBook, name: str) -> CompiledRouter:
    """A router of the book. Raises `NotFound`, and `FailedPrecondition` for one that cannot be used."""
    name = plain(name)
    found = book.get(name)
    if found is None and name in book.faults:
        fault = InvalidRequest(book.faults[name]).message
        raise FailedPrecondition(f"Router '{name}' was saved by another version and cannot be used: {fault}")
    if found is None:
        raise not_there(name)
    return found


def unsaved(data: bytes | Raw, name: str | None = None) -> CompiledRouter:
    """A router of a document; `name` is its name where it says none. Raises `InvalidRequest`."""
    given = bytes(data)
    if name is not None:
        given = msgspec.json.encode({"name": plain(name)} | checked.decode(data, dict[str, Raw]))
    return compiled.checked(given)


def chat(
    data: bytes | Raw, router: str, flavour: Flavour = OPENAI, session_id: str | None = None
) -> ChatRequest:
    """A chat request that asks a router, whatever its model says; without messages it says nothing.

    Raises `InvalidRequest`, and `NotServed`.
    """
    members = checked.decode(data, dict[str, Raw])
    members["model"] = Raw(msgspec.json.encode(_NAMED + router))
    members.setdefault("messages", _NOTHING_SAID)
    return parse(msgspec.json.encode(members), flavour, session_id)


def part(place: str, faults: list[Violation], make: Callable[[], T]) -> T | None:
    """Makes something of a part of a body; what is wrong with that is gathered by its path in the whole."""
    try:
        return make()
    except InvalidRequest as error:
        faults += [
            Violation(f"{place}.{each.field}" if each.field else place, each.description)
            for each in error.violations
        ]
        return None
    except NotServed as error:
        raise NotServed([f"{place}.{each}" for each in error.fields], error.why) from None
