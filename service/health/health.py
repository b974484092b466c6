"""How every endpoint is doing: a fold over observations, read by routing."""

from service.types.vitals import WELL, Percentiles, Vitals


class Health:
    """See `HealthView`."""

    def vitals(self, endpoint: str, now: float) -> Vitals:
        """The state of an endpoint, by id."""
        del endpoint, now
        return WELL

    def latency(self, endpoint: str, now: float) -> Percentiles | None:
        """Seconds to the first content, over the last five minutes."""
        del endpoint, now
        return None

    def throughput(self, endpoint: str, now: float) -> Percentiles | None:
        """Output tokens per second, over the last five minutes."""
        del endpoint, now
        return None

    def holder(self, conversation: str, now: float) -> tuple[str, bool] | None:
        """The endpoint that holds a conversation's prompt cache."""
        del conversation, now
        return None
