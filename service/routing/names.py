"""From the name of a model to the endpoint that serves it. Pure: name and providers in, plan out."""

from collections.abc import Mapping
from difflib import get_close_matches

from service.errors import ModelNotFound, NotServed, ProviderNotFound
from service.providers.provider import Provider
from service.types.plan import Plan

_NEAREST = 3
_LONGEST_COMPARED = 100


def resolve(name: str, providers: Mapping[str, Provider]) -> Plan:
    """Reads `provider/model` (split at the first slash), or a bare name that one provider lists.

    A provider's name may be spelt in capitals; the endpoint has its own spelling.

    A model that is not listed is sent on when its provider is named: a model newer than our data must
    work. Raises `ModelNotFound`, `ProviderNotFound`, or `NotServed` for automatic selection and routers.
    """
    if name == "auto":
        raise NotServed(["model"], "'auto' chooses by itself; name a model, or a model at a provider")
    provider, slash, model = name.partition("/")
    if slash and provider == "inworld":
        raise NotServed(["model"], f"'{name}' names a saved router; name a model, or a model at a provider")
    if slash:
        endpoint = _at_provider(provider, model, providers).endpoint(model)
    else:
        endpoint = _bare(name, providers).endpoint(name)
    return Plan(endpoint, f"Using specified model: '{endpoint.id}'")


def _at_provider(name: str, model: str, providers: Mapping[str, Provider]) -> Provider:
    provider = providers.get(name) or providers.get(name.lower())
    if provider is None:
        listed = ", ".join(sorted(providers))
        hint = _nearest(f"{name}/{model}", providers)
        raise ProviderNotFound(
            f"'{name}' is no configured provider, got '{name}/{model}'; one of: {listed}{hint}"
        )
    if not model:
        raise ModelNotFound(f"names no model after the slash, got '{name}/'")
    if provider.models_only and model not in provider.models:
        raise ModelNotFound(f"'{name}' serves no model '{model}'{_nearest(f'{name}/{model}', providers)}")
    return provider


def _bare(name: str, providers: Mapping[str, Provider]) -> Provider:
    found = [p for p in providers.values() if name in p.models and not p.by_name_only]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(f"{provider.name}/{name}" for provider in found)
        raise ModelNotFound(f"'{name}' is listed by several providers; name one: {choices}")
    raise ModelNotFound(f"no configured provider lists '{name}'{_nearest(name, providers)}")


def _nearest(name: str, providers: Mapping[str, Provider]) -> str:
    """Suggests ids that can be sent as they stand: near as a whole, or near in their model part."""
    if len(name) > _LONGEST_COMPARED:
        return ""
    ids = [f"{provider.name}/{model}" for provider in providers.values() for model in provider.models]
    by_model: dict[str, list[str]] = {}
    for model_id in ids:
        by_model.setdefault(model_id.partition("/")[2], []).append(model_id)
    near = get_close_matches(name, ids, _NEAREST)
    for model in get_close_matches(name, by_model, _NEAREST) + get_close_matches(
        name.rpartition("/")[2], by_model, _NEAREST
    ):
        near += by_model[model]
    unique = list(dict.fromkeys(near))[:_NEAREST]
    return f"; nearest: {', '.join(unique)}" if unique else ""
