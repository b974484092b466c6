"""Prints models as messages of ModelService."""

from decimal import Decimal
from typing import Any

from pointsman.v1 import model_pb2
from service.dialects.supported import efforts, supported_parameters
from service.edge.models.listing import Offer
from service.edge.models.measured import Measured
from service.edge.models.money import plain
from service.health.slices import WINDOW_SECONDS
from service.types.facts import Facts, Model
from service.types.price import Price, PriceTier
from service.types.vitals import Percentiles


def model(offer: Offer, measured: Measured | None = None) -> model_pb2.Model:
    """Prints one model at one provider; what is unknown is absent."""
    facts, endpoint = offer.facts, offer.endpoint
    return model_pb2.Model(
        id=endpoint.id,
        provider=endpoint.provider,
        provider_model=endpoint.model,
        served=offer.served,
        context_length=facts.context_length,
        max_prompt_tokens=facts.max_prompt_tokens,
        max_completion_tokens=facts.max_completion_tokens,
        capabilities=_capabilities(offer, facts),
        pricing=_pricing(facts.price or Price()),
        quantization=facts.quantization,
        zero_data_retention=facts.zdr,
        may_train=facts.trains,
        regions=facts.regions or (),
        measured=_measured(measured),
        **_behind(facts.model),
    )


def _behind(known: Model | None) -> dict[str, Any]:
    if known is None:
        return {}
    ranked = (known.intelligence, known.coding, known.math) != (None, None, None)
    return {
        "canonical_id": known.id,
        "display_name": known.name,
        "author": known.author,
        "created": known.created,
        "knowledge_cutoff": known.knowledge_cutoff,
        "open_weights": known.open_weights,
        "hugging_face_id": known.hugging_face_id,
        "scores": model_pb2.ModelScores(intelligence=known.intelligence, coding=known.coding, math=known.math)
        if ranked
        else None,
    }


def _capabilities(offer: Offer, facts: Facts) -> model_pb2.ModelCapabilities:
    return model_pb2.ModelCapabilities(
        input_modalities=facts.input_modalities or (),
        output_modalities=facts.output_modalities or (),
        supported_parameters=supported_parameters(offer.endpoint),
        tools=facts.tools,
        structured_outputs=facts.structured_outputs,
        reasoning=facts.reasoning,
        reasoning_efforts=efforts(offer.endpoint),
        prompt_caching=facts.prompt_caching,
        web_search=facts.web_search,
    )


def _measured(known: Measured | None) -> model_pb2.ModelMeasurements | None:
    if known is None or not known.asked:
        return None
    return model_pb2.ModelMeasurements(
        window_seconds=int(WINDOW_SECONDS),
        standing=known.standing.name.lower(),
        requests=known.requests,
        error_rate=known.error_rate,
        latency_ms=_percentiles(known.latency, 1000),
        throughput=_percentiles(known.throughput, 1),
    )


def _percentiles(known: Percentiles | None, factor: float) -> model_pb2.MeasuredPercentiles | None:
    if known is None:
        return None
    return model_pb2.MeasuredPercentiles(
        **{name: getattr(known, name) * factor for name in known.__struct_fields__}
    )


def _pricing(price: Price) -> model_pb2.ModelPricing:
    tiers = [
        model_pb2.ModelPriceTier(min_prompt_tokens=tier.min_prompt_tokens, **_amounts(tier))
        for tier in price.tiers
    ]
    return model_pb2.ModelPricing(**_amounts(price), tiers=tiers)


def _amounts(price: Price | PriceTier) -> dict[str, Any]:
    named = {name: getattr(price, name) for name in price.__struct_fields__}
    return {name: plain(amount) for name, amount in named.items() if isinstance(amount, Decimal)}
