"""The models that a request names, each with what the suffixes of its name ask for. Pure (OpenRouter A8)."""

from collections.abc import Collection

import msgspec
from msgspec import Raw

from service.routing.names import Meant
from service.types.chat_request import ChatRequest
from service.types.routing_options import Reasoning, WebSearchOptions


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One name and what it means.

    `field` is where it stands in the request, `place` which of the models it is: 0 the first, the others its
    fallbacks. `request` is what is asked of it.
    """

    meant: Meant
    field: str
    place: int
    request: ChatRequest

    @property
    def free(self) -> bool:
        """Whether only what costs nothing is meant."""
        return "free" in self.meant.suffixes

    @property
    def online(self) -> bool:
        """Whether only those are meant that search the web by themselves."""
        return "online" in self.meant.suffixes


def entry_of(meant: Meant, field: str, place: int, request: ChatRequest) -> Entry:
    """Reads the suffixes of a name; a suffix touches what its own name means, and nothing else."""
    asked = _with_suffixes(request, meant.suffixes) if meant.suffixes else request
    return Entry(meant=meant, field=field, place=place, request=asked)


def _with_suffixes(request: ChatRequest, suffixes: Collection[str]) -> ChatRequest:
    """Adds what suffixes ask for, unless the request says it itself."""
    if "online" in suffixes and "web_search_options" not in request.members:
        request = msgspec.structs.replace(
            request,
            body=msgspec.structs.replace(request.body, web_search_options=WebSearchOptions()),
            members={**request.members, "web_search_options": Raw(b"{}")},
        )
    if "thinking" in suffixes and request.thinking is None:
        request = msgspec.structs.replace(request, reasoning=Reasoning(enabled=True))
    return request
