"""The official `openai` SDK is the judge of streams."""

import json
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

from tests.rest.scene import Scene
from tests.rest.test_openai_sdk import WEATHER
from tests.upstreams.fake_vendor import DONE, HELLO, USAGE, delta, event, streaming

HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hi"}]


class City(BaseModel):
    name: str


def _call(index: int, **members: Any) -> bytes:
    return delta(tool_calls=[{"index": index, **members}])


def test_streams(sdk: OpenAI, scene: Scene) -> None:
    stream = sdk.chat.completions.create(model=scene.plays(streaming(HELLO)).model, messages=HI, stream=True)
    chunks = list(stream)

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage


def test_usage_on_a_chunk_of_its_own(sdk: OpenAI, scene: Scene) -> None:
    stream = sdk.chat.completions.create(
        model=scene.plays(streaming(HELLO)).model,
        messages=HI,
        stream=True,
        stream_options={"include_usage": True},
    )
    *chunks, last = list(stream)

    assert not last.choices
    assert last.usage
    assert last.usage.total_tokens == 5
    assert not any(chunk.usage for chunk in chunks)


def test_parallel_tool_calls(sdk: OpenAI, scene: Scene) -> None:
    scene.plays(
        streaming(
            delta(role="assistant", content=None),
            _call(0, id="call_1", type="function", function={"name": "weather", "arguments": ""}),
            _call(0, function={"arguments": '{"city":'}),
            _call(0, function={"arguments": ' "Basel"}'}),
            _call(1, id="call_2", type="function", function={"name": "weather", "arguments": ""}),
            _call(1, function={"arguments": '{"city": "Ulm"}'}),
            delta(finish="tool_calls") + event(choices=[], usage=USAGE) + DONE,
        )
    )

    with sdk.chat.completions.stream(model=scene.model, messages=HI, tools=[WEATHER]) as events:
        done = [each for each in events if each.type == "tool_calls.function.arguments.done"]
        choice = events.get_final_completion().choices[0]

    assert [(each.index, each.name, json.loads(each.arguments)) for each in done] == [
        (0, "weather", {"city": "Basel"}),
        (1, "weather", {"city": "Ulm"}),
    ]
    assert choice.finish_reason == "tool_calls"
    assert [call.id for call in choice.message.tool_calls or ()] == ["call_1", "call_2"]


@pytest.mark.parametrize("index", [{}, {"index": 0}], ids=["without index", "always index 0"])
def test_parallel_tool_calls_of_vendors_that_do_not_count(
    sdk: OpenAI, scene: Scene, index: dict[str, int]
) -> None:
    calls = [
        {
            "id": f"call_{city}",
            "type": "function",
            "function": {"name": "weather", "arguments": f'{{"city": "{city}"}}'},
        }
        for city in ("Basel", "Ulm")
    ]
    frames = [delta(role="assistant", tool_calls=[index | call]) for call in calls]
    scene.plays(streaming(*frames, delta(finish="tool_calls")))

    with sdk.chat.completions.stream(model=scene.model, messages=HI, tools=[WEATHER]) as events:
        message = events.get_final_completion().choices[0].message

    assert [(call.id, call.function.arguments) for call in message.tool_calls or ()] == [
        ("call_Basel", '{"city": "Basel"}'),
        ("call_Ulm", '{"city": "Ulm"}'),
    ]


def test_structured_output(sdk: OpenAI, scene: Scene) -> None:
    scene.plays(streaming(delta(content='{"name":'), delta(content=' "Bern"}'), delta(finish="stop")))

    with sdk.chat.completions.stream(model=scene.model, messages=HI, response_format=City) as events:
        assert events.get_final_completion().choices[0].message.parsed == City(name="Bern")


def test_several_choices_with_logprobs(sdk: OpenAI, scene: Scene) -> None:
    def word(index: int, text: str) -> bytes:
        token = {"token": text, "logprob": -0.1, "bytes": None, "top_logprobs": []}
        return event(
            choices=[
                {
                    "index": index,
                    "delta": {"content": text},
                    "logprobs": {"content": [token], "refusal": None},
                }
            ]
        )

    scene.plays(streaming(word(0, "a"), word(1, "b"), word(0, "c"), delta(0, "stop"), delta(1, "stop"), DONE))

    with sdk.chat.completions.stream(model=scene.model, messages=HI, n=2, logprobs=True) as events:
        first, second = events.get_final_completion().choices

    assert (first.message.content, first.finish_reason) == ("ac", "stop")
    assert (second.message.content, second.finish_reason) == ("b", "stop")
    assert first.logprobs
    assert [token.token for token in first.logprobs.content or ()] == ["a", "c"]


def test_a_failure_in_the_middle_is_raised(sdk: OpenAI, scene: Scene) -> None:
    scene.plays(streaming(delta(content="Hel"), event(error={"message": "out of memory", "code": 500})))

    stream = sdk.chat.completions.create(model=scene.model, messages=HI, stream=True)
    texts: list[str | None] = []
    with pytest.raises(openai.APIError, match="out of memory"):
        texts.extend(chunk.choices[0].delta.content for chunk in stream)

    assert texts == ["Hel"]


def test_the_demo_models(sdk: OpenAI) -> None:
    with sdk.chat.completions.stream(model="demo/clever", messages=HI) as words:
        assert "You said: Hi" in (words.get_final_completion().choices[0].message.content or "")
    with sdk.chat.completions.stream(model="demo/fast", messages=HI, tools=[WEATHER]) as tools:
        calls = tools.get_final_completion().choices[0].message.tool_calls
        assert calls
        [call] = calls
        assert json.loads(call.function.arguments) == {"city": "Hi"}
    with sdk.chat.completions.stream(model="demo/fast", messages=HI, response_format=City) as form:
        assert form.get_final_completion().choices[0].message.parsed == City(name="Hi")


def test_the_failing_demo_model_breaks_off(sdk: OpenAI) -> None:
    stream = sdk.chat.completions.create(
        model="demo/failing", messages=[{"role": "user", "content": "fail mid-stream"}], stream=True
    )

    with pytest.raises(openai.APIError, match="broke"):
        list(stream)
