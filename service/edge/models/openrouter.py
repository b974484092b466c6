"""Prints models, endpoints and providers in OpenRouter's shapes, for `/api/v1` (OpenRouter A11).

Members that OpenRouter's own SDK requires are there though unknown, as null where it takes null. Where it
does not, the unknown is what OpenRouter has for it: the price "-1", an empty text, the number 0 for a release
or a context. A price of "0" is free.

Measurements are those of the last five minutes, the only ones that are kept, whatever a member's name says of
its window; uptimes of longer ones are null. Latency is in seconds, as `preferred_max_latency` is.
"""

from collections.abc import Iterable
from typing import Any

from service.dialects.supported import efforts, supported_parameters
from service.edge.models.listing import Listed, Offer
from service.edge.models.measured import Measured, Measurements
from service.edge.models.money import strings
from service.providers.provider import Provider
from service.providers.rows import ROWS
from service.types.facts import Model
from service.types.price import Price
from service.types.vitals import Percentiles

_UNKNOWN_PRICE = "-1"
# What OpenRouter's further numbers mean is not published.
_WELL, _RESTS = 0, -5
# What the registry states of a provider; of one that an operator added, nothing.
_ABOUT = ("privacy_policy_url", "terms_of_service_url", "status_page_url", "headquarters", "datacenters")


def model(listed: Listed) -> dict[str, Any]:
    """Prints a model; what depends on the endpoint is the first one's."""
    first = listed.offers[0].facts
    known = listed.model or Model(id=listed.id)
    printed: dict[str, Any] = {
        "id": listed.id,
        "canonical_slug": listed.id,
        "name": listed.name,
        "created": known.created or 0,
        "description": "",
        "context_length": listed.context_length,
        "architecture": _architecture(listed),
        "pricing": _pricing(listed.price),
        "top_provider": {
            "context_length": first.context_length,
            "max_completion_tokens": first.max_completion_tokens,
            "is_moderated": False,
        },
        "per_request_limits": None,
        "supported_parameters": listed.parameters,
        "default_parameters": None,
        "supported_voices": None,
        "hugging_face_id": known.hugging_face_id,
        "knowledge_cutoff": known.knowledge_cutoff,
        "expiration_date": None,
        "links": {"details": f"/api/v1/models/{listed.id}/endpoints"},
    }
    scores = {"intelligence": known.intelligence, "coding": known.coding, "math": known.math}
    if ranked := {name: score for name, score in scores.items() if score is not None}:
        printed["scores"] = ranked
    reasoning = next((offer for offer in listed.offers if offer.facts.reasoning), None)
    if reasoning:
        printed["reasoning"] = _reasoning(reasoning)
    return _marked(printed, served=any(offer.served for offer in listed.offers))


def endpoints(listed: Listed, measurements: Measurements) -> dict[str, Any]:
    """Prints a model with all its endpoints and how they do."""
    printed = model(listed)
    return {
        **{name: printed[name] for name in ("id", "name", "created", "description", "architecture")},
        "endpoints": [
            _endpoint(offer, listed, measurements.of(offer.endpoint.id)) for offer in listed.offers
        ],
    }


def providers(those: Iterable[tuple[Provider, bool]]) -> list[dict[str, Any]]:
    """Prints providers, each with whether it is on."""
    return [_provider(provider, served=served) for provider, served in those]


def _endpoint(offer: Offer, listed: Listed, measured: Measured | None) -> dict[str, Any]:
    facts, slug = offer.facts, offer.provider.name
    title = offer.provider.title or slug
    price = facts.price or Price()
    printed: dict[str, Any] = {
        "name": f"{title} | {listed.id}",
        "model_id": listed.id,
        "model_name": listed.name,
        "provider_name": title,
        "tag": f"{slug}/{facts.quantization}" if facts.quantization else slug,
        "context_length": facts.context_length or 0,
        "max_completion_tokens": facts.max_completion_tokens,
        "max_prompt_tokens": facts.max_prompt_tokens,
        "pricing": _pricing(price),
        "quantization": facts.quantization,
        "supported_parameters": supported_parameters(offer.endpoint),
        # Caching that must be asked for is caching whose writes cost extra.
        "supports_implicit_caching": bool(facts.prompt_caching) and price.input_cache_write is None,
        "supports_tool_choice": dict.fromkeys(("none", "auto", "required", "function"), bool(facts.tools)),
        "supports_diarization": False,
        "native_tools": {},
        "service_tier": None,
        **_measurements(measured),
    }
    return _marked(printed, served=offer.served)


def _measurements(known: Measured | None) -> dict[str, Any]:
    """An uptime is the percentage of calls that did not fail; being asked for fewer is no failure."""
    failed = known.error_rate if known else None
    return {
        "status": _RESTS if known and known.rests else _WELL,
        "uptime_last_5m": None if failed is None else round(100 * (1 - failed), 2),
        "uptime_last_30m": None,
        "uptime_last_1d": None,
        "latency_last_30m": _percentiles(known.latency if known else None),
        "throughput_last_30m": _percentiles(known.throughput if known else None),
    }


def _percentiles(known: Percentiles | None) -> dict[str, float] | None:
    if known is None:
        return None
    return {name: round(getattr(known, name), 3) for name in known.__struct_fields__}


def _provider(provider: Provider, *, served: bool) -> dict[str, Any]:
    row = ROWS.get(provider.catalog)
    printed: dict[str, Any] = {
        "name": provider.title or provider.name,
        "slug": provider.name,
        **{name: getattr(row, name) if row else None for name in _ABOUT},
    }
    return _marked(printed, served=served)


def _architecture(listed: Listed) -> dict[str, Any]:
    taken, made = listed.input_modalities, listed.output_modalities
    return {
        "input_modalities": taken,
        "output_modalities": made,
        "modality": f"{'+'.join(taken)}->{'+'.join(made)}" if taken and made else None,
        "tokenizer": None,
        "instruct_type": None,
    }


def _pricing(price: Price) -> dict[str, Any]:
    printed: dict[str, Any] = {"prompt": _UNKNOWN_PRICE, "completion": _UNKNOWN_PRICE, **strings(price)}
    if price.tiers:
        printed["overrides"] = [
            {"min_prompt_tokens": tier.min_prompt_tokens, **strings(tier)} for tier in price.tiers
        ]
    return printed


def _reasoning(offer: Offer) -> dict[str, Any]:
    levels = efforts(offer.endpoint)
    return {
        "mandatory": offer.facts.thinking_off is False,
        "supported_efforts": levels[::-1] or None,
        "supports_max_tokens": offer.facts.budget is not None,
    }


def _marked(printed: dict[str, Any], *, served: bool) -> dict[str, Any]:
    """Marks what is listed only because everything was asked for."""
    return printed if served else printed | {"available": False}
