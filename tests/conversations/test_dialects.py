"""The same conversations with every vendor, through the real Envoy: one table for all dialects."""

import json
from typing import Any

import httpx
import pytest

from tests.conversations.gathering import gathered
from tests.conversations.vendors import SPOKEN, Spoken, check_arrival, pixel, weather_tool
from tests.rest.scene import PATH, events
from tests.upstreams import situations
from tests.upstreams.situations import SituationVendor

USER = [{"role": "user", "content": "Hi"}]
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "person",
        "schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
            "required": ["name", "age"],
            "additionalProperties": False,
        },
    },
}
IMAGE = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": pixel()}},
        ],
    }
]


class Conversation:
    """One caller of one provider."""

    def __init__(self, http: httpx.Client, spoken: Spoken, vendor: SituationVendor, *, stream: bool) -> None:
        self._http = http
        self.spoken = spoken
        self.vendor = vendor
        self._stream = stream

    def post(self, situation: str, messages: Any = USER, **members: Any) -> httpx.Response:
        model = f"{self.spoken.name}/{self.spoken.model}--{situation}"
        body = {"model": model, "messages": messages, "stream": self._stream, **members}
        return self._http.post(PATH, json=body)

    def ask(self, situation: str, messages: Any = USER, **members: Any) -> dict[str, Any]:
        """The answer as a whole, however it came."""
        response = self.post(situation, messages, **members)
        assert response.status_code == 200, response.text
        check_arrival(self.spoken, self.received(situation))
        if not self._stream:
            whole: dict[str, Any] = response.json()
            return whole
        *chunks, done = events(response.text)
        assert done == "[DONE]"
        return gathered(chunks)

    def received(self, situation: str) -> situations.Received:
        return self.vendor.last(f"{self.spoken.model}--{situation}")


@pytest.fixture(params=SPOKEN, ids=lambda spoken: f"{spoken.name}-{spoken.dialect}")
def spoken(request: pytest.FixtureRequest) -> Spoken:
    found: Spoken = request.param
    return found


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def talk(
    request: pytest.FixtureRequest, http: httpx.Client, spoken: Spoken, vendors: dict[str, SituationVendor]
) -> Conversation:
    return Conversation(http, spoken, vendors[spoken.name], stream=request.param)


def test_text(talk: Conversation) -> None:
    answer = talk.ask("text", [{"role": "system", "content": "Be brief."}, *USER], max_tokens=100)

    [choice] = answer["choices"]
    assert choice["message"]["content"] == situations.TEXT
    assert choice["finish_reason"] == "stop"
    assert choice["native_finish_reason"]
    usage = answer["usage"]
    assert usage["prompt_tokens"] == situations.PROMPT_TOKENS
    assert usage["completion_tokens"] == situations.COMPLETION_TOKENS
    assert usage["total_tokens"] == situations.PROMPT_TOKENS + situations.COMPLETION_TOKENS
    assert b"Be brief." in talk.received("text").raw
    assert answer["metadata"]["attempts"][0]["success"]
    assert answer["model"] == f"{talk.spoken.name}/{talk.spoken.model}--text"


def test_parallel_tools_and_their_results(talk: Conversation) -> None:
    tools = [weather_tool()]
    answer = talk.ask("tools", tools=tools)

    [choice] = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    calls = choice["message"]["tool_calls"]
    assert [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in calls] == list(
        situations.CALLS
    )
    assert len({call["id"] for call in calls}) == 2

    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": text}
        for call, text in zip(calls, ("18 degrees", "22 degrees"), strict=True)
    ]
    after = talk.ask("tool-result", [*USER, choice["message"], *results], tools=tools)

    assert after["choices"][0]["message"]["content"] == situations.AFTER_RESULTS
    sent = talk.received("tool-result").raw
    assert 0 < sent.index(b"18 degrees") < sent.index(b"22 degrees")


def test_image_input(talk: Conversation) -> None:
    answer = talk.ask("image", IMAGE)

    assert answer["choices"][0]["message"]["content"] == situations.IMAGE
    assert pixel().partition(",")[2].encode() in talk.received("image").raw


