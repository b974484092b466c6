"""What a saved router makes of a request: a route, a variant, and the request that is sent on. Pure.

What the request says itself wins over the variant (Inworld 4.1, where that is not told).
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Raw

from service.errors import InvalidRequest, NoRoute, NotServed, Violation
from service.routing.saved.assignment import place_of, point_of
from service.routing.saved.compiled import CompiledRoute, CompiledRouter, CompiledVariant
from service.routing.saved.facts import Facts
from service.routing.saved.templates import Filled
from service.types.chat_request import ChatRequest
from service.types.message import Message
from service.types.plan import Routed
from service.types.routing_options import Reasoning, Sort
from service.types.saved_router import GenerationConfig, ModelSelection, SortKey

Draw = Callable[[], float]
_T = TypeVar("_T", bound=msgspec.Struct)
_WHOLE = 100.0
# What a variant may say of generation under the name of the request's own member.
_PLAIN = (
    "temperature",
    "top_p",
    "repetition_penalty",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "logit_bias",
)
_SELECTION = ("models", "ignore", "provider", "fallback")
_LOWEST_FIRST = ("price", "latency")
_raws = msgspec.json.Decoder(list[Raw])


class Unmatched(msgspec.Struct, frozen=True):
    """A route that was looked at and not taken; the reason is in words for people."""

    route_id: str
    reason: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a router decided: `request` is what is asked now, `prompt` the messages put before its own."""

    routed: Routed
    request: ChatRequest
    prompt: tuple[Message, ...]
    unmatched: tuple[Unmatched, ...]


class NothingMatched(NoRoute):
    """No route of a router was taken; `unmatched` says why none was."""

    def __init__(self, router: str, unmatched: tuple[Unmatched, ...]) -> None:
        super().__init__()
        self.router = router
        self.unmatched = unmatched


def untold(_: Routed) -> None:
    """Tells nobody."""


def decide(
    router: CompiledRouter,
    request: ChatRequest,
    now: float,
    draw: Draw,
    told: Callable[[Routed], None] = untold,
) -> Decision:
    """Takes the first route whose condition is true, and one of its variants.

    `now` is Unix seconds, `draw` gives numbers from 0 to below 1 for requests without a user. `told` is told
    of the variant, before anything that it asks for can fail.
    Raises `NothingMatched`, `InvalidRequest` for prompt variables that are missing, and `NotServed` for a
    variant with something that nothing serves yet.
    """
    route, unmatched = route_of(router, request, now)
    if route is None:
        raise NothingMatched(router.name, unmatched)
    user = request.body.user
    point = point_of(router.name, route.route_id, user) if user else draw() * _WHOLE
    chosen = route.variants[place_of(point, route.weights)]
    routed = Routed(router.name, route.route_id, chosen.variant.variant_id)
    told(routed)
    if chosen.unserved:
        raise NotServed(chosen.unserved, f"{words_of(routed)} has it")
    try:
        filled = chosen.prompt.filled(request.routing.prompt_variables or {})
    except InvalidRequest as error:
        where = f" ({words_of(routed)})"
        faults = [Violation(each.field, each.description + where) for each in error.violations]
        raise InvalidRequest(faults) from None
    return Decision(
        routed=routed,
        request=_asked(request, chosen, filled),
        prompt=filled.messages,
        unmatched=unmatched,
    )


def words_of(routed: Routed) -> str:
    """Names what a saved router chose."""
    return f"variant '{routed.variant_id}' of route '{routed.route_id}' of router '{routed.router}'"


def route_of(
    router: CompiledRouter, request: ChatRequest, now: float
) -> tuple[CompiledRoute | None, tuple[Unmatched, ...]]:
    """The route that a request takes, None for none, and those before it."""
    conditions = router.conditions.of(Facts(request, now))
    unmatched: list[Unmatched] = []
    for route in router.routes:
        why = None if route.condition is None else conditions.why_not(route.condition)
        if why is None:
            return route, tuple(unmatched)
        unmatched.append(Unmatched(route.route_id, why))
    return None, tuple(unmatched)


