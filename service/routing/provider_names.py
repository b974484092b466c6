"""The lists of providers by which callers prefer and exclude: `order`, `only`, `ignore`. Pure.

Sources: OpenRouter A5.1; Inworld 2.5, 2.6.
"""

from collections.abc import Iterable, Iterator
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
    serve a model of that name. What means nothing is passed over, and noted in `unknown`.
    """

    def __init__(self, names: Iterable[str], directory: Directory) -> None:
        self._providers: dict[str, int] = {}
        self._some: dict[str, _Some] = {}
        self.unknown: list[str] = []
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
            if rest:
                some.words.setdefault(rest.casefold(), place)
            some.models.setdefault(rest, place)
            found = directory.at(provider, rest)
        found = found or directory.serving(name)
        if not found and provider is None:
            self.unknown.append(name)
        for endpoint in found:
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
        places = [whole, some.models.get(endpoint.model)]
        if some.words:
            places += [some.words.get(word) for word in _words(endpoint)]
        return min((place for place in places if place is not None), default=None)


def _words(endpoint: Endpoint) -> Iterator[str]:
    """What may follow a provider's name to mean this endpoint, folded; of a region each of its beginnings."""
    facts, site = endpoint.facts, endpoint.site
    yield (facts.quantization or "").casefold()
    yield _last_word(endpoint.model)
    for region in (*(facts.regions or ()), site.region, site.location):
        if region:
            parts = region.casefold().split("-")
            yield from ("-".join(parts[:count]) for count in range(1, len(parts) + 1))


def _last_word(model: str) -> str:
    return model.casefold().replace(":", "-").rpartition("-")[2]
