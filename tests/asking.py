"""Chat requests for tests below the doors, made as the REST door makes them."""

import json
from typing import Any

from service.edge.chat_request import parse
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint

MESSAGES = [{"role": "user", "content": "Hi"}]
ENDPOINT = Endpoint(provider="acme", model="m-1", base_url="https://api.acme.test/v1", dialect="openai")


def chat(**members: Any) -> ChatRequest:
    """A request of these members; a model and messages are there unless given."""
    return parse(json.dumps({"model": "acme/m-1", "messages": MESSAGES, **members}).encode())
