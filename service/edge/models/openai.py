"""Prints models in OpenAI's shape, for `/v1/models`."""

from collections.abc import Iterable
from typing import Any

from service.dialects.supported import supported_parameters
from service.edge.models.listing import Offer
from service.edge.models.measured import Measured, Measurements
from service.edge.models.money import strings
from service.health.slices import WINDOW_SECONDS
from service.types.price import Price
from service.types.vitals import Percentiles


def models(offers: Iterable[Offer], measurements: Measurements) -> dict[str, Any]:
    """Prints a list."""
    data = [model(offer, measurements.of(offer.endpoint.id)) for offer in offers]
    return {"object": "list", "data": data}


def model(offer: Offer, measured: Measured | None = None) -> dict[str, Any]:
    """Prints one model at one provider.

    `created` has to be a number, and is 0 when the release is unknown. What is beyond OpenAI's members is
    there when it is known; prices are as in OpenRouter's shape. `measured` is there where it was
    asked lately. `available` is false where it is not served.
    """
    facts = offer.facts
    known = facts.model
    printed: dict[str, Any] = {
        "id": offer.endpoint.id,
        "object": "model",
        "created": (known and known.created) or 0,
        "owned_by": known.author if known else offer.endpoint.provider,
    }
    further = {
        "name": known and known.name,
        "canonical_id": known and known.id,
        "context_length": facts.context_length,
        "max_completion_tokens": facts.max_completion_tokens,
        "input_modalities": facts.input_modalities,
        "output_modalities": facts.output_modalities,
        "supported_parameters": supported_parameters(offer.endpoint),
        "pricing": strings(facts.price or Price()) or None,
        "measured": _measured(measured) if measured and measured.asked else None,
    }
    printed |= {name: value for name, value in further.items() if value is not None}
    return printed if offer.served else printed | {"available": False}


def _measured(known: Measured) -> dict[str, Any]:
    """Times in milliseconds, speed in tokens per second; what is unknown is left out."""
    told = {
        "window_seconds": int(WINDOW_SECONDS),
        "standing": known.standing.name.lower(),
        "requests": known.requests,
        "error_rate": None if known.error_rate is None else round(known.error_rate, 4),
        "latency_ms": known.latency and _percentiles(known.latency, 1000),
        "throughput": known.throughput and _percentiles(known.throughput, 1),
    }
    return {name: value for name, value in told.items() if value is not None}


def _percentiles(known: Percentiles, factor: float) -> dict[str, float]:
    return {name: round(getattr(known, name) * factor, 1) for name in known.__struct_fields__}
