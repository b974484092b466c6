"""Prints an explanation as a message. What is unknown is absent."""

from pointsman.v1 import (
    content_part_pb2,
    explanation_pb2,
    message_pb2,
    model_pb2,
    role_pb2,
    tool_call_pb2,
)
from service.edge.typed_request import rename
from service.routing.exclusions import Exclusion
from service.routing.explain import Considered, Explanation
from service.types.message import Message


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
        router=told.router,
        route_id=told.route_id,
        variant_id=told.variant_id,
        prompt=[_message(each) for each in told.prompt or ()],
        unmatched=[
            explanation_pb2.UnmatchedRoute(route_id=each.route_id, reason=each.reason)
            for each in told.unmatched
        ],
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


def _message(message: Message) -> message_pb2.Message:
    """A message of a router's templates: texts and tool calls."""
    content = message.content
    return message_pb2.Message(
        role=role_pb2.Role.Value(f"ROLE_{message.role.upper()}"),
        content=content if isinstance(content, str) else None,
        parts=[content_part_pb2.ContentPart(text=part.text or "") for part in content]
        if isinstance(content, list)
        else (),
        tool_calls=[
            tool_call_pb2.ToolCall(
                id=call.id,
                type=call.type,
                function=tool_call_pb2.FunctionCall(
                    name=call.function.name, arguments=call.function.arguments
                )
                if call.function
                else None,
            )
            for call in message.tool_calls or ()
        ],
        tool_call_id=message.tool_call_id,
    )
