"""All endpoints there are: the providers that are on, joined with the catalog. An immutable snapshot.

What was looked up is kept, so that looking it up again costs a dictionary's look-up.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeVar

from service.catalog.catalog import Catalog
from service.catalog.names import author_key
from service.providers.provider import Provider
from service.types.facts import Model
from service.types.upstream import Endpoint

Found = TypeVar("Found")

_KEPT = 2048
_LONGEST_KEPT = 256
_NEAREST = 3
_COMPARED = 30
_LONGEST_COMPARED = 100


class Directory:
    """Finds endpoints by name. `off` are the registry's providers that are not on, for listings."""

    def __init__(
        self, providers: Mapping[str, Provider], catalog: Catalog, off: Mapping[str, Provider] | None = None
    ) -> None:
        self.providers = providers
        self.catalog = catalog
        self.off = off or {}
        self._listed: dict[str, frozenset[str]] = {}
        self._built: dict[str, Endpoint] = {}
        self._unlisted: dict[str, Endpoint] = {}
        self._at: dict[str, tuple[Endpoint, ...]] = {}
        self._serving: dict[str, tuple[Endpoint, ...]] = {}
        self._whole: dict[str, tuple[Endpoint, ...]] = {}
        self._names = {
            spelling: name
            for name, provider in reversed(list(providers.items()))
            for spelling in (*map(_folded, (*provider.aliases, provider.title)), _folded(name))
            if spelling
        } | {_folded(name): name for name in providers}

    def provider(self, name: str) -> Provider | None:
        """The provider that is on under this name, alias or display name, however it is capitalised."""
        exact = self.providers.get(name)
        return exact or self.providers.get(self._names.get(_folded(name), ""))

    def endpoint(self, provider: Provider, model: str) -> Endpoint:
        """The endpoint of a model, listed or not, at a provider of this directory, with what is known of it.

        A listed one is the same object every time.
        """
        name = f"{provider.name}/{model}"
        found = self._built.get(name) or self._unlisted.get(name)
        if found is None:
            found = provider.endpoint(model, self.catalog.facts(provider.catalog, model, provider.like))
            if provider.name in self.providers and model in self._listed_set(provider.name):
                self._built[name] = found
            else:
                _keep(self._unlisted, name, found)
        return found

    def with_id(self, name: str) -> Endpoint | None:
        """The endpoint that is listed under exactly this id, at a provider that is on."""
        found = self._built.get(name)
        if found is None:
            slug, _, model = name.partition("/")
            provider = self.providers.get(slug)
            if provider and model in self._listed_set(slug):
                found = self.endpoint(provider, model)
        return found

    def at(self, provider: Provider, model: str) -> tuple[Endpoint, ...]:
        """The endpoints of one provider that a model's name means there: its own id first, else any name."""
        if model in self._listed_set(provider.name):
            return (self.endpoint(provider, model),)
        name = f"{provider.name}/{model}"
        found = self._at.get(name)
        if found is None:
            found = tuple(
                self.endpoint(provider, each) for each in self._named(provider, self.catalog.named(model))
            )
            if found:
                _keep(self._at, name, found)
        return found

    def serving(self, name: str) -> tuple[Endpoint, ...]:
        """The endpoints that serve a model named bare or with its author, in registry order.

        An id that a provider lists as it stands counts too.
        """
        found = self._serving.get(name)
        if found is None:
            found = tuple(self._find(name))
            # Names that mean nothing are without number: they would push out those that mean something.
            if found:
                _keep(self._serving, name, found)
        return found

    def _find(self, name: str) -> Iterator[Endpoint]:
        places = self.catalog.named(name)
        listing = self._listing.get(name, ())
        if places or listing:
            for provider in self.providers.values():
                if not provider.by_name_only:
                    ids = [name] if provider.name in listing else self._named(provider, places)
                    yield from (self.endpoint(provider, each) for each in ids)

    @functools.cached_property
    def _listing(self) -> Mapping[str, Sequence[str]]:
        """The providers that list an id, by the id."""
        found: dict[str, list[str]] = {}
        for provider in self.providers.values():
            for model in self._ids(provider):
                found.setdefault(model, []).append(provider.name)
        return found

    def _named(self, provider: Provider, places: Sequence[tuple[str, str]]) -> list[str]:
        """The ids at a provider among the places that a name means.

        A list of its own is all that it serves; its ids may be those of the provider that it is like.
        """
        if provider.models is None:
            return [model for slug, model in places if slug == provider.catalog]
        listed = self._listed_set(provider.name)
        slugs = (provider.catalog, provider.like)
        return list(dict.fromkeys(model for slug, model in places if slug in slugs and model in listed))

    @functools.cached_property
    def made_by(self) -> Mapping[str, Mapping[Model, Sequence[Endpoint]]]:
        """By an author's key, his models and who of the providers that need not be named lists them."""
        found: dict[str, dict[Model, list[Endpoint]]] = {}
        for endpoint in self.listed():
            model = endpoint.facts.model
            if model and not self.providers[endpoint.provider].by_name_only:
                found.setdefault(author_key(model.author), {}).setdefault(model, []).append(endpoint)
        return found

    def listed(self, *, everything: bool = False) -> Iterator[Endpoint]:
        """Every endpoint known by id; with `everything` also those of providers that are not on."""
        for provider in (*self.providers.values(), *(self.off.values() if everything else ())):
            yield from self.listed_at(provider)

    def listed_at(self, provider: Provider) -> tuple[Endpoint, ...]:
        """The endpoints of one provider that are known by id."""
        found = self._whole.get(provider.name)
        if found is None:
            found = tuple(self.endpoint(provider, model) for model in self._ids(provider))
            self._whole[provider.name] = found
        return found

    def elsewhere(self, name: str) -> list[str]:
        """The providers that are not on and would serve a model of this name."""
        slugs = dict.fromkeys(slug for slug, _ in self.catalog.named(name))
        return [slug for slug in slugs if slug in self.off]

    def near(self, name: str) -> list[str]:
        """Ids that can be sent as they stand and look like this name, nearest first; at most three."""
        if len(name) > _LONGEST_COMPARED:
            return []
        ids = [
            f"{provider.name}/{model}"
            for provider in self.providers.values()
            for model in self._ids(provider)
        ]
        wanted = _trigrams(name)
        # Comparing exactly is slow, so only the most alike are compared.
        alike = sorted(ids, key=lambda each: -_likeness(wanted, _trigrams(each)))[:_COMPARED]
        by_model = {each.partition("/")[2]: each for each in reversed(alike)}
        near = get_close_matches(name, alike, _NEAREST)
        near += [by_model[each] for each in get_close_matches(name.rpartition("/")[2], by_model, _NEAREST)]
        return list(dict.fromkeys(near))[:_NEAREST]

    def _ids(self, provider: Provider) -> Sequence[str]:
        return self.catalog.listed(provider.catalog) if provider.models is None else provider.models

    def _listed_set(self, provider: str) -> frozenset[str]:
        found = self._listed.get(provider)
        if found is None:
            found = self._listed[provider] = frozenset(self._ids(self.providers[provider]))
        return found


def _keep(kept: dict[str, Found], name: str, found: Found) -> None:
    """Keeps what a name means.

    Names come from callers: neither their number nor their length can be trusted.
    """
    if len(name) <= _LONGEST_KEPT:
        if len(kept) >= _KEPT:
            kept.clear()
        kept[name] = found


def _trigrams(text: str) -> set[str]:
    text = text.casefold()
    return {text[place : place + 3] for place in range(len(text) - 2)} or {text}


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def _folded(name: str) -> str:
    return name.casefold().replace(" ", "-")
