"""The account of a request that travels with every answer and every failure (Inworld 3.2)."""

import msgspec


class Attempt(msgspec.Struct, kw_only=True):
    """One call of one endpoint; times are whole milliseconds, None while nothing came."""

    model: str
    success: bool = False
    time_to_first_token_ms: int | None = None
    error_type: str | None = None
    error_message: str | None = None
    provider_status: int | None = None


class Warning(msgspec.Struct, kw_only=True, frozen=True):  # noqa: A001 - the contract's word
    """Something the caller asked for that the model could not take."""

    param: str
    model: str
    reason: str


class Metadata(msgspec.Struct, kw_only=True):
    """Who was tried, who answered, and why; `route_id` and `variant_id` are those of a saved router."""

    attempts: list[Attempt] = msgspec.field(default_factory=list)
    generation_id: str
    reasoning: str = ""
    route_id: str | None = None
    variant_id: str | None = None
    total_duration_ms: int = 0
    warnings: list[Warning] = msgspec.field(default_factory=list)
