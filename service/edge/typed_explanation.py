"""Prints an explanation as a message. What is unknown is absent."""

from pointsman.v1 import explanation_pb2, model_pb2
from service.edge.typed_request import rename
from service.routing.exclusions import Exclusion
from service.routing.explain import Considered, Explanation


def explanation(told: Explanation) -> explanation_pb2.Explanation:
    """Prints all of it, fields by their names in the typed request."""
    return explanation_pb2.Explanation(
        requested=told.requested,
        reading=told.reading,
        reasoning=told.reasoning,
        sorted_by=told.sorted_by,
        prompt_tokens=told.prompt_tokens,
        answer_tokens=told.answer_tokens,
        conversation=told.conversation,
        candidates=[_candidate(each, position) for position, each in enumerate(told.candidates, 1)],
        excluded=[_exclusion(each) for each in told.excluded],
        excluded_count=told.excluded_count,
    )


def _candidate(known: Considered, position: int) -> explanation_pb2.Candidate:
    ranked = (known.intelligence, known.coding, known.math) != (None, None, None)
    return explanation_pb2.Candidate(
        position=position,
        model=known.model,
        provider=known.provider,
        standing=known.standing,
        place=known.place,
        expected_cost_usd=known.expected_cost,
        first_chance=known.first_chance,
        latency_ms=None if known.latency is None else known.latency * 1000,
        throughput_tokens_per_second=known.throughput,
        error_rate=known.error_rate,
        requests=known.requests,
        scores=model_pb2.ModelScores(intelligence=known.intelligence, coding=known.coding, math=known.math)
        if ranked
        else None,
    )


def _exclusion(known: Exclusion) -> explanation_pb2.Exclusion:
    return explanation_pb2.Exclusion(
        model=known.endpoint, rule=known.rule, field=rename(known.field), reason=known.reason
    )
