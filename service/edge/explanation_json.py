"""Prints an explanation as JSON. What is unknown is null."""

from typing import Any

import msgspec

from service.edge.models import money
from service.routing.exclusions import Exclusion
from service.routing.explain import Considered, Explanation
from service.types.message import Message


def explanation(told: Explanation) -> dict[str, Any]:
    """Prints all of it, the candidates in order with their positions from 1."""
    return {
        "requested": told.requested,
        "reading": told.reading,
        "reasoning": told.reasoning,
        "sorted_by": told.sorted_by,
        "prompt_tokens": told.prompt_tokens,
        "answer_tokens": told.answer_tokens,
        "conversation": told.conversation,
        "candidates": [_candidate(each, position) for position, each in enumerate(told.candidates, 1)],
        "excluded": [_exclusion(each) for each in told.excluded],
        "excluded_count": told.excluded_count,
        "router": told.router,
        "route_id": told.route_id,
        "variant_id": told.variant_id,
        "prompt": None if told.prompt is None else [_message(each) for each in told.prompt],
        "unmatched": [{"route_id": each.route_id, "reason": each.reason} for each in told.unmatched],
    }


def _candidate(known: Considered, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "model": known.model,
        "provider": known.provider,
        "standing": known.standing,
        "place": known.place,
        "expected_cost_usd": None if known.expected_cost is None else money.number(known.expected_cost),
        "first_chance": _rounded(known.first_chance, 4),
        "latency_ms": None if known.latency is None else round(known.latency * 1000, 1),
        "throughput_tokens_per_second": _rounded(known.throughput, 1),
        "error_rate": _rounded(known.error_rate, 4),
        "requests": known.requests,
        "scores": {"intelligence": known.intelligence, "coding": known.coding, "math": known.math},
    }


def _exclusion(known: Exclusion) -> dict[str, Any]:
    return {"model": known.endpoint, "rule": known.rule, "field": known.field, "reason": known.reason}


def _message(message: Message) -> dict[str, Any]:
    """A message as a chat has it: what it does not say is not there, but for the content."""
    said: dict[str, Any] = _without_nulls(msgspec.to_builtins(message))
    return {"role": said.pop("role"), "content": None} | said


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
