"""The one record of a request, built at its end whatever the end is.

The log line is written from it and from nothing else. It holds no bodies and no secrets.
"""

import msgspec

from service.types.chunk import Usage
from service.types.metadata import Attempt


class RequestRecord(msgspec.Struct, kw_only=True, frozen=True):
    """What happened. Times are milliseconds; None is unknown.

    `door` is rest, openrouter, grpc, or refused (no door has seen it). `status` is ok, error or cancelled
    (the caller went away). `error_type` is an `ErrorKind`. `key_id` names the key that let the request in.
    `router`, `route_id` and `variant_id` say where a saved router sent it. From `app_url` on it is what the
    caller said of himself and his request, cut short (OpenRouter A1, A13).
    """

    generation_id: str | None
    request_id: str | None
    door: str
    stream: bool
    requested_model: str | None
    model: str | None
    plan: str | None
    attempts: list[Attempt]
    usage: Usage | None
    status: str
    error_type: str | None
    http_status: int
    time_to_first_token_ms: int | None
    duration_ms: int
    unix_time: float
    key_id: str | None = None
    router: str | None = None
    route_id: str | None = None
    variant_id: str | None = None
    app_url: str | None = None
    app_title: str | None = None
    user: str | None = None
    session_id: str | None = None
    trace: dict[str, str | int | float | bool] | None = None
    metadata: dict[str, str | int | float | bool] | None = None
