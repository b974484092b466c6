"""The doors of explain: a fault of ours is told as one, and shows nothing of itself."""

import asyncio
import json
from typing import Any

import pytest
from google.api.httpbody_pb2 import HttpBody
from grpc import StatusCode

from pointsman.v1.chat_completion_request_pb2 import ChatCompletionRequest
from pointsman.v1.message_pb2 import Message
from pointsman.v1.role_pb2 import ROLE_USER
from service.edge.chat_call import ChatState
from service.edge.grpc_chat import GrpcChat
from service.edge.rest_explain import RestExplain
from service.errors import Internal

SECRET = "sk-secret"


class Context:
    """A call, and what it was answered beside a body."""

    def __init__(self) -> None:
        self.headers: dict[str, Any] = {}
        self.status: tuple[StatusCode, str] | None = None

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("x-envoy-original-path", "/router/v1/explain"),)

    async def send_initial_metadata(self, headers: tuple[tuple[str, str], ...]) -> None:
        self.headers |= dict(headers)

    def set_trailing_metadata(self, headers: tuple[tuple[str, Any], ...]) -> None:
        self.headers |= dict(headers)

    async def abort(self, code: StatusCode, message: str) -> None:
        self.status = (code, message)


def broken() -> ChatState:
    raise RuntimeError(SECRET)


def test_a_fault_of_ours_over_rest() -> None:
    context: Any = Context()
    request = HttpBody(data=b'{"model": "a/b", "messages": [{"role": "user", "content": "Hi"}]}')

    body = asyncio.run(RestExplain(broken).Explain(request, context))

    assert context.headers == {"x-http-status": "500"}
    assert json.loads(body.data)["code"] == 13
    assert SECRET.encode() not in body.data


def test_a_fault_of_ours_over_grpc() -> None:
    context: Any = Context()
    request = ChatCompletionRequest(model="a/b", messages=[Message(role=ROLE_USER, content="Hi")])

    with pytest.raises(Internal):
        asyncio.run(GrpcChat(broken, lambda _: None).ExplainChatCompletion(request, context))

    assert context.status == (StatusCode.INTERNAL, "Internal error")
    assert context.headers["x-http-status"] == "500"
    assert SECRET not in str(context.headers)
