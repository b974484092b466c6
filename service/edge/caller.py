"""What a caller says of himself and of his request: for the record, cut to what fits into one.

Source: OpenRouter A1, A3.1 and A13.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from service.edge.call_context import Context
from service.types.chat_request import ChatRequest

_MAX_URL = 512
_MAX_TITLE = 128
_MAX_USER = 256
_MAX_LABELS = 16
_MAX_NAME = 64
_MAX_VALUE = 512
_Scalar = str | int | float | bool


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers of a call say: the app that makes it, and the conversation it belongs to.

    The app's URL is kept without its query, where keys may stand.
    """

    app_url: str | None = None
    app_title: str | None = None
    session_id: str | None = None


def caller_of(context: Context) -> Caller:
    """Reads the headers of a call."""
    headers = {
        key: value for key, value in context.invocation_metadata() or () if isinstance(value, str) and value
    }
    return Caller(
        app_url=_cut(re.split("[?#]", headers.get("http-referer", ""))[0], _MAX_URL),
        app_title=_cut(headers.get("x-openrouter-title") or headers.get("x-title"), _MAX_TITLE),
        session_id=headers.get("x-session-id"),
    )


def recorded(caller: Caller, request: ChatRequest | None) -> dict[str, Any]:
    """What a `RequestRecord` keeps of it; of a request that was refused only what the headers say."""
    said: dict[str, Any] = {"app_url": caller.app_url, "app_title": caller.app_title}
    if request is not None:
        body = request.body
        said |= {
            "user": _cut(body.user, _MAX_USER),
            "session_id": request.session_id,
            "trace": _labels(body.trace),
            "metadata": _labels(body.metadata),
        }
    return said


def _labels(given: Mapping[str, Any] | None) -> dict[str, _Scalar] | None:
    """The first simple values; what is more than text, a number or a flag is not kept."""
    if not given:
        return None
    simple = [(name, value) for name, value in given.items() if isinstance(value, _Scalar)]
    return {
        name[:_MAX_NAME]: value[:_MAX_VALUE] if isinstance(value, str) else value
        for name, value in simple[:_MAX_LABELS]
    }


def _cut(text: str | None, most: int) -> str | None:
    return text[:most] if text else None
