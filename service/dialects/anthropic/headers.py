"""The headers of a request, but for its credential."""

from typing import Any

import msgspec

from service.dialects.anthropic.betas import betas
from service.types.chat_request import ChatRequest

API_VERSION = "2023-06-01"
"""The later 2026-10-21 refuses temperature, top_p and top_k for every model, and adds nothing."""


def headers(request: ChatRequest, body: dict[str, Any]) -> dict[str, str]:
    """Names the betas that the body's features need, and those that the caller lists as `betas`."""
    own = request.members.get("betas")
    listed = msgspec.json.decode(own) if own else []
    asked = [beta for beta in listed if _is_name(beta)] if isinstance(listed, list) else []
    needed = list(dict.fromkeys([*asked, *betas(body)]))
    sent = {"accept": "text/event-stream" if request.stream else "application/json"}
    return sent | ({"anthropic-beta": ",".join(needed)} if needed else {})


def _is_name(beta: Any) -> bool:
    """Whether it can stand in the header's list."""
    return isinstance(beta, str) and beta.isascii() and beta.replace("-", "").replace("_", "").isalnum()
