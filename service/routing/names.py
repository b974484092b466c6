"""From the name of a model to the endpoints that serve it. Pure: name and directory in, endpoints out.

Sources: Inworld 2.1; OpenRouter A3.1 (`model`), A8.
"""

from collections.abc import Callable, Iterator

import msgspec

from service.errors import InvalidRequest, ModelNotFound, NotServed, ProviderNotFound, Violation
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.routing.families import newest
from service.types.flavour import Flavour
from service.types.upstream import Endpoint

SUFFIXES = frozenset({"nitro", "floor", "free", "online", "thinking", "exacto"})
"""What may follow a name after a colon; several may (OpenRouter A8)."""

_AUTO = ("auto", "openrouter/auto")
_ROUTERS = "inworld/"
_MODELS = "inworld/models/"
_PRESET = "@preset/"
_LONGEST = 256


def router_named(model: str) -> str | None:
    """The name of the saved router that the name of a model means; None for any other (Inworld 2.1)."""
    if not model.startswith(_ROUTERS) or model.startswith(_MODELS):
        return None
    return model.removeprefix(_ROUTERS)


class Meant(msgspec.Struct, frozen=True):
    """What a name means.

    `endpoints` are in registry order; there are none only with `auto`, which leaves the choice to Pointsman.
    `pinned` is whether the caller named the one endpoint himself, by its provider. `suffixes` are those that
    were no part of the model's name, without their colons.
    """

    endpoints: tuple[Endpoint, ...] = ()
    pinned: bool = False
    auto: bool = False
    suffixes: frozenset[str] = frozenset()


def resolve(name: str, directory: Directory, flavour: Flavour) -> Meant:
    """Reads the name of a model.

    It is, in this order: an endpoint's id; `provider/model` or `author/model`, which of them first is the
    flavour's; a bare name; what any of these is without one known suffix, and another. Where names of authors
    come first, an endpoint's id that is its model's id as well means the model. A model that is not listed
    is sent on, as the last resort, when its provider is named: a model newer than our data must work.

    Raises `ModelNotFound`, `ProviderNotFound`, `InvalidRequest` for the name of a saved router, or
    `NotServed` for a preset.
    """
    return _resolve(name, directory, flavour, _read)


def resolve_pool_entry(name: str, directory: Directory, flavour: Flavour) -> Meant:
    """As `resolve`; a provider's name that is no model's means all that he lists (Inworld 2.4)."""
    return _resolve(name, directory, flavour, _read_pool_entry)


_Reading = Callable[[str, Directory, Flavour], Meant | None]


def _resolve(name: str, directory: Directory, flavour: Flavour, read: _Reading) -> Meant:
    if len(name) > _LONGEST:
        raise ModelNotFound(f"must have at most {_LONGEST} characters, got {len(name)}")
    _check_served(name)
    for rest, suffixes in _stripped(name):
        meant = read(rest, directory, flavour)
        if meant:
            return msgspec.structs.replace(meant, suffixes=suffixes) if suffixes else meant
    return Meant((_sent_on(name, directory),), pinned=True)


def _check_served(name: str) -> None:
    if router_named(name) is not None:
        raise InvalidRequest([Violation("model", f"'{name}' names a saved router; name a model here")])
    if _PRESET in name:
        raise NotServed(["model"], f"'{name}' names a preset; name a model, or a model at a provider")


def _stripped(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """The name as it stands, then without one known suffix after the other, each with those stripped."""
    suffixes: frozenset[str] = frozenset()
    yield name, suffixes
    while True:
        name, _, suffix = name.rpartition(":")
        suffix = suffix.casefold()
        if not name or suffix not in SUFFIXES or suffix in suffixes:
            return
        suffixes |= {suffix}
        yield name, suffixes


def _read(name: str, directory: Directory, flavour: Flavour) -> Meant | None:
    exact = directory.with_id(name)
    if exact and not (flavour.author_first and _is_model_id(name, exact)):
        return Meant((exact,), pinned=True)
    if name in _AUTO and not exact:
        return Meant(auto=True)
    if name.startswith("~") and (found := newest(name, directory)):
        return Meant(found)
    if flavour.author_first:
        return _serving(name, directory) or _at_provider(name, directory)
    return _at_provider(name, directory) or _serving(name, directory)


def _is_model_id(name: str, endpoint: Endpoint) -> bool:
    return endpoint.facts.model is not None and endpoint.facts.model.id == name


def _at_provider(name: str, directory: Directory) -> Meant | None:
    first, slash, model = name.partition("/")
    provider = directory.provider(first) if slash else None
    found = directory.at(provider, model) if provider else ()
    return Meant(found[:1], pinned=True) if found else None


def _serving(name: str, directory: Directory) -> Meant | None:
    found = directory.serving(name)
    return Meant(found) if found else None


def _read_pool_entry(name: str, directory: Directory, flavour: Flavour) -> Meant | None:
    meant = _read(name, directory, flavour)
    if meant:
        return meant
    provider = directory.provider(name)
    found = directory.listed_at(provider) if provider else ()
    return Meant(found) if found else None


def _sent_on(name: str, directory: Directory) -> Endpoint:
    """The endpoint of a model that is not listed. Raises `ModelNotFound` or `ProviderNotFound`."""
    if name.startswith("~"):
        raise ModelNotFound(
            f"'{name}' means the newest model of a family (~author/family-latest), "
            f"of which no configured provider lists one{_nearest(name, directory)}"
        )
    first, slash, model = name.partition("/")
    provider = directory.provider(first) if slash else None
    if provider:
        return _unlisted(provider, model, directory)
    for rest, _ in _stripped(name):
        if elsewhere := directory.elsewhere(rest):
            raise ModelNotFound(f"'{rest}' is served by {', '.join(elsewhere)}, of which none is on")
    if not slash:
        raise ModelNotFound(f"no configured provider lists '{name}'{_nearest(name, directory)}")
    listed = ", ".join(sorted(directory.providers))
    raise ProviderNotFound(
        f"'{first}' is no configured provider, got '{name}'; one of: {listed}{_nearest(name, directory)}"
    )


def _unlisted(provider: Provider, model: str, directory: Directory) -> Endpoint:
    name = f"{provider.name}/{model}"
    if not model:
        raise ModelNotFound(f"names no model after the slash, got '{name}'")
    if provider.models_only:
        raise ModelNotFound(f"'{provider.name}' serves no model '{model}'{_nearest(name, directory)}")
    return directory.endpoint(provider, model)


def _nearest(name: str, directory: Directory) -> str:
    """Suggests ids that can be sent as they stand."""
    near = directory.near(name)
    return f"; nearest: {', '.join(near)}" if near else ""
