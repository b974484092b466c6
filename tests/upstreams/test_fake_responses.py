"""The fake Responses API, read by the `openai` SDK's own client."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from tests.upstreams import situations
from tests.upstreams.fake_responses import ERRORS, FAILED, OUTPUTS, REFUSED, FakeResponses, streamed

MODEL = "gpt-5"


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeResponses]:
    with FakeResponses() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def client(vendor: FakeResponses) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=f"{vendor.origin}/v1", max_retries=0, timeout=10) as client:
        yield client


def read(client: openai.OpenAI, situation: str, *, stream: bool) -> dict[str, Any]:
    """The answer as the SDK's user gathers it."""
    model = f"{MODEL}--{situation}"
    found: dict[str, Any] = {"deltas": "", "response": None}
    if not stream:
        found["response"] = client.responses.create(model=model, input="Hi")
        return found
    for event in client.responses.create(model=model, input="Hi", stream=True):
        if event.type in ("response.output_text.delta", "response.refusal.delta"):
            found["deltas"] += event.delta
        if event.type in ("response.completed", "response.failed"):
            found["response"] = event.response
    return found


SAYS = {
    "text": situations.TEXT,
    "tool-result": situations.AFTER_RESULTS,
    "image": situations.IMAGE,
    "schema": json.dumps(situations.SCHEMA),
    "reasoning": situations.ANSWER,
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("situation", SAYS)
def test_text(client: openai.OpenAI, situation: str, stream: bool) -> None:
    found = read(client, situation, stream=stream)

    assert found["response"].output_text == SAYS[situation]
    assert found["response"].status == "completed"
    assert found["deltas"] == (SAYS[situation] if stream else "")
    usage = found["response"].usage
    assert (usage.input_tokens, usage.output_tokens) == (
        situations.PROMPT_TOKENS,
        situations.COMPLETION_TOKENS,
    )


@pytest.mark.parametrize("stream", [False, True])
def test_tools(client: openai.OpenAI, stream: bool) -> None:
    output = read(client, "tools", stream=stream)["response"].output

    assert [(each.name, json.loads(each.arguments)) for each in output] == list(situations.CALLS)
    assert len({each.call_id for each in output}) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_reasoning(client: openai.OpenAI, stream: bool) -> None:
    [thought, _] = read(client, "reasoning", stream=stream)["response"].output

    assert [part.text for part in thought.summary] == [situations.THOUGHTS]
    assert thought.encrypted_content == situations.SIGNATURE


@pytest.mark.parametrize("stream", [False, True])
def test_refusal(client: openai.OpenAI, stream: bool) -> None:
    found = read(client, "refusal", stream=stream)

    assert found["response"].output[0].content[0].refusal == REFUSED
    assert found["deltas"] == (REFUSED if stream else "")


CLASSES = {
    "rate-limit": openai.RateLimitError,
    "auth": openai.AuthenticationError,
    "not-found": openai.NotFoundError,
    "overloaded": openai.InternalServerError,
    "server-error": openai.InternalServerError,
    "failing": openai.InternalServerError,
}


@pytest.mark.parametrize("situation", ERRORS)
def test_errors(client: openai.OpenAI, situation: str) -> None:
    status, kind, code, words = ERRORS[situation]
    with pytest.raises(CLASSES.get(situation, openai.BadRequestError), match=words[:20]) as error:
        read(client, situation, stream=False)

    assert isinstance(error.value, openai.APIStatusError)
    assert (error.value.status_code, error.value.type, error.value.code) == (status, kind, code)
    if situation == "rate-limit":
        assert error.value.response.headers["retry-after"] == str(situations.RETRY_AFTER)


def test_a_failure_in_the_stream(client: openai.OpenAI) -> None:
    found = read(client, "failing", stream=True)

    assert found["deltas"] == situations.PARTIAL
    assert found["response"].status == "failed"
    assert found["response"].error.code == FAILED["code"]


@pytest.mark.parametrize("stream", [False, True])
def test_cut(client: openai.OpenAI, stream: bool) -> None:
    with pytest.raises(openai.APIConnectionError):
        read(client, "cut", stream=stream)


def test_all_situations_are_acted_out() -> None:
    assert set(OUTPUTS) | set(ERRORS) == set(situations.SITUATIONS)


@pytest.mark.parametrize("situation", OUTPUTS)
def test_the_shapes_are_the_sdks(situation: str) -> None:
    """The SDK's client is lenient; its types are not."""
    events: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    for number, event in enumerate(streamed(MODEL, OUTPUTS[situation])):
        events.validate_python({**event, "sequence_number": number})
        if event["type"] == "response.completed":
            Response.model_validate(event["response"])
