"""Observations for tests."""

from typing import Any

from service.types.observation import Observation

ENDPOINT = "acme/model"


def seen(at: float, outcome: str = "ok", endpoint: str = ENDPOINT, **facts: Any) -> Observation:
    provider = endpoint.partition("/")[0]
    return Observation(at=at, provider=provider, endpoint=endpoint, outcome=outcome, **facts)  # type: ignore[arg-type]
