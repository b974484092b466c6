"""Prints models in OpenAI's shape, for `/v1/models`."""

from collections.abc import Iterable
from typing import Any

from service.edge.models.listing import Offer
from service.edge.models.money import strings
from service.edge.models.parameters import supported_parameters
from service.types.price import Price


def models(offers: Iterable[Offer]) -> dict[str, Any]:
    """Prints a list."""
    return {"object": "list", "data": [model(offer) for offer in offers]}


def model(offer: Offer) -> dict[str, Any]:
    """Prints one model at one provider.

    `created` has to be a number, and is 0 when the release is unknown. What is beyond OpenAI's members is
    there when it is known; prices are as in OpenRouter's shape. `available` is false where it is not served.
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
    }
    printed |= {name: value for name, value in further.items() if value is not None}
    return printed if offer.served else printed | {"available": False}
