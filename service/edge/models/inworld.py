"""Prints models in Inworld's shape, for `/llm/v1alpha/models` (Inworld 5)."""

from collections.abc import Iterable
from typing import Any

from service.dialects.supported import efforts, supported_parameters
from service.edge.models.listing import Offer
from service.edge.models.money import per_token
from service.types.facts import Facts
from service.types.price import Price


def models(offers: Iterable[Offer]) -> dict[str, Any]:
    """Prints a list."""
    return {"models": [_model(offer) for offer in offers]}


def _model(offer: Offer) -> dict[str, Any]:
    """Members whose value is unknown are left out: a null would count as 0, or as false, in JavaScript."""
    facts = offer.facts
    printed: dict[str, Any] = {
        "model": offer.endpoint.model,
        "provider": offer.endpoint.provider,
        "modelCreator": facts.model.author if facts.model else offer.endpoint.provider,
        "pricing": _pricing(facts.price or Price()),
        "spec": _stated(
            {
                "inputModalities": facts.input_modalities or [],
                "outputModalities": facts.output_modalities or [],
                "contextLength": facts.context_length,
                "maxCompletionTokens": facts.max_completion_tokens,
                "supportedParameters": supported_parameters(offer.endpoint),
                "capabilities": _capabilities(offer, facts),
            }
        ),
        "isSupported": offer.served,
    }
    return printed


def _pricing(price: Price) -> dict[str, float]:
    """US dollars per token as numbers, each under the name of the documents and of the newer client."""
    told = {"prompt": price.prompt, "completion": price.completion}
    known = {name: float(per_token(amount)) for name, amount in told.items() if amount is not None}
    return known | {f"{name}Token": amount for name, amount in known.items()}


def _capabilities(offer: Offer, facts: Facts) -> dict[str, Any]:
    modalities = facts.input_modalities
    levels = [f"EFFORT_{effort.upper()}" for effort in efforts(offer.endpoint)]
    return _stated(
        {
            "functionCalling": facts.tools,
            "webSearch": facts.web_search,
            "reasoning": facts.reasoning,
            "promptCaching": facts.prompt_caching,
            "responseSchema": facts.structured_outputs,
            "vision": None if modalities is None else "image" in modalities,
            "reasoningCapability": None
            if facts.reasoning is None
            else {"supported": facts.reasoning, "supportedLevels": levels if facts.reasoning else []},
        }
    )


def _stated(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
