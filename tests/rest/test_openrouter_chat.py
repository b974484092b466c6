"""OpenRouter's chat door: how answers, streams and errors look, and what the caller says of himself."""

import json
from typing import Any

import httpx
import pytest

from tests.rest.scene import MESSAGES, Scene, events, text_of
from tests.running import KEY, Pointsman
from tests.upstreams.fake_vendor import (
    DONE,
    HELLO,
    USAGE,
    completion,
    delta,
    event,
    hello,
    replying,
    streaming,
)

PATH = "/api/v1/chat/completions"
TITLE = "fake"  # a provider that the operator gave no display name
ROUTED = {"X-OpenRouter-Metadata": "Enabled"}
PRINTED_USAGE = USAGE | {
    "prompt_tokens_details": None,
    "completion_tokens_details": None,
    "cost": None,
    "is_byok": False,
    "cost_details": None,
}


def _ask(scene: Scene, headers: dict[str, str] | None = None, **members: Any) -> httpx.Response:
    return scene.http.post(PATH, json=scene.body(**members), headers=headers)


def _stream(scene: Scene, headers: dict[str, str] | None = None, **members: Any) -> list[Any]:
    response = _ask(scene, headers, stream=True, **members)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return events(response.text)


def test_a_whole_answer(scene: Scene) -> None:
    response = _ask(scene.plays(replying(completion("Hi", reasoning="Hm"))))

    body = response.json()
    assert response.status_code == 200
    assert response.headers["x-generation-id"] == body["id"]
    assert body["id"].startswith("gen-")
    assert body.pop("created") > 1_700_000_000
    account = body.pop("metadata")
    assert account["attempts"][0]["success"] is True
    assert body == {
        "id": f"gen-{account['generation_id']}",
        "object": "chat.completion",
        "model": scene.model,
        "provider": TITLE,
        "system_fingerprint": None,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi", "refusal": None, "reasoning": "Hm"},
                "logprobs": None,
                "finish_reason": "stop",
                "native_finish_reason": "stop",
            }
        ],
        "usage": PRINTED_USAGE,
    }


@pytest.mark.parametrize("name", ["acme/rare", "other/only-here", "only-here"])
def test_a_model_is_told_by_its_authors_name(scene: Scene, name: str) -> None:
    scene.vendor.script("only-here", hello)

    whole = scene.http.post(PATH, json={"model": name, "messages": MESSAGES}, headers=ROUTED).json()
    streamed = scene.http.post(PATH, json={"model": name, "messages": MESSAGES, "stream": True}).text

    assert (whole["model"], whole["provider"]) == ("acme/rare", "other")
    assert {frame["model"] for frame in events(streamed) if frame != "[DONE]"} == {"acme/rare"}
    assert whole["openrouter_metadata"]["requested"] == name
    assert whole["openrouter_metadata"]["endpoints"]["available"] == [
        {"provider": "other", "model": "acme/rare", "selected": True}
    ]
    assert whole["usage"]["cost"] == pytest.approx((3 * 1 + 2 * 2) / 1e6)
    assert whole["usage"]["cost_details"]["upstream_inference_prompt_cost"] == pytest.approx(3e-6)


def test_a_provider_is_told_by_its_display_name(scene: Scene) -> None:
    answer = scene.http.post(PATH, json={"model": "demo/fast", "messages": MESSAGES}).json()

    assert answer["provider"] == "Demo"


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"stream_options": {"include_usage": False}},
        {"stream_options": {"include_usage": True}},
        {"usage": {"include": False}},
        {"usage": {"include": True}},
    ],
    ids=str,
)
def test_a_stream(scene: Scene, members: dict[str, Any]) -> None:
    *frames, last, done = _stream(scene.plays(streaming(HELLO)), **members)

    assert done == "[DONE]"
    assert text_of(frames) == "Hello"
    for frame in (*frames, last):
        assert frame["id"] == frames[0]["id"]
        assert frame["id"].startswith("gen-")
        assert frame["object"] == "chat.completion.chunk"
        assert frame["created"] == frames[0]["created"]
        assert (frame["model"], frame["provider"]) == (scene.model, TITLE)
    for frame in frames:
        assert "usage" not in frame
        [choice] = frame["choices"]
        assert choice["delta"]["role"] == "assistant"
        assert isinstance(choice["delta"]["content"], str)
        assert choice["logprobs"] is None
    assert frames[-1]["choices"][0]["finish_reason"] == "stop"
    assert frames[-1]["choices"][0]["native_finish_reason"] == "stop"
    assert last["choices"] == []
    assert last["usage"] == PRINTED_USAGE
    assert last["metadata"]["attempts"][0]["success"] is True
    assert scene.call.json["stream_options"] == {"include_usage": True}
    assert "usage" not in scene.call.json