def test_schema_output(talk: Conversation) -> None:
    answer = talk.ask("schema", response_format=SCHEMA)

    [choice] = answer["choices"]
    assert json.loads(choice["message"]["content"]) == situations.SCHEMA
    assert choice["finish_reason"] == "stop"
    assert not choice["message"].get("tool_calls")
    sent = talk.received("schema").raw.replace(b'\\"', b'"')  # Bedrock takes schemas as text
    assert sent.index(b'"name"') < sent.index(b'"age"')


def test_reasoning_goes_round(talk: Conversation) -> None:
    asked: dict[str, Any] = {"reasoning": {"effort": "low"}, "max_tokens": 8000}
    answer = talk.ask("reasoning", **asked)

    message = answer["choices"][0]["message"]
    assert message["content"] == situations.ANSWER
    assert message["reasoning"] == situations.THOUGHTS
    if talk.spoken.signs:
        assert situations.SIGNATURE in json.dumps(message["reasoning_details"])
        talk.ask("text", [*USER, message, {"role": "user", "content": "And now?"}], **asked)
        assert situations.SIGNATURE.encode() in talk.received("text").raw


def test_thoughts_are_kept_back_on_request(talk: Conversation) -> None:
    asked: dict[str, Any] = {"reasoning": {"effort": "low", "exclude": True}, "max_tokens": 8000}
    message = talk.ask("reasoning", **asked)["choices"][0]["message"]

    assert message["content"] == situations.ANSWER
    assert situations.THOUGHTS not in json.dumps(message)


def test_refusal(talk: Conversation) -> None:
    [choice] = talk.ask("refusal")["choices"]

    told = choice["finish_reason"] == "content_filter" or bool(choice["message"].get("refusal"))
    assert told is ("refusal" not in talk.spoken.lacks)


FAILURES = [
    ("rate-limit", 429, "provider_rate_limit"),
    ("context-length", 400, "context_length_exceeded"),
    ("auth", 502, "provider_auth"),
    ("overloaded", 503, "provider_overloaded"),
    ("bad-request", 400, "provider_bad_request"),
    ("not-found", 404, "provider_model_not_found"),
    ("content-policy", 400, "content_policy_violation"),
    ("invalid-image", 400, "invalid_image"),
    ("server-error", 502, "provider_failure"),
]


@pytest.mark.parametrize(("situation", "status", "kind"), FAILURES, ids=[row[0] for row in FAILURES])
def test_errors(talk: Conversation, situation: str, status: int, kind: str) -> None:
    response = talk.post(situation)

    assert response.status_code == status, response.text
    body = response.json()
    assert body["metadata"]["attempts"][0]["error_type"] == kind
    assert body["error"]["provider"] == talk.spoken.name
    if situation == "rate-limit":
        assert response.headers["retry-after"] == str(situations.RETRY_AFTER)


@pytest.mark.parametrize("situation", ["cut", "failing"])
def test_broken_answers_are_told(talk: Conversation, situation: str) -> None:
    response = talk.post(situation)

    if not talk._stream:
        assert response.status_code >= 500
        assert response.json()["error"]["provider"] == talk.spoken.name
        return
    assert response.status_code == 200
    *chunks, last = events(response.text)
    assert gathered(chunks)["choices"][0]["message"]["content"] == situations.PARTIAL
    assert last["error"]["provider"] == talk.spoken.name
    assert "[DONE]" not in response.text


def test_what_a_vendor_lacks_is_named(
    http: httpx.Client, spoken: Spoken, vendors: dict[str, SituationVendor]
) -> None:
    """Every knob there is: each reaches the vendor or is named, and none fails the request."""
    knobs = {"seed": 7, "top_k": 5, "frequency_penalty": 0.5, "logit_bias": {"5": 1}, "temperature": 0.5}
    talk = Conversation(http, spoken, vendors[spoken.name], stream=False)

    answer = talk.ask("text", **knobs)

    named = {warning["param"] for warning in answer["metadata"].get("warnings", ())}
    sent = json.dumps(talk.received("text").body)
    for knob in knobs.keys() - named:
        camel = "".join(word.capitalize() for word in knob.split("_"))
        camel = camel[0].lower() + camel[1:]
        other = {"seed": "random_seed", "top_k": '"k"'}.get(knob, knob)
        assert any(f'"{word}"' in sent for word in (knob, camel)) or other in sent, (knob, sent)
