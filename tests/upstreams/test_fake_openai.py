"""The fake OpenAI, read by the `openai` SDK: as OpenAI and as Azure."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.upstreams import situations
from tests.upstreams.fake_openai import ERRORS, REFUSED, FakeOpenAI

CALLS = [(name, arguments) for name, arguments in situations.CALLS]
RAISED: dict[str, type[openai.APIStatusError]] = {
    "rate-limit": openai.RateLimitError,
    "context-length": openai.BadRequestError,
    "auth": openai.AuthenticationError,
    "overloaded": openai.InternalServerError,
    "bad-request": openai.BadRequestError,
    "not-found": openai.NotFoundError,
    "content-policy": openai.BadRequestError,
    "invalid-image": openai.BadRequestError,
    "server-error": openai.InternalServerError,
}
ANSWERED: dict[str, dict[str, Any]] = {
    "text": {"content": situations.TEXT, "reason": "stop"},
    "tools": {"calls": CALLS, "reason": "tool_calls"},
    "tool-result": {"content": situations.AFTER_RESULTS},
    "image": {"content": situations.IMAGE},
    "schema": {"content": json.dumps(situations.SCHEMA)},
    "reasoning": {"content": situations.ANSWER, "reasoning_content": situations.THOUGHTS},
    "refusal": {"refusal": REFUSED},
}


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as vendor:
        yield vendor


@pytest.fixture(params=["OpenAI", "Azure"])
def client(request: pytest.FixtureRequest, vendor: FakeOpenAI) -> Iterator[openai.OpenAI]:
    made = (
        openai.OpenAI(api_key="k", base_url=f"{vendor.origin}/v1", max_retries=0)
        if request.param == "OpenAI"
        else openai.AzureOpenAI(api_key="k", azure_endpoint=vendor.origin, api_version="v", max_retries=0)
    )
    with made:
        yield made


def read(client: openai.OpenAI, situation: str, *, stream: bool) -> dict[str, Any]:
    """The answer as the SDK's user gathers it."""
    asked: dict[str, Any] = {"model": f"m--{situation}", "messages": [{"role": "user", "content": "Hi"}]}
    if stream:
        with client.chat.completions.stream(**asked, stream_options={"include_usage": True}) as events:
            answer: Any = events.get_final_completion()
    else:
        answer = client.chat.completions.create(**asked)
    message = answer.choices[0].message
    return {
        **{name: getattr(message, name, None) for name in ("content", "refusal", "reasoning_content")},
        "calls": [
            (each.function.name, json.loads(each.function.arguments)) for each in message.tool_calls or ()
        ],
        "reason": answer.choices[0].finish_reason,
        "tokens": answer.usage.total_tokens,
    }


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("situation", "said"), ANSWERED.items(), ids=list(ANSWERED))
def test_the_sdk_reads_the_answers(
    client: openai.OpenAI, situation: str, said: dict[str, Any], *, stream: bool
) -> None:
    found = read(client, situation, stream=stream)

    assert {name: found[name] for name in said} == said
    assert found["tokens"] == situations.PROMPT_TOKENS + situations.COMPLETION_TOKENS


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("situation", RAISED)
def test_the_sdk_raises_the_errors(client: openai.OpenAI, situation: str, *, stream: bool) -> None:
    status, kind, code, message = ERRORS[situation]

    with pytest.raises(RAISED[situation]) as caught:
        read(client, situation, stream=stream)

    assert (caught.value.status_code, caught.value.type, caught.value.code) == (status, kind, code)
    assert message in caught.value.message
    if situation == "rate-limit":
        assert caught.value.response.headers["retry-after"] == str(situations.RETRY_AFTER)


def test_the_sdk_raises_what_comes_in_a_stream(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIError, match="The server had an error while processing"):
        read(client, "failing", stream=True)
    with pytest.raises(openai.InternalServerError):
        read(client, "failing", stream=False)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_sdk_sees_the_cut(client: openai.OpenAI, *, stream: bool) -> None:
    with pytest.raises(Exception, match=r"Connection error|peer closed connection"):
        read(client, "cut", stream=stream)


def test_every_situation_is_acted_out() -> None:
    assert set(ANSWERED) | set(RAISED) | {"cut", "failing"} == set(situations.SITUATIONS)
