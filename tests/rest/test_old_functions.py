"""Functions by OpenAI's earlier names, with the official SDK: vendors are asked by tools."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.rest.scene import Scene
from tests.running import KEY, Pointsman
from tests.upstreams.fake_vendor import DONE, VendorCall, completion, delta, replying, streaming

HI: list[Any] = [{"role": "user", "content": "Hi"}]
WEATHER: Any = {
    "name": "weather",
    "parameters": {"type": "object", "properties": {"z": {"type": "string"}, "city": {"type": "string"}}},
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Ulm"}'}}


@pytest.fixture(scope="module", params=["/v1", "/api/v1"])
def sdk(pointsman: Pointsman, request: pytest.FixtureRequest) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{pointsman.url}{request.param}", api_key=KEY, max_retries=0, timeout=20) as client:
        yield client


def test_a_round_trip(sdk: OpenAI, scene: Scene) -> None:
    async def script(call: VendorCall) -> None:
        asked = call.json["messages"][-1]["role"] == "user"
        await call.reply(completion(None, tool_calls=[CALL]) if asked else completion("Sunny."))

    first = sdk.chat.completions.create(
        model=scene.plays(script).model, messages=HI, functions=[WEATHER], function_call={"name": "weather"}
    )
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "function_call"
    assert message.tool_calls is None
    assert message.function_call
    assert message.function_call.model_dump() == CALL["function"]

    told = {"role": "function", "name": "weather", "content": "sun"}
    turns: Any = [*HI, message.model_dump(exclude_none=True), told]
    second = sdk.chat.completions.create(model=scene.model, messages=turns, functions=[WEATHER])

    assert second.choices[0].message.content == "Sunny."
    assert second.choices[0].finish_reason == "stop"
    asked, answered = [call.json for call in scene.vendor.calls(scene.name)]
    assert asked["tools"] == [{"type": "function", "function": WEATHER}]
    assert list(asked["tools"][0]["function"]["parameters"]["properties"]) == ["z", "city"]
    assert asked["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
    assert not {"functions", "function_call"} & {*asked, *answered}
    _, called, result = answered["messages"]
    assert called["tool_calls"][0]["function"] == CALL["function"]
    assert "function_call" not in called
    assert result == {"role": "tool", "content": "sun", "tool_call_id": called["tool_calls"][0]["id"]}


def test_a_stream(sdk: OpenAI, scene: Scene) -> None:
    def piece(**function: str) -> bytes:
        return delta(tool_calls=[{"index": 0, "function": function}])

    begin = delta(tool_calls=[{"index": 0, "id": "c", "type": "function", "function": {"name": "weather"}}])
    pieces = (begin, piece(arguments='{"city"'), piece(arguments=': "Ulm"}'))
    scene.plays(streaming(*pieces, delta(finish="tool_calls"), DONE))

    chunks = list(
        sdk.chat.completions.create(model=scene.model, messages=HI, functions=[WEATHER], stream=True)
    )

    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    calls = [choice.delta.function_call for choice in choices if choice.delta.function_call]
    assert "".join(call.name or "" for call in calls) == "weather"
    assert "".join(call.arguments or "" for call in calls) == '{"city": "Ulm"}'
    assert not any(choice.delta.tool_calls for choice in choices)
    assert [choice.finish_reason for choice in choices if choice.finish_reason] == ["function_call"]


def test_who_asks_with_tools_is_answered_with_tools(sdk: OpenAI, scene: Scene) -> None:
    scene.plays(replying(completion(None, tool_calls=[CALL])))
    call: Any = {"role": "assistant", "content": None, "function_call": CALL["function"]}
    result: Any = {"role": "function", "name": "weather", "content": "sun"}

    answer = sdk.chat.completions.create(
        model=scene.model, messages=[*HI, call, result], tools=[{"type": "function", "function": WEATHER}]
    )

    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.choices[0].message.tool_calls
    assert answer.choices[0].message.function_call is None


def test_functions_and_tools_do_not_go_together(sdk: OpenAI, scene: Scene) -> None:
    with pytest.raises(openai.BadRequestError, match="functions: cannot be combined with tools"):
        sdk.chat.completions.create(
            model=scene.model,
            messages=HI,
            functions=[WEATHER],
            tools=[{"type": "function", "function": WEATHER}],
        )


def test_a_demo_model(sdk: OpenAI) -> None:
    answer = sdk.chat.completions.create(model="demo/fast", messages=HI, functions=[WEATHER])

    assert answer.choices[0].finish_reason == "function_call"
    assert answer.choices[0].message.function_call
