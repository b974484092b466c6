"""The official `openai` SDK is the judge of whole answers, inputs and errors."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Literal

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import BaseModel

from tests.rest.scene import Scene
from tests.running import KEY, Pointsman
from tests.upstreams.fake_vendor import completion, delta, hello, replying, streaming

HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hi"}]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALLS = [
    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Basel"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Ulm"}'}},
]


# The SDK types an answer's `metadata` as a map of strings, and says so when it prints one to parse it anew.
accounts_are_no_string_maps = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")


class City(BaseModel):
    name: str
    inhabitants: int
    kind: Literal["town", "capital"]


def test_answers(sdk: OpenAI, scene: Scene) -> None:
    answer = sdk.chat.completions.create(model=scene.plays(hello).model, messages=HI)

    assert answer.choices[0].message.content == "Hello"
    assert answer.usage
    assert answer.usage.total_tokens == 5


async def _ask_async(pointsman: Pointsman, model: str) -> tuple[str | None, str]:
    async with AsyncOpenAI(base_url=f"{pointsman.url}/v1", api_key=KEY, max_retries=0) as client:
        whole = await client.chat.completions.create(model=model, messages=HI)
        stream = await client.chat.completions.create(model=model, messages=HI, stream=True)
        streamed = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    return whole.choices[0].message.content, streamed


def test_answers_the_async_client(pointsman: Pointsman, scene: Scene) -> None:
    assert asyncio.run(_ask_async(pointsman, scene.plays(hello).model)) == ("Hello", "Hello")


def test_a_tool_round_trip(sdk: OpenAI, scene: Scene) -> None:
    async def script(call: Any) -> None:
        asked = call.json["messages"][-1]["role"] == "user"
        await call.reply(completion(None, tool_calls=CALLS) if asked else completion("Sunny, and rain."))

    messages = list(HI)
    first = sdk.chat.completions.create(model=scene.plays(script).model, messages=messages, tools=[WEATHER])
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls"
    assert message.content is None
    assert [call.model_dump(exclude_none=True) for call in message.tool_calls or ()] == CALLS

    messages.append(message.model_dump(exclude_none=True))  # type: ignore[arg-type]  # as the SDK's guide does
    messages += [{"role": "tool", "tool_call_id": str(call["id"]), "content": "..."} for call in CALLS]
    second = sdk.chat.completions.create(model=scene.model, messages=messages, tools=[WEATHER])

    assert second.choices[0].message.content == "Sunny, and rain."
    sent = scene.vendor.calls(scene.name)[1].json["messages"]
    assert sent[1]["tool_calls"] == CALLS
    assert [turn.get("tool_call_id") for turn in sent[2:]] == ["call_1", "call_2"]


@accounts_are_no_string_maps
def test_structured_output(sdk: OpenAI, scene: Scene) -> None:
    text = json.dumps({"name": "Bern", "inhabitants": 134_000, "kind": "capital"})

    answer = sdk.chat.completions.parse(
        model=scene.plays(replying(completion(text))).model, messages=HI, response_format=City
    )

    assert answer.choices[0].message.parsed == City(name="Bern", inhabitants=134_000, kind="capital")
    form = scene.call.json["response_format"]
    assert form["json_schema"]["schema"]["properties"].keys() == City.model_json_schema()["properties"].keys()
    assert form["json_schema"]["strict"] is True


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        {"type": "image_url", "image_url": {"url": "http://images.test/a.png", "detail": "high"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ],
    ids=lambda part: part["type"],
)
def test_media_are_passed_on(sdk: OpenAI, scene: Scene, part: Any) -> None:
    content: list[Any] = [{"type": "text", "text": "What is this?"}, part]

    sdk.chat.completions.create(
        model=scene.plays(hello).model, messages=[{"role": "user", "content": content}]
    )

    assert scene.call.json["messages"] == [{"role": "user", "content": content}]


def test_several_choices_with_logprobs(sdk: OpenAI, scene: Scene) -> None:
    token = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": []}
    answer = completion("Hi")
    first = answer["choices"][0] | {"logprobs": {"content": [token], "refusal": None}}
    answer["choices"] = [first, first | {"index": 1, "finish_reason": "length"}]

    got = sdk.chat.completions.create(
        model=scene.plays(replying(answer)).model, messages=HI, n=2, logprobs=True, top_logprobs=0
    )

    assert [(each.index, each.finish_reason) for each in got.choices] == [(0, "stop"), (1, "length")]
    for choice in got.choices:
        assert choice.logprobs
        assert [each.model_dump() for each in choice.logprobs.content or ()] == [token]
    assert (scene.call.json["n"], scene.call.json["top_logprobs"]) == (2, 0)


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal(sdk: OpenAI, scene: Scene, stream: bool) -> None:
    words = streaming(delta(role="assistant", refusal="I can"), delta(refusal="not."), delta(finish="stop"))
    scene.plays(words if stream else replying(completion(None, refusal="I cannot.")))

    if stream:
        with sdk.chat.completions.stream(model=scene.model, messages=HI) as events:
            message = events.get_final_completion().choices[0].message
            assert message.refusal == "I cannot."
    else:
        whole = sdk.chat.completions.create(model=scene.model, messages=HI).choices[0].message
        assert (whole.content, whole.refusal) == (None, "I cannot.")


@pytest.mark.parametrize(
    ("status", "raised", "ours"),
    [
        (400, openai.BadRequestError, 400),
        (401, openai.InternalServerError, 502),
        (404, openai.NotFoundError, 404),
        (408, openai.InternalServerError, 504),
        (413, openai.APIStatusError, 413),
        (422, openai.UnprocessableEntityError, 422),
        (429, openai.RateLimitError, 429),
        (500, openai.InternalServerError, 502),
        (503, openai.InternalServerError, 503),
    ],
)
def test_errors_are_the_sdks_own(
    sdk: OpenAI, scene: Scene, status: int, raised: type[openai.APIStatusError], ours: int
) -> None:
    scene.plays(replying({"error": {"message": "the vendor's words"}}, status, **{"retry-after": "7"}))

    for stream in (False, True):
        with pytest.raises(raised, match="the vendor's words") as caught:
            sdk.chat.completions.create(model=scene.model, messages=HI, stream=stream)

        assert caught.value.status_code == ours
        assert caught.value.type
        assert caught.value.request_id
        assert caught.value.response.headers["retry-after"] == "7"


def test_a_wrong_key(pointsman: Pointsman) -> None:
    with (
        OpenAI(base_url=f"{pointsman.url}/v1", api_key="wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        client.chat.completions.create(model="fake/hello", messages=HI)

    assert caught.value.body == "Unauthorized"


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (
            lambda sdk, model: sdk.chat.completions.create(model=model, messages=HI, temperature=3),
            "temperature",
        ),
        (lambda sdk, model: sdk.chat.completions.create(model="", messages=HI), "model"),
    ],
)
def test_a_bad_request_names_its_field(
    sdk: OpenAI, scene: Scene, ask: Callable[[OpenAI, str], None], field: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(sdk, scene.model)

    assert caught.value.param == field
    assert caught.value.code == "invalid_request"


def test_options_by_the_sdks_extra_body(sdk: OpenAI, scene: Scene) -> None:
    sdk.chat.completions.create(
        model=scene.plays(hello).model, messages=HI, extra_body={"reasoning": {"effort": "low"}, "top_k": 5}
    )
    assert (scene.call.json["reasoning_effort"], scene.call.json["top_k"]) == ("low", 5)

    with pytest.raises(openai.InternalServerError, match="web_search: not served"):
        sdk.chat.completions.create(
            model=scene.model, messages=HI, extra_body={"extra_body": {"web_search": {"engine": "exa"}}}
        )


def test_no_parameter_of_the_sdk_is_taken_for_a_misspelt_option(scene: Scene) -> None:
    from openai.types.chat.completion_create_params import CompletionCreateParamsBase

    ours = {"model", "messages", "stream"}
    members = dict.fromkeys(CompletionCreateParamsBase.__annotations__.keys() - ours, None)

    assert scene.plays(hello).ask(**members).status_code == 200


@accounts_are_no_string_maps
def test_the_demo_models(sdk: OpenAI) -> None:
    whole = sdk.chat.completions.create(model="demo/fast", messages=HI)
    assert "You said: Hi" in (whole.choices[0].message.content or "")

    tools = sdk.chat.completions.create(model="demo/fast", messages=HI, tools=[WEATHER])
    calls = tools.choices[0].message.tool_calls
    assert calls
    [call] = calls
    assert call.type == "function"
    assert json.loads(call.function.arguments) == {"city": "Hi"}

    parsed = sdk.chat.completions.parse(model="demo/fast", messages=HI, response_format=City)
    assert parsed.choices[0].message.parsed == City(name="Hi", inhabitants=1, kind="town")


@pytest.mark.parametrize(
    ("words", "raised"), [("429", openai.RateLimitError), ("500", openai.InternalServerError)]
)
def test_the_failing_demo_model(sdk: OpenAI, words: str, raised: type[openai.APIStatusError]) -> None:
    with pytest.raises(raised):
        sdk.chat.completions.create(model="demo/failing", messages=[{"role": "user", "content": words}])