def test_usage_is_there_even_if_the_vendor_says_none(scene: Scene) -> None:
    scene.plays(streaming(delta(content="Hi"), delta(finish="stop"), DONE))

    *_, last, done = _stream(scene)

    assert done == "[DONE]"
    assert last["choices"] == []
    assert last["usage"] == PRINTED_USAGE | dict.fromkeys(USAGE, 0)


def test_calls_of_tools_have_no_content_beside_them(scene: Scene) -> None:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    scene.plays(streaming(delta(tool_calls=[call]), delta(finish="tool_calls"), DONE))

    first, finish, *_ = _stream(scene)

    assert first["choices"][0]["delta"] == {"role": "assistant", "content": None, "tool_calls": [call]}
    assert finish["choices"][0]["finish_reason"] == "tool_calls"


def test_signs_of_life_are_openrouters(scene: Scene) -> None:
    scene.plays(streaming(b": warming up\n\n", HELLO, gap=1.0))

    response = _ask(scene, stream=True)

    assert response.text.startswith(": OPENROUTER PROCESSING\n\n")
    assert text_of(events(response.text)) == "Hello"


def test_what_is_openrouters_own_reaches_no_vendor(scene: Scene) -> None:
    members: dict[str, Any] = {
        "metadata": {"run": "7"},
        "trace": {"trace_id": "t", "deep": {"a": 1}},
        "session_id": "s",
        "route": "fallback",
        "usage": {"include": True},
        "debug": {"echo_upstream_body": False},
        "transforms": [],
        "plugins": [],
        "prompt_cache_key": "k",
        "user": "u-1",
        "x_vendor": 1,
    }

    assert _ask(scene.plays(hello), **members).status_code == 200

    sent = scene.call.json
    sent.pop("messages")
    assert sent == {"model": scene.name, "prompt_cache_key": "k", "user": "u-1", "x_vendor": 1}


SAID: dict[str, Any] = {
    "user": "u-1",
    "session_id": "s",
    "trace": {"trace_id": "t", "n": 1},
    "metadata": {"run": "7"},
}


@pytest.mark.parametrize("path", [PATH, "/v1/chat/completions"])
def test_what_the_caller_says_of_himself_is_recorded(scene: Scene, path: str) -> None:
    headers = {"HTTP-Referer": "https://app.test/" + "x" * 600, "X-Title": "An app", "x-session-id": "other"}
    body = scene.plays(hello).body(**SAID | {"trace": SAID["trace"] | {"deep": {"a": 1}}})

    generation = scene.http.post(path, json=body, headers=headers).json()["metadata"]["generation_id"]

    record = scene.record(generation)
    assert {name: record[name] for name in SAID} == SAID
    assert record["app_title"] == "An app"
    assert record["app_url"].startswith("https://app.test/x")
    assert len(record["app_url"]) == 512
    assert record["door"] == ("openrouter" if path == PATH else "rest")


def test_headers_name_the_app_and_the_session(scene: Scene) -> None:
    headers = {"X-OpenRouter-Title": "Newer", "X-Title": "Older", "x-session-id": "s-1"}

    record = scene.record(_ask(scene.plays(hello), headers).json()["metadata"]["generation_id"])

    assert (record["app_title"], record["session_id"], record["user"]) == ("Newer", "s-1", None)


@pytest.mark.parametrize(
    ("members", "headers", "words"),
    [
        ({"metadata": {"a": 1}}, {}, "metadata.a: must be a string"),
        ({"metadata": {str(n): "x" for n in range(17)}}, {}, "metadata: must be an object of up to 16"),
        ({"metadata": {"a": "x" * 513}}, {}, "metadata.a: must be a string of length <= 512"),
        ({"metadata": {"a" * 65: "x"}}, {}, "metadata: must be an object of up to 16"),
        ({"session_id": "x" * 257}, {}, "session_id: must be a string of length <= 256"),
        ({}, {"x-session-id": "x" * 257}, "x-session-id: is longer than 256 characters"),
        ({"trace": "t"}, {}, "trace: must be an object"),
        ({"temperature": 3, "metadata": 1}, {}, "temperature: must be a number >= 0 and <= 2"),
    ],
)
def test_a_bad_request(scene: Scene, members: dict[str, Any], headers: dict[str, str], words: str) -> None:
    response = _ask(scene.plays(hello), headers, **members)

    assert response.status_code == 400
    error = response.json()["error"]
    assert words in error["message"]
    assert (error["code"], error["metadata"]["error_type"]) == (400, "invalid_request")
    assert error["metadata"]["attempts"] == []
    assert "availability" not in error
    assert f"gen-{error['metadata']['generation_id']}" == response.headers["x-generation-id"]
    assert not scene.vendor.calls(scene.name)


