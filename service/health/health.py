"""How every endpoint is doing: a fold over observations, read by routing and dispatch."""

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import msgspec

from service.health.affinity import Affinity
from service.health.endpoint import EndpointHealth, tells_something
from service.health.rests import Rest, Rests
from service.health.slices import WINDOW_SECONDS
from service.types.observation import Observation
from service.types.vitals import WELL, Percentiles, Vitals

_MANY_ENDPOINTS = 4_000
_MOST_ENDPOINTS = 5_000
_SPARED_AT_ONCE = 16
_SET_BACK_SECONDS = 5.0


class Health:
    """See `HealthView`. Observations may come late, in any order, and from before this was made.

    A conversation stays with its endpoint until it was idle for `affinity_seconds`; nothing rests longer than
    `max_rest_seconds`. Once a clock is set back, what it said is forgotten.
    """

    def __init__(self, affinity_seconds: float, max_rest_seconds: float) -> None:
        self._affinity_seconds = affinity_seconds
        self._max_rest_seconds = max_rest_seconds
        self._keys: Mapping[str, Sequence[str]] = {}
        self._endpoints: OrderedDict[str, EndpointHealth] = OrderedDict()
        self._rests = Rests()
        self._affinity = Affinity()
        self._latest = -math.inf

    def configure(
        self, affinity_seconds: float, max_rest_seconds: float, keys: Mapping[str, Sequence[str]]
    ) -> None:
        """Takes over what a reload changed. `keys` are the fingerprints of each provider's credentials."""
        self._affinity_seconds = affinity_seconds
        self._max_rest_seconds = max_rest_seconds
        self._keys = keys

    def fold(self, observation: Observation, now: float | None = None) -> None:
        """Takes in one call's outcome; what happened more than five minutes ago is ignored.

        `now` is the time at which it is told, by default that at which it happened.
        """
        at = observation.at
        now = at if now is None else now
        if at <= now - WINDOW_SECONDS:
            return
        if now < self._latest - _SET_BACK_SECONDS:
            self._forget_all()
        self._latest = max(self._latest, now)
        self._note_rest(observation, now)
        if observation.conversation is not None and observation.outcome == "ok":
            self._affinity.answered(
                observation.conversation, observation.endpoint, at, cached=observation.cached
            )
        name = observation.endpoint
        known = self._endpoints.get(name)
        if known is None:
            if not tells_something(observation):
                return  # callers may name what does not exist
            known = self._endpoints[name] = EndpointHealth(observation.provider, name)
        else:
            self._endpoints.move_to_end(name)
        known.fold(observation)
        self._forget(now)

    def vitals(self, endpoint: str, now: float) -> Vitals:
        """The state of an endpoint, by id."""
        known = self._endpoints.get(endpoint)
        if known is None:
            vitals, provider = WELL, endpoint.partition("/")[0]
        else:
            vitals = known.vitals if known.fresh_from <= now < known.fresh_until else known.look(now)
            provider = known.provider
        if self._rests.any(provider, now) and (until := self._limited_until(provider, endpoint, now)):
            return msgspec.structs.replace(vitals, limited_until=until)
        return vitals

    def latency(self, endpoint: str, now: float) -> Percentiles | None:
        """Seconds to the first content, over the last five minutes; to the end where nothing was streamed."""
        known = self._endpoints.get(endpoint)
        return known.measures.latency(now) if known else None

    def throughput(self, endpoint: str, now: float) -> Percentiles | None:
        """Output tokens per second, over the last five minutes; p99 is lower than p50."""
        known = self._endpoints.get(endpoint)
        return known.measures.throughput(now) if known else None

    def holder(self, conversation: str, now: float) -> tuple[str, bool] | None:
        """The endpoint that holds a conversation's prompt cache, and whether it was seen to use it."""
        return self._affinity.holder(conversation, now, self._affinity_seconds)

    def probing(self, endpoint: str, now: float) -> None:
        """Notes that a call of an endpoint begins: if it recovers, others wait for what that tells."""
        if known := self._endpoints.get(endpoint):
            known.breaker.probing(now)

    def rest_of(self, provider: str, endpoint: str, key_fingerprint: str, now: float) -> Rest | None:
        """Until when a credential rests, at an endpoint or its whole provider; None when it may be used."""
        return self._rests.of(provider, endpoint, key_fingerprint, now)

    def _limited_until(self, provider: str, endpoint: str, now: float) -> float:
        """When the first key may be used again, 0 when one may be now."""
        earliest = math.inf
        for key in self._keys.get(provider, ()):
            until = self._rests.until(provider, endpoint, key, now)
            if until == 0.0:
                return 0.0
            earliest = min(earliest, until)
        return 0.0 if earliest == math.inf else earliest

    def _note_rest(self, observation: Observation, now: float) -> None:
        until = min(observation.rest_until, observation.at + self._max_rest_seconds)
        if until > now:
            place = observation.provider if observation.key_wide else observation.endpoint
            rest = Rest(until, told=observation.told, limit=observation.outcome == "limited")
            self._rests.add(observation.provider, place, observation.key, rest, since=observation.at, now=now)

    def _forget(self, now: float) -> None:
        """Drops who was silent for the window, and of too many the longest silent, the unwell last."""
        spared = 0
        while spared < _SPARED_AT_ONCE:
            name, oldest = next(iter(self._endpoints.items()))
            count = len(self._endpoints)
            if count <= _MANY_ENDPOINTS and oldest.kept_until >= now:
                return
            if count <= _MOST_ENDPOINTS and oldest.kept_until >= now and oldest.is_unwell:
                spared += 1
                self._endpoints.move_to_end(name)
            else:
                del self._endpoints[name]

    def _forget_all(self) -> None:
        self._endpoints.clear()
        self._rests = Rests()
        self._affinity = Affinity()
        self._latest = -math.inf
