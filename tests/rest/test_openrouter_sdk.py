"""The official `openrouter` SDK, and `openai`'s with another address, are the judges of OpenRouter's door."""

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from openrouter import OpenRouter, errors

from tests.rest.scene import Scene
from tests.running import KEY, Pointsman
from tests.upstreams.fake_vendor import (
    DONE,
    completion,
    delta,
    event,
    hello,
    replying,
    streaming,
)

HI: list[Any] = [{"role": "user", "content": "Hi"}]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Ulm"}'}}


@pytest.fixture(scope="module")
def router(pointsman: Pointsman) -> Iterator[OpenRouter]:
    with OpenRouter(
        api_key=KEY,
        server_url=f"{pointsman.url}/api/v1",
        http_referer="https://app.test",
        x_open_router_title="The SDK",
        timeout_ms=20_000,
    ) as client:
        yield client


@pytest.fixture(scope="module")
def sdk(pointsman: Pointsman) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{pointsman.url}/api/v1", api_key=KEY, max_retries=0, timeout=20) as client:
        yield client


def test_a_whole_answer(router: OpenRouter, scene: Scene) -> None:
    scene.plays(replying(completion("Hello", reasoning="Hm")))

    answer = router.chat.send(model=scene.model, messages=HI, x_open_router_metadata="enabled")

    assert answer.id.startswith("gen-")
    assert answer.model == scene.model
    assert answer.choices[0].message.content == "Hello"
    assert answer.choices[0].message.reasoning == "Hm"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.is_byok) == (3, 2, False)
    assert answer.openrouter_metadata
    assert answer.openrouter_metadata.strategy == "direct"
    assert answer.openrouter_metadata.endpoints.available[0].selected


def test_a_stream(router: OpenRouter, scene: Scene) -> None:
    scene.plays(hello)

    with router.chat.send(
        model=scene.model, messages=HI, stream=True, x_open_router_metadata="enabled"
    ) as stream:
        *chunks, last = list(stream)

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello"
    assert all(chunk.choices[0].delta.role == "assistant" for chunk in chunks)
    assert last.choices == []
    assert last.usage
    assert last.usage.total_tokens == 5
    assert last.openrouter_metadata
    assert last.openrouter_metadata.attempt == 1


async def _ask_async(pointsman: Pointsman, model: str) -> tuple[Any, str]:
    async with OpenRouter(api_key=KEY, server_url=f"{pointsman.url}/api/v1") as client:
        whole = await client.chat.send_async(model=model, messages=HI)
        async with await client.chat.send_async(model=model, messages=HI, stream=True) as stream:
            parts = [choice.delta.content or "" async for chunk in stream for choice in chunk.choices]
    return whole.choices[0].message.content, "".join(parts)


def test_the_async_client(pointsman: Pointsman, scene: Scene) -> None:
    assert asyncio.run(_ask_async(pointsman, scene.plays(hello).model)) == ("Hello", "Hello")


@pytest.mark.parametrize("stream", [False, True])
def test_tools(router: OpenRouter, scene: Scene, stream: bool) -> None:
    streamed = streaming(delta(tool_calls=[{"index": 0, **CALL}]), delta(finish="tool_calls"), DONE)
    scene.plays(streamed if stream else replying(completion(None, tool_calls=[CALL])))

    if stream:
        with router.chat.send(model=scene.model, messages=HI, tools=[WEATHER], stream=True) as chunks:
            calls: Any = [
                call for chunk in chunks for each in chunk.choices for call in each.delta.tool_calls or ()
            ]
    else:
        calls = (
            router.chat.send(model=scene.model, messages=HI, tools=[WEATHER]).choices[0].message.tool_calls
        )

    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("call_1", "weather", '{"city": "Ulm"}')
    ]


