"""What routing would do with a request, and all it knows of it. Pure."""

import msgspec

from service.routing.candidates import Candidate
from service.routing.choice import Choice
from service.routing.exclusions import Exclusion
from service.routing.needs import needs_of
from service.routing.ordering import WORDS
from service.routing.reasons import chosen
from service.routing.rows import SCORES, UNKNOWN
from service.routing.saved.evaluation import Decision, NothingMatched, Unmatched
from service.types.chat_request import ChatRequest
from service.types.message import Message
from service.types.vitals import HealthView, Standing, Vitals

_MOST_EXCLUDED = 500


class Considered(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate with the numbers that were used; None is unknown.

    `place` is which of the named models it serves. `standing` is well, recovering, down or limited.
    `expected_cost` is USD for this request, `first_chance` how likely it is drawn first where price decides
    by lot, `latency` seconds to the first content, or to the end where no stream is asked for, `throughput`
    tokens per second; both and `error_rate` are measured over the last minutes, in `requests` calls.
    """

    model: str
    provider: str
    place: int
    standing: str
    expected_cost: float | None
    first_chance: float | None
    latency: float | None
    throughput: float | None
    error_rate: float | None
    requests: int
    intelligence: float | None
    coding: float | None
    math: float | None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with its reasons.

    `sorted_by` are words for the orders that rank the candidates. Token counts are what planning reckons
    with: an estimate of the prompt, the cap of the answer or a usual length. `conversation` is the key of
    the conversation that would stay with its endpoint, None where nothing stays. Of the exclusions, of which
    there are `excluded_count`, the first ones are told.

    `router`, `route_id` and `variant_id` are those of the saved router that chose, None where none did.
    `prompt` are the messages that it puts before the request's own, `unmatched` the routes that it looked at
    and did not take. Where it took none, there is no `route_id`, and `reading` is empty.
    """

    requested: str
    reading: str
    reasoning: str
    sorted_by: list[str]
    prompt_tokens: int
    answer_tokens: int
    conversation: str | None
    candidates: list[Considered]
    excluded: list[Exclusion]
    excluded_count: int
    router: str | None = None
    route_id: str | None = None
    variant_id: str | None = None
    prompt: list[Message] | None = None
    unmatched: list[Unmatched] = []


def explained(
    choice: Choice,
    health: HealthView,
    now: float,
    *,
    requested: str | None = None,
    decision: Decision | None = None,
) -> Explanation:
    """Tells a choice in full; `requested` is the caller's name, where a saved router put another there."""
    chances, routed = _chances(choice), choice.selection.routed
    return Explanation(
        requested=requested or choice.selection.requested,
        reading=choice.selection.reading,
        reasoning=_reasoning(choice),
        sorted_by=list(choice.selection.order),
        prompt_tokens=choice.needs.prompt_tokens,
        answer_tokens=choice.needs.answer_tokens,
        conversation=choice.conversation.key if choice.conversation else None,
        candidates=[_considered(each, choice, chances, health, now) for each in choice.candidates],
        excluded=list(choice.excluded[:_MOST_EXCLUDED]),
        excluded_count=len(choice.excluded),
        router=routed.router if routed else None,
        route_id=routed.route_id if routed else None,
        variant_id=routed.variant_id if routed else None,
        prompt=list(decision.prompt) if decision else None,
        unmatched=list(decision.unmatched) if decision else [],
    )


def unrouted(request: ChatRequest, error: NothingMatched) -> Explanation:
    """Tells that a saved router took no route."""
    needs = needs_of(request)
    return Explanation(
        requested=request.body.model,
        reading="",
        reasoning=error.message,
        sorted_by=[],
        prompt_tokens=needs.prompt_tokens,
        answer_tokens=needs.answer_tokens,
        conversation=None,
        candidates=[],
        excluded=[],
        excluded_count=0,
        router=error.router,
        unmatched=list(error.unmatched),
    )


def _reasoning(choice: Choice) -> str:
    if not choice.candidates:
        return "No endpoint is left that can serve this request"
    first = choice.candidates[0]
    return chosen(choice.selection, first.endpoint.id, first.place)


def _considered(
    candidate: Candidate, choice: Choice, chances: dict[str, float], health: HealthView, now: float
) -> Considered:
    name = candidate.endpoint.id
    vitals = health.vitals(name, now)
    cost = candidate.row.cost(choice.needs)
    return Considered(
        model=name,
        provider=candidate.endpoint.provider,
        place=candidate.place,
        standing=_standing(candidate, vitals),
        expected_cost=None if cost == UNKNOWN else cost,
        first_chance=chances.get(name),
        latency=vitals.wait(stream=choice.request.stream),
        throughput=vitals.throughput,
        error_rate=vitals.error_rate,
        requests=vitals.requests,
        **{metric: candidate.row.score(metric) for metric in SCORES},
    )


def _standing(candidate: Candidate, vitals: Vitals) -> str:
    well = candidate.standing is Standing.WELL
    return (Standing.RECOVERING if well and vitals.recovering else candidate.standing).name.lower()


def _chances(choice: Choice) -> dict[str, float]:
    """How likely each is drawn first, where a lot decides among the endpoints of the first model."""
    settled = choice.conversation is not None and choice.conversation.settled
    decided = bool(choice.wishes.order) or settled or choice.selection.sticky
    if decided or WORDS["drawn"] not in choice.selection.order:
        return {}
    first = [
        each
        for each in choice.candidates
        if each.standing is Standing.WELL and each.place == choice.candidates[0].place
    ]
    costs = {each.endpoint.id: each.row.cost(choice.needs) for each in first}
    free = [name for name, cost in costs.items() if cost <= 0]
    if free:
        return {name: 1 / len(free) if name in free else 0.0 for name in costs}
    weights = {name: 0.0 if cost == UNKNOWN else cost**-2 for name, cost in costs.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total else {}
