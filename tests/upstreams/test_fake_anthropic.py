"""The fake Anthropic, read by Anthropic's own clients."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from tests.upstreams import situations
from tests.upstreams.fake_anthropic import ERRORS, REFUSAL, FakeAnthropic

USER: Any = [{"role": "user", "content": "Hi"}]
FAULTS: dict[str, type[anthropic.APIStatusError]] = {
    "rate-limit": anthropic.RateLimitError,
    "context-length": anthropic.BadRequestError,
    "auth": anthropic.AuthenticationError,
    "overloaded": anthropic.APIStatusError,
    "bad-request": anthropic.BadRequestError,
    "not-found": anthropic.NotFoundError,
    "content-policy": anthropic.BadRequestError,
    "server-error": anthropic.InternalServerError,
    "failing": anthropic.InternalServerError,
}

both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeAnthropic]:
    with FakeAnthropic() as vendor:
        yield vendor


@pytest.fixture(scope="module", params=["direct", "vertex"])
def client(vendor: FakeAnthropic, request: pytest.FixtureRequest) -> Any:
    if request.param == "direct":
        return anthropic.Anthropic(api_key="key", base_url=vendor.origin, max_retries=0)
    return anthropic.AnthropicVertex(
        region="europe-west1",
        project_id="p",
        access_token="token",
        base_url=f"{vendor.origin}/v1beta1",
        max_retries=0,
    )


def asked(client: Any, situation: str, *, stream: bool, **members: Any) -> Any:
    """The message, as the SDK's user gets it."""
    body = {"model": f"claude-x--{situation}", "max_tokens": 100, "messages": USER, **members}
    if not stream:
        return client.messages.create(**body)
    with client.messages.stream(**body) as events:
        return events.get_final_message()


@both
@pytest.mark.parametrize(
    ("situation", "said"),
    [
        ("text", situations.TEXT),
        ("tool-result", situations.AFTER_RESULTS),
        ("image", situations.IMAGE),
        ("schema", json.dumps(situations.SCHEMA)),
    ],
)
def test_texts(client: Any, situation: str, said: str, stream: bool) -> None:
    message = asked(client, situation, stream=stream)

    assert [block.text for block in message.content] == [said]
    assert message.stop_reason == "end_turn"
    counted = (message.usage.input_tokens, message.usage.output_tokens)
    assert counted == (situations.PROMPT_TOKENS, situations.COMPLETION_TOKENS)


@both
def test_calls(client: Any, stream: bool) -> None:
    message = asked(client, "tools", stream=stream)

    assert [(block.name, block.input) for block in message.content] == list(situations.CALLS)
    assert len({block.id for block in message.content}) == 2
    assert message.stop_reason == "tool_use"


@both
def test_a_forced_call_holds_the_schema(client: Any, stream: bool) -> None:
    tool = {"name": "person", "input_schema": {"type": "object"}}
    choice = {"type": "tool", "name": "person"}
    message = asked(client, "schema", stream=stream, tools=[tool], tool_choice=choice)

    assert [(block.name, block.input) for block in message.content] == [("person", situations.SCHEMA)]


@both
def test_thoughts(client: Any, stream: bool) -> None:
    thought, answer = asked(client, "reasoning", stream=stream).content

    assert (thought.thinking, thought.signature) == (situations.THOUGHTS, situations.SIGNATURE)
    assert answer.text == situations.ANSWER


@both
def test_refusal(client: Any, stream: bool) -> None:
    message = asked(client, "refusal", stream=stream)

    assert (message.stop_reason, message.stop_details.explanation) == ("refusal", REFUSAL)


@pytest.mark.parametrize("situation", FAULTS)
def test_errors(client: Any, situation: str) -> None:
    status, kind, words = ERRORS[situation]
    with pytest.raises(FAULTS[situation]) as failure:
        asked(client, situation, stream=False)

    assert failure.value.status_code == status
    assert failure.value.body["error"] == {"type": kind, "message": words}  # type: ignore[index]
    if situation == "rate-limit":
        assert failure.value.response.headers["retry-after"] == str(situations.RETRY_AFTER)


def test_a_stream_that_fails(client: Any) -> None:
    said: list[str] = []
    with (
        client.messages.stream(model="claude-x--failing", max_tokens=100, messages=USER) as events,
        pytest.raises(anthropic.APIStatusError, match="Overloaded"),
    ):
        said.extend(events.text_stream)
    assert "".join(said) == situations.PARTIAL


@both
def test_a_cut_answer(client: Any, stream: bool) -> None:
    with pytest.raises((httpx2.RemoteProtocolError, anthropic.APIConnectionError)):
        asked(client, "cut", stream=stream)