def test_what_the_sdk_says_of_the_app_is_recorded(router: OpenRouter, scene: Scene) -> None:
    answer = router.chat.send(
        model=scene.plays(hello).model,
        messages=HI,
        session_id="s",
        user="u",
        metadata={"run": "7"},
        trace={"trace_id": "t"},
        prompt_cache_key="k",
    )

    record = scene.record(answer.id.removeprefix("gen-"))
    assert (record["app_url"], record["app_title"]) == ("https://app.test", "The SDK")
    assert (record["session_id"], record["user"]) == ("s", "u")
    assert (record["metadata"], record["trace"]) == ({"run": "7"}, {"trace_id": "t"})
    assert scene.call.json["prompt_cache_key"] == "k"


@pytest.mark.parametrize(
    ("status", "raised", "ours"),
    [
        (400, errors.BadRequestResponseError, 400),
        (401, errors.BadGatewayResponseError, 502),
        (404, errors.NotFoundResponseError, 404),
        (413, errors.PayloadTooLargeResponseError, 413),
        (422, errors.UnprocessableEntityResponseError, 422),
        (429, errors.TooManyRequestsResponseError, 429),
        (500, errors.BadGatewayResponseError, 502),
        (503, errors.ServiceUnavailableResponseError, 503),
    ],
)
def test_errors_are_the_sdks_own(
    router: OpenRouter, scene: Scene, status: int, raised: type[Any], ours: int
) -> None:
    scene.plays(replying({"error": {"message": "the vendor's words"}}, status, **{"retry-after": "0"}))

    for stream in (False, True):
        with pytest.raises(raised, match="the vendor's words") as caught:
            router.chat.send(model=scene.model, messages=HI, stream=stream, retries=None)

        assert caught.value.data.error.code == ours
        assert caught.value.data.error.metadata["provider_name"] == "fake"


def test_a_wrong_key(pointsman: Pointsman) -> None:
    with (
        OpenRouter(api_key="wrong", server_url=f"{pointsman.url}/api/v1") as client,
        pytest.raises(errors.UnauthorizedResponseError) as caught,
    ):
        client.chat.send(model="fake/hello", messages=HI)

    assert caught.value.data.error.code == 401


def test_a_failure_in_the_middle_of_a_stream(router: OpenRouter, sdk: OpenAI, scene: Scene) -> None:
    scene.plays(streaming(delta(content="Hi"), event(error={"message": "Overloaded", "code": 503})))

    with router.chat.send(model=scene.model, messages=HI, stream=True) as stream:
        first, last = list(stream)

    assert first.choices[0].delta.content == "Hi"
    assert last.error
    assert last.error.code == 503
    assert last.error.metadata
    assert last.error.metadata.error_type == "provider_overloaded"
    assert last.choices[0].finish_reason == "error"

    with pytest.raises(openai.APIError, match="Overloaded"):
        list(sdk.chat.completions.create(model=scene.model, messages=HI, stream=True))


def test_openais_sdk(sdk: OpenAI, scene: Scene) -> None:
    scene.plays(hello)

    whole = sdk.chat.completions.create(
        model=scene.model, messages=HI, extra_body={"session_id": "s", "usage": {"include": True}}
    )
    chunks = list(sdk.chat.completions.create(model=scene.model, messages=HI, stream=True))
    with sdk.chat.completions.stream(model=scene.model, messages=HI) as events:
        final = events.get_final_completion()

    assert whole.choices[0].message.content == "Hello"
    assert whole.id.startswith("gen-")
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Hello"
    assert chunks[-1].usage
    assert final.choices[0].message.content == "Hello"
    assert final.usage
    assert final.usage.total_tokens == 5


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (400, openai.BadRequestError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
    ],
)
def test_openais_sdk_understands_errors(
    sdk: OpenAI, scene: Scene, status: int, raised: type[openai.APIStatusError]
) -> None:
    scene.plays(replying({"error": {"message": "the vendor's words"}}, status, **{"retry-after": "0"}))

    with pytest.raises(raised, match="the vendor's words"):
        sdk.chat.completions.create(model=scene.model, messages=HI)
