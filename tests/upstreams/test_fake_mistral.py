"""The fake Mistral, read by the `mistralai` SDK."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mistralai.client import Mistral
from mistralai.client.errors import MistralError

from tests.upstreams import situations
from tests.upstreams.fake_mistral import ERRORS, FakeMistral
from tests.upstreams.fake_openai import REFUSED

CALLS = [(name, arguments) for name, arguments in situations.CALLS]
ANSWERED: dict[str, dict[str, Any]] = {
    "text": {"content": situations.TEXT, "reason": "stop"},
    "tools": {"calls": CALLS, "reason": "tool_calls"},
    "tool-result": {"content": situations.AFTER_RESULTS},
    "image": {"content": situations.IMAGE},
    "schema": {"content": json.dumps(situations.SCHEMA)},
    "reasoning": {
        "content": situations.ANSWER,
        "thoughts": situations.THOUGHTS,
        "signatures": [situations.SIGNATURE],
    },
    "refusal": {"content": REFUSED},
}


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeMistral]:
    with FakeMistral() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def client(vendor: FakeMistral) -> Iterator[Mistral]:
    with Mistral(api_key="k", server_url=vendor.origin) as client:
        yield client


def read(client: Mistral, situation: str, *, stream: bool) -> dict[str, Any]:
    """The answer as the SDK's user gathers it."""
    asked: dict[str, Any] = {"model": f"m--{situation}", "messages": [{"role": "user", "content": "Hi"}]}
    if stream:
        with client.chat.stream(**asked) as events:
            answers: list[Any] = [event.data for event in events]
    else:
        answers = [client.chat.complete(**asked)]
    found: dict[str, Any] = {"content": "", "thoughts": "", "signatures": [], "calls": []}
    for answer in answers:
        choice = answer.choices[0]
        message = choice.delta if stream else choice.message
        chunks = [] if isinstance(message.content, str) else message.content or []
        found["content"] += message.content if isinstance(message.content, str) else ""
        for chunk in chunks:
            if chunk.type == "text":
                found["content"] += chunk.text
            else:
                found["thoughts"] += "".join(piece.text for piece in chunk.thinking)
                found["signatures"] += [chunk.signature] if chunk.signature else []
        found["calls"] += [
            (c.function.name, json.loads(c.function.arguments)) for c in message.tool_calls or ()
        ]
        found["reason"] = choice.finish_reason
        found["tokens"] = answer.usage.total_tokens if answer.usage else None
    return found


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("situation", "said"), ANSWERED.items(), ids=list(ANSWERED))
def test_the_sdk_reads_the_answers(
    client: Mistral, situation: str, said: dict[str, Any], *, stream: bool
) -> None:
    found = read(client, situation, stream=stream)

    assert {name: found[name] for name in said} == said
    assert found["tokens"] == situations.PROMPT_TOKENS + situations.COMPLETION_TOKENS


@pytest.mark.parametrize("situation", [name for name in ERRORS if name != "failing"])
def test_the_sdk_raises_the_errors(client: Mistral, situation: str) -> None:
    status, _, _, message = ERRORS[situation]

    with pytest.raises(MistralError) as caught:
        read(client, situation, stream=False)

    assert caught.value.status_code == status
    assert message in caught.value.body


def test_the_sdk_does_not_take_a_failing_stream_for_an_answer(client: Mistral) -> None:
    with pytest.raises(Exception, match="validation error"):
        read(client, "failing", stream=True)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_sdk_sees_the_cut(client: Mistral, *, stream: bool) -> None:
    with pytest.raises(Exception, match="peer closed connection"):
        read(client, "cut", stream=stream)


def test_every_situation_is_acted_out() -> None:
    assert set(ANSWERED) | set(ERRORS) | {"cut"} == set(situations.SITUATIONS)
