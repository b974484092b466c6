"""The official OpenAI SDK, unchanged: one conversation with an image and tools, streamed, at every vendor."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import APIStatusError, OpenAI, RateLimitError

from tests.conversations.vendors import SPOKEN, Spoken, pixel, weather_tool
from tests.running import KEY, Pointsman
from tests.upstreams import situations
from tests.upstreams.situations import SituationVendor

each_vendor = pytest.mark.parametrize("spoken", SPOKEN, ids=lambda spoken: f"{spoken.name}-{spoken.dialect}")
RESULTS = {"Paris": "18 degrees", "Rome": "22 degrees"}


@pytest.fixture(scope="session")
def sdk(pointsman: Pointsman) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{pointsman.url}/v1", api_key=KEY, max_retries=0, timeout=20) as client:
        yield client


@each_vendor
def test_a_conversation(sdk: OpenAI, spoken: Spoken, vendors: dict[str, SituationVendor]) -> None:
    def model(situation: str) -> str:
        return f"{spoken.name}/{spoken.model}--{situation}"

    image = {"type": "image_url", "image_url": {"url": pixel()}}
    asked: list[Any] = [
        {"role": "system", "content": "You tell the weather of places in pictures."},
        {"role": "user", "content": [{"type": "text", "text": "What is the weather here?"}, image]},
    ]
    tools: Any = [weather_tool()]

    with sdk.chat.completions.stream(model=model("tools"), messages=asked, tools=tools) as stream:
        deltas = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        message = stream.get_final_completion().choices[0].message
    calls = message.tool_calls or []
    assert [(each.name, json.loads(each.arguments)) for each in deltas] == list(situations.CALLS)
    assert [json.loads(call.function.arguments) for call in calls] == [each for _, each in situations.CALLS]
    results = [
        {
            "role": "tool",
            "tool_call_id": call.id,
            "content": RESULTS[json.loads(call.function.arguments)["city"]],
        }
        for call in calls
    ]
    turns = [*asked, message.model_dump(exclude_none=True), *results]
    with sdk.chat.completions.stream(model=model("tool-result"), messages=turns, tools=tools) as stream:
        text = "".join(event.delta for event in stream if event.type == "content.delta")
        final = stream.get_final_completion()

    assert text == final.choices[0].message.content == situations.AFTER_RESULTS
    assert final.choices[0].finish_reason == "stop"
    sent = vendors[spoken.name].last(f"{spoken.model}--tool-result").raw
    assert pixel().partition(",")[2].encode() in sent
    assert all(result.encode() in sent for result in RESULTS.values())


@each_vendor
def test_the_sdk_tells_failures_apart(sdk: OpenAI, spoken: Spoken) -> None:
    with pytest.raises(RateLimitError) as caught:
        sdk.chat.completions.create(
            model=f"{spoken.name}/{spoken.model}--rate-limit", messages=[{"role": "user", "content": "Hi"}]
        )
    assert isinstance(caught.value, APIStatusError)
    assert caught.value.response.headers["retry-after"] == str(situations.RETRY_AFTER)