def _asked(request: ChatRequest, chosen: CompiledVariant, filled: Filled) -> ChatRequest:
    """The request as the variant has it sent."""
    variant = chosen.variant
    said: dict[str, Any] = {"model": variant.model_id}
    sent: dict[str, Any] = {}
    routing = request.routing
    reasoning = request.reasoning
    if chosen.config:
        said |= _generation(request, chosen.config)
        sent = dict(said)
        if chosen.config.reasoning:
            reasoning = _thinking(request, chosen.config.reasoning)
    searches = "web_search_options" in request.members or routing.web_search is not None
    if variant.web_search_options is not None and not searches:
        said["web_search_options"] = variant.web_search_options
        sent["web_search_options"] = _without_nulls(msgspec.to_builtins(variant.web_search_options))
    members = dict(request.members)
    for name, value in (sent | {"model": variant.model_id}).items():
        members[name] = Raw(msgspec.json.encode(value))
    if filled.messages:
        said["messages"] = [*filled.messages, *request.body.messages]
        own = _raws.decode(request.members["messages"])
        members["messages"] = Raw(msgspec.json.encode([*filled.raw, *own]))
    if variant.model_selection:
        routing = msgspec.structs.replace(routing, **_selection(request, variant.model_selection))
    return msgspec.structs.replace(
        request,
        body=msgspec.structs.replace(request.body, **said),
        members=members,
        routing=routing,
        reasoning=reasoning,
    )


def _generation(request: ChatRequest, config: GenerationConfig) -> dict[str, Any]:
    """Members of the body that a config adds."""
    body = request.body
    found = {
        name: value
        for name in _PLAIN
        if (value := getattr(config, name)) is not None and getattr(body, name) is None
    }
    if config.max_tokens is not None and request.cap is None:
        found["max_tokens"] = config.max_tokens
    if config.stop_sequences is not None and body.stop is None:
        found["stop"] = config.stop_sequences
    return found


def _thinking(request: ChatRequest, own: Reasoning) -> Reasoning:
    """How to think: what the request says of it, and the rest as the variant has it."""
    body, said = request.body, request.reasoning
    if said is None:
        said = Reasoning(effort=None if body.reasoning_effort == "default" else body.reasoning_effort)
    if said.exclude is None and body.include_reasoning is not None:
        said = msgspec.structs.replace(said, exclude=not body.include_reasoning)
    if (said.effort, said.max_tokens, said.enabled) != (None, None, None):
        # How much is one thing, in whichever way it is said.
        own = msgspec.structs.replace(own, effort=None, max_tokens=None, enabled=None)
    return _joined(said, own)


def _joined(first: _T, second: _T) -> _T:
    """What the first says, and what the second says of other things."""
    found = {name: getattr(first, name) for name in first.__struct_fields__}
    return msgspec.structs.replace(second, **{name: each for name, each in found.items() if each is not None})


def _selection(request: ChatRequest, selection: ModelSelection) -> dict[str, Any]:
    """Routing options that a selection adds."""
    said = request.routing
    found: dict[str, Any] = {name: getattr(selection, name) for name in _SELECTION}
    if selection.sort is not None and not (said.provider and said.provider.sort):
        found["sort"] = [_order(each) for each in selection.sort]
    found = {
        name: value for name, value in found.items() if value is not None and getattr(said, name) is None
    }
    if selection.provider and said.provider:
        # A restriction of the router's holds unless the request says another; an order is no restriction.
        own, chosen = selection.provider, said.provider
        if chosen.order or chosen.only or chosen.sort:
            own = msgspec.structs.replace(own, order=None, allow_fallbacks=None, sort=None)
        found["provider"] = _joined(chosen, own)
    return found


def _order(key: SortKey) -> Sort:
    """The word for an order; one that begins with a minus is the other way round."""
    word = key.metric.removeprefix("SORT_METRIC_").lower()
    ascends = word in _LOWEST_FIRST
    turned = key.direction == f"SORT_DIRECTION_{'DESCENDING' if ascends else 'ASCENDING'}"
    return cast("Sort", f"-{word}" if turned else word)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return value
