"""Whom a request asks, with which key, in which order. Pure but for the clock that it is given."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from service.dispatch.endings import Pause, Unasked
from service.dispatch.failover import Then, course_of
from service.dispatch.keys import Key, Keys
from service.errors import ProviderError
from service.health.rests import Rest
from service.types.plan import Plan, Target
from service.types.upstream import Endpoint


class Health(Protocol):
    """How keys and endpoints are doing."""

    def rest_of(self, provider: str, endpoint: str, key_fingerprint: str, now: float) -> Rest | None:
        """Until when a key rests, at an endpoint or its whole provider; None when it may be used."""
        ...

    def probing(self, endpoint: str, now: float) -> None:
        """Notes that a call of an endpoint that recovers begins: others wait for what it tells."""
        ...


class Errand(NamedTuple):
    """One call to make. `note` tells it from others of the same endpoint; empty where there is no need."""

    target: Target
    key: Key
    note: str = ""


class Errands:
    """The calls of one request, at most so many, in the plan's order: a target's keys before the next target.

    Every target is kept one call: another key, or a second try, takes only what the others leave. A key that
    rests because the provider said so is not used; one that rests by our own guess is, when nothing else is
    left. Iterating goes on after `begin` and `close`, which leaves out what would fail again.
    """

    def __init__(
        self, plan: Plan, keys: Keys, health: Health, clock: Callable[[], float], *, most: int
    ) -> None:
        self._plan = plan
        self._keys = keys
        self._health = health
        self._clock = clock
        self._left = most
        self._called: dict[str, set[str]] = {}  # fingerprints, by the endpoint's id
        self._closed: set[str] = set()  # ids of endpoints, names of providers
        self._closed_keys: set[tuple[str, str]] = set()  # where, and the fingerprint
        self._twice: set[str] = set()

    def __iter__(self) -> Iterator[Errand]:
        """Each errand comes again until `close` has closed it; what is taken must be begun."""
        for last_resort in (False, True):
            for target in self._plan.targets:
                for key in self._keys.take_turn(target.endpoint):
                    while self._is_affordable(target.endpoint) and self._is_open(
                        target.endpoint, key, last_resort=last_resort
                    ):
                        yield Errand(target, key, self._note(target.endpoint, key))

    def begin(self, errand: Errand) -> None:
        """Notes that the call is made."""
        endpoint = errand.target.endpoint.id
        self._left -= 1
        self._called.setdefault(endpoint, set()).add(errand.key.fingerprint)
        self._health.probing(endpoint, self._clock())

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
                self._left += 1  # nobody was asked
                self._closed.add(endpoint.provider)
            case Then.MODEL if self._plan.refusals_fall_over:
                self._closed.update(
                    each.endpoint.id for each in self._plan.targets if self._same_model(each, errand.target)
                )
            case Then.MODEL:
                return False
        return True

    def others_left(self, target: Target) -> bool:
        """Whether there is another target to turn to, and a call left for it after this one."""
        return self._left > 1 and any(
            self._may_be_asked(other.endpoint) for other in self._plan.targets if other is not target
        )

    def other_keys_left(self, errand: Errand) -> bool:
        """Whether the provider has another key to try."""
        endpoint = errand.target.endpoint
        return any(
            self._is_open(endpoint, key, last_resort=True)
            for key in self._keys.of(endpoint)
            if key.fingerprint != errand.key.fingerprint
        )

    def used_up(self) -> bool:
        """Whether somebody could still be asked, but no call is left."""
        return not self._left and any(self._may_be_asked(each.endpoint) for each in self._plan.targets)

    def unasked(self) -> Sequence[Unasked]:
        """The targets that were not asked, in the plan's order; a pause is told of those who wanted one."""
        now = self._clock()
        return [
            Unasked(target.endpoint.id, self._pause(target.endpoint, now))
            for target in self._plan.targets
            if target.endpoint.id not in self._called
        ]

    def pauses(self) -> Mapping[str, Pause]:
        """The shortest pause of each provider that asked for one, where that kept a key from being used."""
        now = self._clock()
        pauses: dict[str, Pause] = {}
        for endpoint in (target.endpoint for target in self._plan.targets):
            if pause := self._pause(endpoint, now):
                known = pauses.get(endpoint.provider)
                pauses[endpoint.provider] = known.with_(pause) if known else pause
        return pauses

    def _pause(self, endpoint: Endpoint, now: float) -> Pause | None:
        """The shortest that a provider wants of the keys that were not used at an endpoint."""
        pause: Pause | None = None
        for key in self._keys.of(endpoint):
            rest = self._rest(endpoint, key, now)
            if rest and rest.told and not self._was_closed(endpoint, key):
                this = Pause(math.ceil(rest.until - now), limit=rest.limit)
                pause = pause.with_(this) if pause else this
        return pause

    def _is_affordable(self, endpoint: Endpoint) -> bool:
        """Whether a call is left for it, when all who were not asked yet are kept one."""
        return self._left > 0 and (endpoint.id not in self._called or self._left > self._kept())

    def _kept(self) -> int:
        """How many were not asked yet and may be."""
        waiting = {each.endpoint.id: each.endpoint for each in self._plan.targets}
        return sum(
            self._may_be_asked(endpoint) for id_, endpoint in waiting.items() if id_ not in self._called
        )

    def _may_be_asked(self, endpoint: Endpoint) -> bool:
        return any(self._is_open(endpoint, key, last_resort=True) for key in self._keys.of(endpoint))

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
        return self._health.rest_of(endpoint.provider, endpoint.id, key.fingerprint, now)

    def _note(self, endpoint: Endpoint, key: Key) -> str:
        keys = self._keys.of(endpoint)
        notes = [f"key {keys.index(key) + 1} of {len(keys)}"] if len(keys) > 1 else []
        if key.fingerprint in self._called.get(endpoint.id, ()):
            notes.append("second try")
        return ", ".join(notes)

    def _same_model(self, one: Target, other: Target) -> bool:
        if self._plan.selection.reading == "auto":
            return _model(one.endpoint) == _model(other.endpoint)
        return one.place == other.place


def _model(endpoint: Endpoint) -> str:
    return endpoint.facts.model.id if endpoint.facts.model else endpoint.model
