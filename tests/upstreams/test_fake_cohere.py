"""The fake Cohere, read by the `cohere` SDK."""

import json
from collections.abc import Iterator
from typing import Any

import cohere
import pytest
from cohere.core.api_error import ApiError

from tests.upstreams import situations
from tests.upstreams.fake_cohere import ERRORS, PLAN, FakeCohere
from tests.upstreams.fake_openai import REFUSED

CALLS = [(name, arguments) for name, arguments in situations.CALLS]
RAISED: dict[str, type[ApiError]] = {
    "rate-limit": cohere.TooManyRequestsError,
    "context-length": cohere.BadRequestError,
    "auth": cohere.UnauthorizedError,
    "overloaded": cohere.ServiceUnavailableError,
    "bad-request": cohere.BadRequestError,
    "not-found": cohere.NotFoundError,
    "content-policy": cohere.UnprocessableEntityError,
    "invalid-image": cohere.BadRequestError,
    "server-error": cohere.InternalServerError,
}
ANSWERED: dict[str, dict[str, Any]] = {
    "text": {"content": situations.TEXT, "reason": "COMPLETE"},
    "tools": {"calls": CALLS, "plan": PLAN, "reason": "TOOL_CALL"},
    "tool-result": {"content": situations.AFTER_RESULTS},
    "image": {"content": situations.IMAGE},
    "schema": {"content": json.dumps(situations.SCHEMA)},
    "reasoning": {"content": situations.ANSWER, "thoughts": situations.THOUGHTS},
    "refusal": {"content": REFUSED},
}


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeCohere]:
    with FakeCohere() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def client(vendor: FakeCohere) -> cohere.ClientV2:
    return cohere.ClientV2(api_key="k", base_url=vendor.origin)


def read(client: cohere.ClientV2, situation: str, *, stream: bool) -> dict[str, Any]:
    """The answer as the SDK's user gathers it."""
    asked: dict[str, Any] = {
        "model": f"m--{situation}",
        "messages": [{"role": "user", "content": "Hi"}],
        "request_options": {"max_retries": 0},
    }
    found: dict[str, Any] = {"content": "", "thoughts": "", "plan": "", "calls": []}
    if not stream:
        answer: Any = client.chat(**asked)
        for part in answer.message.content or ():
            found["thoughts" if part.type == "thinking" else "content"] += getattr(part, part.type)
        found["plan"] = answer.message.tool_plan or ""
        found["calls"] = [
            (c.function.name, json.loads(c.function.arguments)) for c in answer.message.tool_calls or ()
        ]
        return found | {"reason": answer.finish_reason, "tokens": answer.usage.tokens.output_tokens}
    calls: dict[int, list[str]] = {}
    for event in client.chat_stream(**asked):
        read_event(event, found, calls)
    found["calls"] = [(name, json.loads(arguments)) for name, arguments in calls.values()]
    return found


def read_event(event: Any, found: dict[str, Any], calls: dict[int, list[str]]) -> None:
    match event.type:
        case "content-start" | "content-delta":
            found["content"] += event.delta.message.content.text or ""
            found["thoughts"] += event.delta.message.content.thinking or ""
        case "tool-plan-delta":
            found["plan"] += event.delta.message.tool_plan
        case "tool-call-start":
            calls[event.index] = [event.delta.message.tool_calls.function.name, ""]
        case "tool-call-delta":
            calls[event.index][1] += event.delta.message.tool_calls.function.arguments
        case "message-end":
            found["reason"], found["error"] = event.delta.finish_reason, event.delta.error
            found["tokens"] = event.delta.usage and event.delta.usage.tokens.output_tokens


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("situation", "said"), ANSWERED.items(), ids=list(ANSWERED))
def test_the_sdk_reads_the_answers(
    client: cohere.ClientV2, situation: str, said: dict[str, Any], *, stream: bool
) -> None:
    found = read(client, situation, stream=stream)

    assert {name: found[name] for name in said} == said
    assert found["tokens"] == situations.COMPLETION_TOKENS


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("situation", RAISED)
def test_the_sdk_raises_the_errors(client: cohere.ClientV2, situation: str, *, stream: bool) -> None:
    status, message = ERRORS[situation]

    with pytest.raises(RAISED[situation]) as caught:
        read(client, situation, stream=stream)

    assert caught.value.status_code == status
    assert message in str(caught.value.body)


def test_the_sdk_reads_the_failure_in_a_stream(client: cohere.ClientV2) -> None:
    found = read(client, "failing", stream=True)

    assert (found["content"], found["reason"], found["error"]) == (
        situations.PARTIAL,
        "ERROR",
        ERRORS["failing"][1],
    )


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_sdk_sees_the_cut(client: cohere.ClientV2, *, stream: bool) -> None:
    with pytest.raises(Exception, match="peer closed connection"):
        read(client, "cut", stream=stream)


def test_every_situation_is_acted_out() -> None:
    assert set(ANSWERED) | set(RAISED) | {"cut", "failing"} == set(situations.SITUATIONS)
