"""Errors of providers: HTTP errors, and those that arrive inside a 200, to the one table.

Vendors differ in where they put a code and a message; what the words mean is much the same everywhere, so it
is judged here for all dialects.
"""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from service.dialects.error_words import kind_of_words, refined
from service.errors import ErrorKind, ProviderError, kind_of_status

# Secrets are taken out later, and messages cut after that: cut here, half of a secret would be left.
_MAX_MESSAGE_CHARS = 64 * 1024
_MAX_RETRY_SECONDS = 24 * 60 * 60
_OVERLOADED = 498  # Groq, "Errors": "Flex Tier Capacity Exceeded"


def http_error(provider: str, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Reads an answer with an error status; its body may be JSON of several shapes, text or nothing."""
    error = _details(body)
    message = _message(error) or body.decode("utf-8-sig", "replace").strip()
    return provider_error(
        provider,
        message,
        status=status,
        headers=headers,
        code=_word(error, "code"),
        type_=_word(error, "type"),
    )


def in_band_error(provider: str, error: Any) -> ProviderError:
    """Reads an error that came inside a 200: an error object, or text."""
    code, kind = _word(error, "code"), _word(error, "type")
    status = next(filter(None, (_status(error, name) for name in ("code", "status_code", "status"))), None)
    return provider_error(provider, _message(error), status=status, code=code, type_=kind, in_band=True)


def provider_error(
    provider: str,
    message: str,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    code: str | None = None,
    type_: str | None = None,
    in_band: bool = False,
) -> ProviderError:
    """Builds the error from what a vendor said: its HTTP status, its code, its type, its message.

    `in_band` is an error that came inside a 200; its `status`, if any, is one that the body states.
    """
    words = f"{code or ''} {type_ or ''}".lower()
    kind = kind_of_status(status) if status else kind_of_words(words)
    kind = ErrorKind.PROVIDER_OVERLOADED if status == _OVERLOADED else kind
    what = "failed" if in_band else f"answered {status}"
    return ProviderError(
        refined(kind, words, message.lower()),
        provider,
        _sentence(provider, what, message),
        status=status,
        retry_after=retry_after(headers or {}),
        words=message[:_MAX_MESSAGE_CHARS] or None,
        provider_code=code,
        provider_type=type_,
    )


def error_in(payload: Any) -> Any:
    """The error object of a payload, wherever a vendor puts it; the payload itself if it has no such place.

    `error` as an object or as text beside a code (xAI), `errors` as a list (Cloudflare), `base_resp`
    (MiniMax), or all of it in a list (Google's OpenAI endpoint).
    """
    if isinstance(payload, list) and payload:
        payload = payload[0]
    if not isinstance(payload, dict):
        return payload
    error, errors, status = payload.get("error"), payload.get("errors"), payload.get("base_resp")
    if isinstance(error, str):
        message = payload.get("message")
        text = f"{error}: {message}" if isinstance(message, str) and message else error
        return {**payload, "message": text}
    if error:
        return error
    if isinstance(errors, list) and errors:
        return errors[0]
    if isinstance(status, dict):
        return {"code": status.get("status_code"), "message": status.get("status_msg")}
    return payload


def bare_error(answer: dict[str, Any]) -> Any:
    """The error of a 200 that holds nothing else, where nothing is called `error`; None if it has none."""
    error = error_in({name: value for name, value in answer.items() if name != "error"})
    return error if _message(error) else None


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
        payload = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return error_in(payload) if isinstance(payload, dict | list) else None


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
    if isinstance(raw, dict | list):
        return _message(error_in(raw)) or msgspec.json.encode(raw).decode()
    return raw if isinstance(raw, str) else ""


def _status(error: Any, name: str) -> int | None:
    word = _word(error, name) or ""
    return int(word) if len(word) == 3 and word.isdecimal() and 400 <= int(word) <= 599 else None


def _word(error: Any, name: str) -> str | None:
    value = error.get(name) if isinstance(error, dict) else None
    return str(value) if isinstance(value, str | int) else None


def _sentence(provider: str, what: str, message: str) -> str:
    text = f"Provider '{provider}' {what}"
    return f"{text}: {message[:_MAX_MESSAGE_CHARS]}" if message else text
