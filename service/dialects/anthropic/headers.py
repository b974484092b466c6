"""The headers of a request, but for its credential."""

from typing import Any

from service.dialects import asked
from service.dialects.anthropic.betas import betas
from service.types.chat_request import ChatRequest

API_VERSION = "2023-06-01"
"""The later 2026-10-21 refuses temperature, top_p and top_k for every model, and adds nothing."""


def headers(request: ChatRequest, body: dict[str, Any]) -> dict[str, str]:
    """Names the betas that the body's features need, and those that the caller lists as `betas`.

    Raises `InvalidRequest` if that is no list of texts.
    """
    own = asked.member(request, "betas", list[str]) or []
    needed = list(dict.fromkeys([*filter(_is_name, own), *betas(body)]))
    sent = {"accept": "text/event-stream" if request.stream else "application/json"}
    return sent | ({"anthropic-beta": ",".join(needed)} if needed else {})


def _is_name(beta: str) -> bool:
    """Whether it can stand in the header's list."""
    return beta.isascii() and beta.replace("-", "").replace("_", "").isalnum()
