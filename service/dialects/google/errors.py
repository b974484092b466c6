"""Google's errors: `google.rpc.Status` with details, by HTTP status or inside a 200.

Source: google/rpc/error_details.proto; ai.google.dev/gemini-api/docs/troubleshooting; recorded errors.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from service.dialects.errors import http_error, provider_error
from service.errors import ErrorKind, ProviderError

# What is spent does not come back by waiting.
_SPENT = re.compile(r"prepayment credits are depleted|exceeded its (?:\w+ )?spending cap", re.IGNORECASE)
_LIMITS = (ErrorKind.PROVIDER_RATE_LIMIT, ErrorKind.PROVIDER_QUOTA)


def status_error(provider: str, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Reads an answer with an error status; what is not Google's shape is read like any vendor's."""
    try:
        payload: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        payload = None
    if isinstance(payload, list) and payload:  # streams without alt=sse are lists, and so are their errors
        payload = payload[0]
    match payload:
        case {"error": {"message": str()} as error}:
            return _error(provider, error, status, headers, in_band=False)
    return http_error(provider, status, headers, body)


def in_band_error(provider: str, error: Any) -> ProviderError:
    """Reads an error that came inside a 200."""
    if not isinstance(error, dict):
        error = {"message": str(error)}
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code <= 599 else None
    return _error(provider, error, status, {}, in_band=True)


def _error(
    provider: str, error: dict[str, Any], status: int | None, headers: Mapping[str, str], *, in_band: bool
) -> ProviderError:
    details = _objects(error.get("details"))
    delay = _of_type(details, "RetryInfo").get("retryDelay")
    if isinstance(delay, str) and "retry-after" not in headers:
        headers = {**headers, "retry-after": delay.removesuffix("s")}
    reason = _of_type(details, "ErrorInfo").get("reason")
    message = str(error.get("message") or "")
    failure = provider_error(
        provider,
        message,
        status=status,
        headers=headers,
        code=str(error.get("status") or error.get("code") or "") or None,
        type_=str(reason) if reason else None,
        in_band=in_band,
    )
    if failure.kind in _LIMITS and _SPENT.search(message):
        failure.kind = ErrorKind.PROVIDER_QUOTA
    elif failure.kind is ErrorKind.PROVIDER_QUOTA and failure.retry_after is not None and not _daily(details):
        # Google has one message for every limit; one that ends soon is a rate limit.
        failure.kind = ErrorKind.PROVIDER_RATE_LIMIT
    return failure


def _of_type(details: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next((each for each in details if str(each.get("@type", "")).endswith(f".{name}")), {})


def _daily(details: list[dict[str, Any]]) -> bool:
    violations = _objects(_of_type(details, "QuotaFailure").get("violations"))
    return any("PerDay" in str(each.get("quotaId", "")) for each in violations)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
