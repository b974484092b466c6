"""How every endpoint is doing: a fold over observations, read by routing and dispatch."""

import math
from collections.abc import Mapping, Sequence

import msgspec

from service.health.affinity import Affinity
from service.health.breaker import Breaker
from service.health.measures import WINDOW_SECONDS, Measures
from service.health.rests import Rest, Rests
from service.types.observation import Observation
from service.types.vitals import WELL, Percentiles, Vitals

_KEPT_SECONDS = 1.0
_MOST_ENDPOINTS = 20_000
_VERDICTS = {"ok": True, "failed": False}


class Health:
    """See `HealthView`. Observations may come late, in any order, and from before this was made.

    A conversation stays with its endpoint until it was idle for `affinity_seconds`; nothing rests longer than
    `max_rest_seconds`.
    """

    def __init__(self, affinity_seconds: float, max_rest_seconds: float) -> None:
        self._affinity_seconds = affinity_seconds
        self._max_rest_seconds = max_rest_seconds
        self._keys: Mapping[str, Sequence[str]] = {}
        self._endpoints: dict[str, _Endpoint] = {}
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

    def fold(self, observation: Observation) -> None:
        """Takes in one call's outcome; one more than five minutes older than the newest is ignored."""
        at = observation.at
        if at <= self._latest - WINDOW_SECONDS:
            return
        self._latest = max(self._latest, at)
        until = min(observation.rest_until, at + self._max_rest_seconds)
        if until > at:
            place = observation.provider if observation.key_wide else observation.endpoint
            self._rests.add(place, observation.key, Rest(until, observation.told), at)
        if observation.conversation is not None and observation.outcome == "ok":
            self._affinity.answered(
                observation.conversation, observation.endpoint, at, cached=observation.cached
            )
        known = self._endpoints.pop(observation.endpoint, None)
        if known is None and not _tells_something(observation):
            return  # callers may name what does not exist
        self._endpoints[observation.endpoint] = known = known or _Endpoint()
        known.fold(observation)
        self._forget()

    def vitals(self, endpoint: str, now: float) -> Vitals:
        """The state of an endpoint, by id."""
        known = self._endpoints.get(endpoint)
        vitals = known.vitals(now) if known else WELL
        if self._rests.any(now) and (until := self._limited_until(endpoint, now)):
            return msgspec.structs.replace(vitals, limited_until=until)
        return vitals

    def latency(self, endpoint: str, now: float) -> Percentiles | None:
        """Seconds to the first content, over the last five minutes."""
        known = self._endpoints.get(endpoint)
        return known.measures.latency(now).percentiles(now) if known else None

    def throughput(self, endpoint: str, now: float) -> Percentiles | None:
        """Output tokens per second, over the last five minutes; p99 is lower than p50."""
        known = self._endpoints.get(endpoint)
        return known.measures.throughput.percentiles(now) if known else None

    def holder(self, conversation: str, now: float) -> tuple[str, bool] | None:
        """The endpoint that holds a conversation's prompt cache, and whether it was seen to use it."""
        return self._affinity.holder(conversation, now, self._affinity_seconds)

    def probing(self, endpoint: str, now: float) -> None:
        """Notes that a request goes first to an endpoint that recovers: others wait for what it tells."""
        if known := self._endpoints.get(endpoint):
            known.breaker.probing(now)

    def rest_of(self, provider: str, endpoint: str, key_fingerprint: str, now: float) -> Rest | None:
        """Until when a credential rests, at an endpoint or its whole provider; None when it may be used."""
        here = self._rests.of(endpoint, key_fingerprint, now)
        everywhere = self._rests.of(provider, key_fingerprint, now)
        if here and everywhere:
            return max(here, everywhere, key=lambda rest: rest.until)
        return here or everywhere

    def _limited_until(self, endpoint: str, now: float) -> float:
        """When the first key may be used again, 0 when one may be now."""
        provider = endpoint.partition("/")[0]
        earliest = math.inf
        for key in self._keys.get(provider, ()):
            rest = self.rest_of(provider, endpoint, key, now)
            if rest is None:
                return 0.0
            earliest = min(earliest, rest.until)
        return 0.0 if earliest == math.inf else earliest

    def _forget(self) -> None:
        """Drops endpoints that were silent for the window, the longest silent first."""
        while True:
            name, oldest = next(iter(self._endpoints.items()))
            if len(self._endpoints) <= _MOST_ENDPOINTS and oldest.kept_until >= self._latest:
                return
            del self._endpoints[name]


class _Endpoint:
    """What is known of one endpoint."""

    def __init__(self) -> None:
        self.breaker = Breaker()
        self.measures = Measures()
        self._told = -math.inf
        self._seen = 0.0
        self._kept = WELL
        self._kept_at = -math.inf

    def fold(self, observation: Observation) -> None:
        at = observation.at
        self.breaker.fold(_began(observation), at, good=_VERDICTS.get(observation.outcome))
        self.measures.add(observation)
        self._told = max(self._told, at)
        if observation.outcome != "none":
            self._seen = max(self._seen, at)
        self._kept_at = -math.inf

    def vitals(self, now: float) -> Vitals:
        if not self._kept_at <= now < self._kept_at + _KEPT_SECONDS:
            self._kept = self._measured(now)
            self._kept_at = now
        share = self.breaker.share(now)
        if share == 1.0:
            return self._kept
        return msgspec.structs.replace(self._kept, share=share, down=self.breaker.down(now))

    @property
    def kept_until(self) -> float:
        """When it may be forgotten, in Unix seconds."""
        return max(self._told + WINDOW_SECONDS, self.breaker.kept_until)

    def _measured(self, now: float) -> Vitals:
        good, bad = self.measures.counts(now)
        return Vitals(
            latency=self.measures.latency(now).median(now),
            throughput=self.measures.throughput.median(now),
            error_rate=bad / (good + bad) if good + bad else None,
            requests=good + bad,
            seen=self._seen if self._seen > now - WINDOW_SECONDS else 0.0,
        )


def _tells_something(observation: Observation) -> bool:
    measured = observation.ttft is not None or observation.whole is not None
    return observation.outcome != "none" or measured


def _began(observation: Observation) -> float:
    """When the call began, as well as that is known."""
    if observation.began is not None:
        return observation.began
    return observation.at - max(observation.whole or 0.0, observation.ttft or 0.0)