def test_what_nothing_serves_yet(scene: Scene) -> None:
    response = _ask(scene.plays(hello), debug={"echo_upstream_body": True}, preset="p")

    assert response.status_code == 501
    assert response.json()["error"]["code"] == 501
    assert "preset, debug.echo_upstream_body: not served" in response.json()["error"]["message"]


def test_an_unknown_model(scene: Scene) -> None:
    response = scene.http.post(
        PATH, json={"model": "gone-author/nothing", "messages": MESSAGES}, headers=ROUTED
    )

    assert response.status_code == 400
    body = response.json()
    assert body["error"]["code"] == 400
    assert body["error"]["availability"] == {
        "code": "model_not_found",
        "retryable": False,
        "requested_models": ["gone-author/nothing"],
    }
    assert "openrouter_metadata" not in body


@pytest.mark.parametrize("stream", [False, True])
def test_nobody_who_may_serve_it(scene: Scene, stream: bool) -> None:
    members: dict[str, Any] = {"provider": {"max_price": {"prompt": 0}}, "stream": stream}

    response = _ask(scene.plays(hello), ROUTED, **members)

    assert response.status_code == 404
    body = response.json()
    assert (body["error"]["code"], body["error"]["metadata"]["error_type"]) == (404, "not_found")
    assert body["error"]["availability"] == {
        "code": "constraint_filtered",
        "retryable": False,
        "requested_models": [scene.model],
        "excluded_by": ["max_price"],
    }
    assert body["openrouter_metadata"]["attempt"] == 0
    assert body["openrouter_metadata"]["endpoints"] == {"total": 0, "available": []}
    assert scene.record(body["error"]["metadata"]["generation_id"])["http_status"] == 404
    assert scene.ask(**members).status_code == 400
    assert not scene.vendor.calls(scene.name)


