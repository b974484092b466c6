"""The lists of providers by which callers prefer and exclude: `order`, `only`, `ignore`. Pure.

Sources: OpenRouter A5.1; Inworld 2.5, 2.6.
"""

from collections.abc import Iterable
from typing import NamedTuple

from service.providers.directory import Directory
from service.types.upstream import Endpoint


class _Some(NamedTuple):
    """Some endpoints of one provider: by what followed its name, folded, and by model, with their places."""

    words: dict[str, int]
    models: dict[str, int]


class ProviderNames:
    """A list, compiled once for a request.

    A provider's name, alias or display name, however it is capitalised, means all its endpoints.
    `provider/x` means those whose quantization or region is x, or whose id ends with the word x
    (`together/turbo`), and those that the model x has there. What names no provider means the endpoints that
    serve a model of that name. What means nothing is passed over.
    """

    def __init__(self, names: Iterable[str], directory: Directory) -> None:
        self._providers: dict[str, int] = {}
        self._some: dict[str, _Some] = {}
        for place, name in enumerate(names):
            provider = directory.provider(name)
            if provider:
                self._providers.setdefault(provider.name, place)
            else:
                self._add_some(name, place, directory)

    def _add_some(self, name: str, place: int, directory: Directory) -> None:
        first, slash, rest = name.partition("/")
        provider = directory.provider(first) if slash else None
        found: tuple[Endpoint, ...] = ()
        if provider:
            some = self._some_of(provider.name)
            some.words.setdefault(rest.casefold(), place)
            some.models.setdefault(rest, place)
            found = directory.at(provider, rest)
        for endpoint in found or directory.serving(name):
            self._some_of(endpoint.provider).models.setdefault(endpoint.model, place)

    def _some_of(self, provider: str) -> _Some:
        return self._some.setdefault(provider, _Some({}, {}))

    def match(self, endpoint: Endpoint) -> bool:
        """Whether the list means this endpoint."""
        return self.rank(endpoint) is not None

    def rank(self, endpoint: Endpoint) -> int | None:
        """The place of the first entry that means this endpoint, from 0; None if none does."""
        whole = self._providers.get(endpoint.provider)
        some = self._some.get(endpoint.provider)
        if some is None:
            return whole
        places = [place for word, place in some.words.items() if _fits(word, endpoint)]
        places += [place for place in (whole, some.models.get(endpoint.model)) if place is not None]
        return min(places, default=None)


def _fits(word: str, endpoint: Endpoint) -> bool:
    facts, site = endpoint.facts, endpoint.site
    if not word:
        return False
    if word in ((facts.quantization or "").casefold(), _last_word(endpoint.model)):
        return True
    regions = (*(facts.regions or ()), site.region or "", site.location or "")
    return any(region == word or region.startswith(f"{word}-") for region in map(str.casefold, regions))


def _last_word(model: str) -> str:
    return model.casefold().replace(":", "-").rpartition("-")[2]
