"""How a saved router would share users out: counted, not drawn. Pure."""

import msgspec

from service.errors import InvalidRequest, Violation
from service.routing.saved.assignment import place_of, point_of
from service.routing.saved.compiled import CompiledRoute, CompiledRouter
from service.routing.saved.conditions import Evaluation
from service.routing.saved.facts import Facts
from service.types.chat_request import ChatRequest

MOST_USERS = 100_000
# What evaluating conditions for all of them may take at worst, in nanoseconds.
_BUDGET = 60e9


class VariantShare(msgspec.Struct, frozen=True, kw_only=True):
    """How many users a variant gets; `weight` is in percent."""

    variant_id: str
    weight: float
    users: int


class RouteShare(msgspec.Struct, frozen=True, kw_only=True):
    """How many users a route gets."""

    route_id: str
    users: int
    variants: tuple[VariantShare, ...]


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """How a router shares users out. The routes are in its order."""

    users: int
    unmatched: int
    routes: tuple[RouteShare, ...]


def simulate(router: CompiledRouter, request: ChatRequest, users: int, now: float) -> Shares:
    """Counts where users named `user-0`, `user-1`, ... go, each of whom sends the request.

    It takes about a second for the most users; conditions that do not read `user` are evaluated once.
    Raises `InvalidRequest` for too many users, or for too many with conditions that are slow.
    """
    if not 1 <= users <= MOST_USERS:
        raise InvalidRequest([Violation("users", f"must be 1 to {MOST_USERS}, got {users}")])
    counts = {route.route_id: [0] * len(route.variants) for route in router.routes}
    candidates = _candidates(router, request, now, users)
    unmatched = 0
    for number in range(users):
        user = f"user-{number}"
        route = _route(candidates, router, request, now, user)
        if route is None:
            unmatched += 1
        else:
            place = place_of(point_of(router.name, route.route_id, user), route.weights)
            counts[route.route_id][place] += 1
    return Shares(
        users=users,
        unmatched=unmatched,
        routes=tuple(_share(route, counts[route.route_id]) for route in router.routes),
    )


_Candidate = tuple[CompiledRoute, bool]


def _candidates(router: CompiledRouter, request: ChatRequest, now: float, users: int) -> list[_Candidate]:
    """The routes that any user may take; with each, whether that depends on him."""
    found: list[_Candidate] = []
    conditions = router.conditions.of(Facts(_of(request, "user-0"), now))
    time = 0.0
    for route in router.routes:
        depends = route.condition is not None and "user" in router.conditions.reads(route.condition)
        if depends:
            assert route.condition is not None  # noqa: S101 - a default depends on nobody
            time += conditions.bound(route.condition)
            if time * users > _BUDGET:
                fault = f"conditions that read user may take too long for {users} users"
                raise InvalidRequest([Violation("users", fault)])
            # As in one request, where those before it take of the same time.
            if conditions.is_within_budget(route.condition):
                found.append((route, True))
        elif route.condition is None or conditions.why_not(route.condition) is None:
            found.append((route, False))
            break
    return found


def _route(
    candidates: list[_Candidate], router: CompiledRouter, request: ChatRequest, now: float, user: str
) -> CompiledRoute | None:
    evaluation: Evaluation | None = None
    for route, depends in candidates:
        if not depends or route.condition is None:
            return route
        evaluation = evaluation or router.conditions.of(Facts(_of(request, user), now))
        if evaluation.why_not(route.condition) is None:
            return route
    return None


def _of(request: ChatRequest, user: str) -> ChatRequest:
    return msgspec.structs.replace(request, body=msgspec.structs.replace(request.body, user=user))


def _share(route: CompiledRoute, counts: list[int]) -> RouteShare:
    return RouteShare(
        route_id=route.route_id,
        users=sum(counts),
        variants=tuple(
            VariantShare(variant_id=each.variant.variant_id, weight=weight, users=users)
            for each, weight, users in zip(route.variants, route.weights, counts, strict=True)
        ),
    )