def test_all_who_failed_are_told(scene: Scene) -> None:
    scene.plays(replying({"error": {"message": "no", "code": "c"}}, 500))
    scene.vendor.script("only-here", replying({"error": {"message": "nor here"}}, 500))

    body = _ask(scene, ROUTED, models=["acme/rare"]).json()

    about = body["error"]["metadata"]
    assert [each["model"] for each in about["attempts"]] == [scene.model, "other/only-here"]
    assert about["previous_errors"] == [{"provider": TITLE, "code": "provider_failure", "status": 500}]
    assert body["openrouter_metadata"]["strategy"] == "fallback"
    assert body["openrouter_metadata"]["attempts"] == [
        {"provider": TITLE, "model": scene.model, "status": 500},
        {"provider": "other", "model": "acme/rare", "status": 500},
    ]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 400, "invalid_request"),
        (401, 502, "provider_unavailable"),
        (404, 404, "not_found"),
        (408, 504, "timeout"),
        (413, 413, "payload_too_large"),
        (422, 422, "unprocessable"),
        (429, 429, "rate_limit_exceeded"),
        (500, 502, "provider_unavailable"),
        (503, 503, "provider_overloaded"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_vendors_error(scene: Scene, status: int, code: int, kind: str, stream: bool) -> None:
    failure = {"error": {"message": "the vendor's words", "code": "odd"}}
    scene.plays(replying(failure, status, **{"retry-after": "0"}))

    response = _ask(scene, ROUTED, stream=stream)

    assert response.status_code == code
    assert response.headers["content-type"] == "application/json"
    assert response.headers["retry-after"] == "0"
    error = response.json()["error"]
    about = error["metadata"]
    assert error["code"] == code
    assert "the vendor's words" in error["message"]
    assert (about["error_type"], about["provider_name"], about["provider_code"]) == (kind, TITLE, "odd")
    assert about["raw"] == "the vendor's words"
    assert about["attempts"][0]["provider_status"] == status
    assert about["reasoning"]
    routing = response.json()["openrouter_metadata"]
    assert routing["attempt"] == len(about["attempts"])
    assert routing["attempts"][0] == {"provider": TITLE, "model": scene.model, "status": status}
    assert not any(each["selected"] for each in routing["endpoints"]["available"])
    assert scene.record(about["generation_id"])["http_status"] == code


@pytest.mark.parametrize(
    ("script", "code", "kind"),
    [
        (streaming(delta(content="Hi"), ends="break"), 502, "provider_unavailable"),
        (streaming(delta(content="Hi"), ends="hang"), 504, "timeout"),
        (
            streaming(delta(content="Hi"), event(error={"message": "Overloaded", "code": 503})),
            503,
            "provider_overloaded",
        ),
    ],
    ids=["cut", "stalled", "error event"],
)
def test_a_failure_in_the_middle_of_a_stream(scene: Scene, script: Any, code: int, kind: str) -> None:
    first, last = _stream(scene.plays(script), ROUTED)

    assert first["choices"][0]["delta"]["content"] == "Hi"
    assert last["error"]["code"] == code
    assert last["error"]["metadata"]["error_type"] == kind
    assert last["error"]["metadata"]["provider_name"] == TITLE
    assert last["choices"] == [
        {
            "index": 0,
            "delta": {"role": "assistant", "content": ""},
            "finish_reason": "error",
            "native_finish_reason": None,
            "logprobs": None,
        }
    ]
    for name in ("id", "object", "created", "model", "provider"):
        assert last[name] == first[name]
    assert last["openrouter_metadata"]["attempt"] == 1


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, False),
        ({"X-OpenRouter-Metadata": "disabled"}, False),
        ({"X-OpenRouter-Metadata": "true"}, False),
        ({"X-OpenRouter-Metadata": "enabled"}, True),
        ({"X-OpenRouter-Metadata": "ENABLED"}, True),
        ({"X-OpenRouter-Experimental-Metadata": "enabled"}, True),
        ({"X-OpenRouter-Metadata": "disabled", "X-OpenRouter-Experimental-Metadata": "enabled"}, False),
    ],
    ids=str,
)
def test_router_metadata_is_told_to_who_asks(scene: Scene, headers: dict[str, str], told: bool) -> None:
    body = _ask(scene.plays(hello), headers).json()
    *frames, last, _ = _stream(scene, headers)

    assert ("openrouter_metadata" in body, "openrouter_metadata" in last) == (told, told)
    assert not any("openrouter_metadata" in frame for frame in frames)
    if told:
        assert body["openrouter_metadata"] == {
            "requested": scene.model,
            "strategy": "direct",
            "region": None,
            "summary": f"available=1, selected={TITLE}",
            "attempt": 1,
            "is_byok": False,
            "endpoints": {
                "total": 1,
                "available": [{"provider": TITLE, "model": scene.model, "selected": True}],
            },
            "attempts": [{"provider": TITLE, "model": scene.model, "status": 200}],
        }


def test_without_a_model_the_first_of_models_is_it(scene: Scene) -> None:
    scene.plays(hello)

    response = scene.http.post(PATH, json={"models": [scene.model], "messages": MESSAGES})

    assert response.json()["model"] == scene.model
    assert scene.call.json["model"] == scene.name
    assert "models" not in scene.call.json


@pytest.mark.parametrize(
    "body", [{"model": "fake/hello", "messages": MESSAGES}, []], ids=["chat", "nonsense"]
)
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}], ids=str)
def test_without_a_key(pointsman: Pointsman, headers: dict[str, str], body: Any) -> None:
    response = httpx.post(pointsman.url + PATH, json=body, headers=headers, trust_env=False)

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "error": {"code": 401, "message": "Unauthorized", "metadata": {"error_type": "authentication"}}
    }


@pytest.mark.parametrize("title", ["Schlüssel", "日本語アプリ", "🚂"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_title_beyond_ascii_does_not_harm(
    pointsman: Pointsman, vendor: object, title: str, encoding: str
) -> None:
    raw = title.encode(encoding, "replace")
    headers = [(b"authorization", f"Bearer {KEY}".encode()), (b"x-title", raw)]

    response = httpx.post(
        pointsman.url + PATH,
        json={"model": "fake/hello", "messages": MESSAGES},
        headers=headers,
        trust_env=False,
    )

    assert response.status_code == 200, response.text


def test_the_body_may_have_any_bytes_that_json_has(scene: Scene) -> None:
    schema = b'{"z":{"maxItems":3},"a":1.50}'
    tools = b'[{"type":"function","function":{"name":"f","parameters":' + schema + b"}}]"
    head = json.dumps(scene.plays(hello).body())[:-1].encode()

    scene.http.post(PATH, content=head + b', "tools": ' + tools + b"}")

    assert scene.call.members["tools"] == tools


def test_other_methods_and_paths_are_nothing(scene: Scene) -> None:
    response = scene.http.get(PATH)

    assert response.status_code == 404
    assert response.json()["error"]["code"] == 404
