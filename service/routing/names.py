"""From the name of a model to the endpoints that serve it. Pure: name and directory in, endpoints out."""

from collections.abc import Sequence
from typing import NamedTuple

from service.errors import ModelNotFound, NotServed, ProviderNotFound
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.types.upstream import Endpoint


class Candidates(NamedTuple):
    """The endpoints that a name means, in registry order, never none.

    `pinned` is whether the caller named the one endpoint himself, by its provider.
    """

    endpoints: Sequence[Endpoint]
    pinned: bool = False


def resolve(name: str, directory: Directory) -> Candidates:
    """Reads `provider/model` (split at the first slash), `author/model` or a bare name.

    A provider's reading comes before an author's, unless it is only the author that is known to have the
    model. A model that is not listed is sent on when its provider is named: a model newer than our data must
    work. Raises `ModelNotFound`, `ProviderNotFound`, or `NotServed` for automatic selection and routers.
    """
    if name == "auto":
        raise NotServed(["model"], "'auto' chooses by itself; name a model, or a model at a provider")
    first, slash, model = name.partition("/")
    if slash and first == "inworld":
        raise NotServed(["model"], f"'{name}' names a saved router; name a model, or a model at a provider")
    provider = directory.provider(first) if slash else None
    if provider and (here := directory.at(provider, model)):
        return Candidates(here[:1], pinned=True)
    if found := directory.serving(name):
        return Candidates(found)
    if provider is None and (elsewhere := directory.elsewhere(name)):
        raise ModelNotFound(f"'{name}' is served by {', '.join(elsewhere)}, of which none is on")
    if not slash:
        raise ModelNotFound(f"no configured provider lists '{name}'{_nearest(name, directory)}")
    if provider is None:
        listed = ", ".join(sorted(directory.providers))
        raise ProviderNotFound(
            f"'{first}' is no configured provider, got '{name}'; one of: {listed}{_nearest(name, directory)}"
        )
    return Candidates([_sent_on(provider, model, directory)], pinned=True)


def _sent_on(provider: Provider, model: str, directory: Directory) -> Endpoint:
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
