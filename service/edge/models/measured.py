"""What was measured of endpoints in the last minutes, as lists of models tell it. Pure."""

import msgspec

from service.types.vitals import HealthView, Percentiles, Standing, standing_told


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Of one endpoint; None is unknown.

    `requests` are the calls whose outcome says something of the endpoint, `error_rate` is the part of them
    that failed, from 0 to 1. `latency` is in seconds to the first content, `throughput` in tokens per second.
    `asked` is whether it was asked in those minutes; else only its provider was, and rests.
    """

    standing: Standing
    requests: int
    error_rate: float | None
    latency: Percentiles | None
    throughput: Percentiles | None
    asked: bool = True

    @property
    def rests(self) -> bool:
        """Whether requests go elsewhere now: it failed, or its provider asked for fewer."""
        return self.standing in (Standing.DOWN, Standing.LIMITED)


class Measurements:
    """All endpoints at one moment, `now` in Unix seconds."""

    def __init__(self, health: HealthView, now: float) -> None:
        self._health = health
        self._now = now

    def of(self, endpoint: str) -> Measured | None:
        """What is known of an endpoint, by id; None for nothing."""
        vitals = self._health.vitals(endpoint, self._now)
        latency = self._health.latency(endpoint, self._now)
        throughput = self._health.throughput(endpoint, self._now)
        standing = standing_told(vitals, self._now)
        if standing is Standing.WELL and not vitals.requests and latency is None and throughput is None:
            return None
        return Measured(
            standing=standing,
            requests=vitals.requests,
            error_rate=vitals.error_rate,
            latency=latency,
            throughput=throughput,
            asked=standing is not Standing.LIMITED or bool(vitals.seen or vitals.down),
        )
