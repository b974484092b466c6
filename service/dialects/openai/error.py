"""Errors of OpenAI-compatible providers: HTTP errors, and those that arrive inside a 200."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from service.errors import ErrorKind, ProviderError, kind_of_status

# Secrets are taken out later, and messages cut after that: cut here, half of a secret would be left.
_MAX_MESSAGE_CHARS = 64 * 1024
_MAX_RETRY_SECONDS = 24 * 60 * 60

# Words that vendors put in `type` or `code` where a status is missing.
# Source: OpenAI error codes guide; OpenRouter A10.4 `error_type`.
_KINDS = {
    "rate_limit": ErrorKind.PROVIDER_RATE_LIMIT,
    "resource_exhausted": ErrorKind.PROVIDER_RATE_LIMIT,
    "insufficient_quota": ErrorKind.PROVIDER_AUTH,
    "authentication": ErrorKind.PROVIDER_AUTH,
    "invalid_api_key": ErrorKind.PROVIDER_AUTH,
    "permission": ErrorKind.PROVIDER_AUTH,
    "overloaded": ErrorKind.PROVIDER_OVERLOADED,
    "timeout": ErrorKind.PROVIDER_TIMEOUT,
    "model_not_found": ErrorKind.PROVIDER_MODEL_NOT_FOUND,
    "not_found": ErrorKind.PROVIDER_MODEL_NOT_FOUND,
    "context_length_exceeded": ErrorKind.PROVIDER_BAD_REQUEST,
    "content_policy_violation": ErrorKind.PROVIDER_BAD_REQUEST,
    "invalid_request": ErrorKind.PROVIDER_BAD_REQUEST,
}


def http_error(provider: str, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Reads an answer with an error status; its body may be JSON of several shapes, text or nothing."""
    error = _details(body)
    message = _message(error) or body.decode("utf-8", "replace").strip()
    return ProviderError(
        kind_of_status(status),
        provider,
        _sentence(provider, f"answered {status}", message),
        status=status,
        retry_after=retry_after(headers),
        provider_code=_word(error, "code"),
        provider_type=_word(error, "type"),
    )


def in_band_error(provider: str, error: Any) -> ProviderError:
    """Reads an error that came inside a 200."""
    code, kind = _word(error, "code"), _word(error, "type")
    status = next(filter(None, (_status(error, name) for name in ("code", "status_code", "status"))), None)
    return ProviderError(
        kind_of_status(status) if status else _kind_of_words(f"{code} {kind}".lower()),
        provider,
        _sentence(provider, "failed", _message(error)),
        status=status,
        provider_code=code,
        provider_type=kind,
    )


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Reads Retry-After in seconds, rounded up; the HTTP-date form is taken relative to the Date header.

    More than a day is no advice that a caller could follow, and counts as none.
    """
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            delta = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
        except (ValueError, TypeError, OverflowError):
            return None
        seconds = delta.total_seconds()
    if not math.isfinite(seconds) or seconds > _MAX_RETRY_SECONDS:
        return None
    return max(0, math.ceil(seconds))


def _details(body: bytes) -> Any:
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(payload, list) and payload:  # Google's OpenAI endpoint wraps it in a list
        payload = payload[0]
    return payload.get("error", payload) if isinstance(payload, dict) else None


def _message(error: Any) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, dict):
        for name in ("message", "detail", "msg"):
            if error.get(name):
                value = error[name]
                text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
                return f"{text}: {cause}" if (cause := _cause(error)) else text
    return ""


def _cause(error: dict[str, Any]) -> str:
    """OpenRouter's message is often only "Provider returned error"; the vendor's own words are here."""
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return raw if isinstance(raw, str) else ""


def _status(error: Any, name: str) -> int | None:
    word = _word(error, name) or ""
    return int(word) if len(word) == 3 and word.isdecimal() and 400 <= int(word) <= 599 else None


def _word(error: Any, name: str) -> str | None:
    value = error.get(name) if isinstance(error, dict) else None
    return str(value) if isinstance(value, str | int) else None


def _kind_of_words(words: str) -> ErrorKind:
    return next((kind for word, kind in _KINDS.items() if word in words), ErrorKind.PROVIDER_FAILURE)


def _sentence(provider: str, what: str, message: str) -> str:
    text = f"Provider '{provider}' {what}"
    return f"{text}: {message[:_MAX_MESSAGE_CHARS]}" if message else text
