"""Whom a request asks, with which key, in which order. Pure but for the clock that it is given."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from service.dispatch.failover import Then, course_of
from service.dispatch.keys import Key, Keys
from service.errors import ProviderError
from service.health.rests import Rest
from service.types.plan import Plan, Target
from service.types.upstream import Endpoint


class Rests(Protocol):
    """Which keys are not to be used for a while."""

    def rest_of(self, provider: str, endpoint: str, key_fingerprint: str, now: float) -> Rest | None:
        """Until when a key rests, at an endpoint or its whole provider; None when it may be used."""
        ...


class Errand(NamedTuple):
    """One call to make."""

    target: Target
    key: Key


class Errands:
    """The calls of one request, in the plan's order; each target is asked with every key before the next.

    A key that rests because the provider said so is not used; one that rests by our own guess is, when
    nothing else is left. Iterating goes on after `close`, which leaves out what would fail again.
    """

    def __init__(self, plan: Plan, keys: Keys, rests: Rests, clock: Callable[[], float]) -> None:
        self._plan = plan
        self._keys = keys
        self._rests = rests
        self._clock = clock
        self._closed: set[str] = set()  # ids of endpoints, names of providers
        self._closed_keys: set[tuple[str, str]] = set()  # where, and the fingerprint
        self._twice: set[str] = set()

    def __iter__(self) -> Iterator[Errand]:
        """Each errand comes again until `close` has closed it."""
        for last_resort in (False, True):
            for target in self._plan.targets:
                for key in self._keys.take_turn(target.endpoint):
                    while self._is_open(target.endpoint, key, last_resort=last_resort):
                        yield Errand(target, key)

    def close(self, errand: Errand, failure: ProviderError) -> bool:
        """Takes a failure into account; tells whether anybody else may be asked."""
        course, endpoint = course_of(failure), errand.target.endpoint
        match course.then:
            case Then.STOP:
                return False
            case Then.KEY:
                where = endpoint.provider if course.rest == "provider" else endpoint.id
                self._closed_keys.add((where, errand.key.fingerprint))
            case Then.AGAIN if endpoint.id not in self._twice:
                self._twice.add(endpoint.id)
            case Then.AGAIN | Then.TARGET:
                self._closed.add(endpoint.id)
            case Then.PROVIDER:
                self._closed.add(endpoint.provider)
            case Then.MODEL if self._plan.refusals_fall_over:
                self._closed.update(
                    each.endpoint.id for each in self._plan.targets if self._same_model(each, errand.target)
                )
            case Then.MODEL:
                return False
        return True

    def others_left(self, target: Target) -> bool:
        """Whether there is another target to turn to."""
        return any(
            self._is_open(other.endpoint, key, last_resort=True)
            for other in self._plan.targets
            if other is not target
            for key in self._keys.of(other.endpoint)
        )

    def other_keys_left(self, errand: Errand) -> bool:
        """Whether the provider has another key to try."""
        endpoint = errand.target.endpoint
        return any(
            self._is_open(endpoint, key, last_resort=True)
            for key in self._keys.of(endpoint)
            if key.fingerprint != errand.key.fingerprint
        )

    def told_rests(self) -> dict[str, float]:
        """Providers who were not asked because they want to be left alone, with the seconds until then."""
        now = self._clock()
        seconds: dict[str, float] = {}
        for endpoint in (target.endpoint for target in self._plan.targets):
            for key in self._keys.of(endpoint):
                rest = self._rest(endpoint, key, now)
                if rest and rest.told and not self._was_closed(endpoint, key):
                    left = rest.until - now
                    seconds[endpoint.provider] = min(left, seconds.get(endpoint.provider, left))
        return seconds

    def _is_open(self, endpoint: Endpoint, key: Key, *, last_resort: bool) -> bool:
        id_ = endpoint.id
        if self._closed and (id_ in self._closed or endpoint.provider in self._closed):
            return False
        if self._closed_keys and self._was_closed(endpoint, key):
            return False
        rest = self._rest(endpoint, key, self._clock())
        return rest is None or (last_resort and not rest.told)

    def _was_closed(self, endpoint: Endpoint, key: Key) -> bool:
        places = ((endpoint.id, key.fingerprint), (endpoint.provider, key.fingerprint))
        return not self._closed_keys.isdisjoint(places)

    def _rest(self, endpoint: Endpoint, key: Key, now: float) -> Rest | None:
        return self._rests.rest_of(endpoint.provider, endpoint.id, key.fingerprint, now)

    def _same_model(self, one: Target, other: Target) -> bool:
        if self._plan.selection.reading == "auto":
            return _model(one.endpoint) == _model(other.endpoint)
        return one.place == other.place


def _model(endpoint: Endpoint) -> str:
    return endpoint.facts.model.id if endpoint.facts.model else endpoint.model
