"""What routing has decided for a request, with all that led to it. Pure."""

from collections.abc import Sequence

import msgspec

from service.routing.candidates import Candidate
from service.routing.conversation import Conversation
from service.routing.exclusions import Exclusion
from service.routing.needs import Needs
from service.routing.wishes import Wishes
from service.types.chat_request import ChatRequest
from service.types.flavour import Flavour
from service.types.metadata import Warning  # noqa: A004 - the contract's word
from service.types.plan import Plan, Selection, Target

_FOR_ROUTERS = "only saved routers read it"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """All that led to a plan: for the plan itself, and for those who ask why (`explain`)."""

    request: ChatRequest
    needs: Needs
    wishes: Wishes
    conversation: Conversation | None
    candidates: Sequence[Candidate]
    excluded: Sequence[Exclusion]
    selection: Selection


def plan_of(choice: Choice, flavour: Flavour) -> Plan:
    """The part of it that dispatch needs; there must be a candidate."""
    fallback = choice.request.routing.fallback
    return Plan(
        request=choice.request,
        targets=tuple(_target(each, choice.request) for each in choice.candidates),
        selection=choice.selection,
        ttft_timeout=fallback.ttft_seconds if fallback else None,
        refusals_fall_over=flavour.refusals_fall_over,
        conversation=choice.conversation.key if choice.conversation else None,
        warnings=_warnings(choice),
    )


def _warnings(choice: Choice) -> tuple[Warning, ...]:
    """Options that mean nothing here."""
    routing, unknown = choice.request.routing, choice.wishes.unknown
    if not unknown and routing.metadata is None and routing.prompt_variables is None:
        return ()
    faults = [
        (field, f"'{name}' is no provider that is on, and no model it serves") for field, name in unknown
    ]
    if choice.selection.routed is None:
        if routing.prompt_variables:
            faults.append(("prompt_variables", _FOR_ROUTERS))
        if routing.metadata:
            faults.append(("extra_body.metadata", _FOR_ROUTERS))
    requested = choice.selection.requested
    return tuple(Warning(param=field, model=requested, reason=reason) for field, reason in faults)


def _target(candidate: Candidate, request: ChatRequest) -> Target:
    asked = candidate.entry.request
    return Target(candidate.endpoint, candidate.place, None if asked is request else asked)
