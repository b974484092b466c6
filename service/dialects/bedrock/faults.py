"""Bedrock's errors: by HTTP status with a name in a header, and as exceptions in a stream.

Source: botocore's service model (names and statuses); the Bedrock API reference's troubleshooting page.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from service.dialects.errors import provider_error
from service.errors import ErrorKind, ProviderError

# Names, in lower case, that say more than their status or the words in them.
_KINDS: Final = {
    "servicequotaexceededexception": ErrorKind.PROVIDER_QUOTA,
    "modelnotreadyexception": ErrorKind.PROVIDER_OVERLOADED,
    "modelerrorexception": ErrorKind.PROVIDER_FAILURE,
    "modelstreamerrorexception": ErrorKind.PROVIDER_FAILURE,
    "accessdeniedexception": ErrorKind.PROVIDER_AUTH,
    "unrecognizedclientexception": ErrorKind.PROVIDER_AUTH,
    "expiredtokenexception": ErrorKind.PROVIDER_AUTH,
    "invalidsignatureexception": ErrorKind.PROVIDER_AUTH,
    "resourcenotfoundexception": ErrorKind.PROVIDER_MODEL_NOT_FOUND,
}


def http_error(provider: str, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Reads an answer with an error status."""
    told, message = _read(body)
    name = _name(headers.get("x-amzn-errortype") or _text(told, "__type", "code"))
    return _refined(
        provider_error(provider, message, status=status, headers=headers, type_=name or None), name
    )


def in_band_error(provider: str, name: str, body: bytes) -> ProviderError:
    """Reads a failure that came inside a 200: an exception event, or a body that is an error."""
    told, message = _read(body)
    name = _name(name or _text(told, "__type", "code"))
    return _refined(provider_error(provider, message or name, type_=name or None, in_band=True), name)


def _refined(error: ProviderError, name: str) -> ProviderError:
    told_by_words = (ErrorKind.PROVIDER_CONTEXT_LENGTH, ErrorKind.PROVIDER_CONTENT_POLICY)
    if error.kind not in told_by_words:
        error.kind = _KINDS.get(name.lower(), error.kind)
    return error


def _read(body: bytes) -> tuple[dict[str, Any], str]:
    """The members of a body, and its message; of a body that is no object the message is its text."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return {}, body.decode("utf-8", "replace").strip()
    message, original = _text(told, "message", "Message", "errorMessage"), _text(told, "originalMessage")
    return told, message if not original or original in message else f"{message}: {original}"


def _name(said: str) -> str:
    """`ValidationException:http://...` and `com.amazon.coral#ValidationException` are one name."""
    return said.partition(":")[0].rpartition("#")[2]


def _text(told: dict[str, Any], *names: str) -> str:
    return next((told[name] for name in names if isinstance(told.get(name), str)), "")
