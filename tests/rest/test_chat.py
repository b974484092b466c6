"""A chat completion over REST, as curl would send it."""

import json
import shutil
import subprocess
import uuid

import httpx
import pytest

from tests.rest.scene import MESSAGES, PATH, Scene, events, text_of
from tests.running import KEY, Pointsman
from tests.upstreams.fake_vendor import PRINTED_USAGE, USAGE, completion, hello, replying

curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def _curl(pointsman: Pointsman, body: object, *options: str) -> str:
    headers = ("-H", f"Authorization: Bearer {KEY}", "-H", "Content-Type: application/json")
    command = [
        "curl",
        "-sS",
        "--noproxy",
        "*",
        *options,
        pointsman.url + PATH,
        *headers,
        "-d",
        json.dumps(body),
    ]
    return subprocess.run(command, capture_output=True, check=True, timeout=20).stdout.decode()


@curl
@pytest.mark.parametrize("options", [(), ("--http1.0",), ("--http2",), ("--http2-prior-knowledge",)])
def test_answers_curl(pointsman: Pointsman, vendor: object, options: tuple[str, ...]) -> None:
    answer = json.loads(_curl(pointsman, {"model": "fake/hello", "messages": MESSAGES}, *options))

    assert answer["choices"][0]["message"]["content"] == "Hello"


@curl
def test_streams_to_curl(pointsman: Pointsman) -> None:
    body = {"model": "fake/hello", "messages": MESSAGES, "stream": True}

    chunks = events(_curl(pointsman, body, "-N"))

    assert text_of(chunks) == "Hello"
    assert chunks[-1] == "[DONE]"


def test_the_whole_answer(scene: Scene) -> None:
    response = scene.plays(hello).ask()

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    account = answer.pop("metadata")
    generation = uuid.UUID(account["generation_id"])
    assert generation.version == 7
    assert response.headers["x-generation-id"] == str(generation)
    assert response.headers["x-request-id"]
    assert abs(answer.pop("created") - generation.int // 2**80 // 1000) <= 1
    assert answer == {
        "id": f"chatcmpl-{generation}",
        "object": "chat.completion",
        "model": scene.model,
        "system_fingerprint": None,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
                "native_finish_reason": "stop",
            }
        ],
        "usage": PRINTED_USAGE,
    }
    [attempt] = account["attempts"]
    assert attempt.pop("time_to_first_token_ms") >= 0
    assert attempt == {"model": scene.model, "success": True}
    assert account["reasoning"] == f"Using specified model: '{scene.model}' - success"
    assert account["total_duration_ms"] >= 0


def test_the_streamed_answer(scene: Scene) -> None:
    *chunks, done = scene.plays(hello).stream()

    assert done == "[DONE]"
    assert text_of(chunks) == "Hello"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["model"] for chunk in chunks} == {scene.model}
    assert len({chunk["created"] for chunk in chunks}) == 1
    [identity] = {chunk["id"] for chunk in chunks}
    assert identity == f"chatcmpl-{chunks[-1]['metadata']['generation_id']}"
    assert all(chunk["system_fingerprint"] is None for chunk in chunks)


def test_the_model_of_an_answer_can_be_asked_again(scene: Scene) -> None:
    first = scene.plays(hello).ask().json()

    assert scene.http.post(PATH, json={"model": first["model"], "messages": MESSAGES}).is_success


CITED = {"type": "url_citation", "url_citation": {"url": "https://x.test", "title": "X"}}


def test_facts_of_the_vendor_stay_in_the_answer(scene: Scene) -> None:
    vendor_answer = completion(annotations=[CITED], vendor_note={"z": 1, "a": 2})
    vendor_answer |= {"system_fingerprint": "fp_1", "service_tier": "flex", "citations": ["https://x.test"]}
    vendor_answer["choices"][0] |= {"content_filter_results": {"hate": {"filtered": False}}}
    vendor_answer["usage"] = USAGE | {"prompt_tokens_details": {"cached_tokens": 1}, "cost": 0.25}

    answer = scene.plays(replying(vendor_answer)).ask().json()

    assert answer["system_fingerprint"] == "fp_1"
    assert answer["service_tier"] == "flex"
    assert answer["citations"] == ["https://x.test"]
    # Nobody knows its price but the vendor itself.
    assert answer["usage"].pop("cost_details") == {
        "upstream_inference_cost": 0.25,
        "upstream_inference_prompt_cost": None,
        "upstream_inference_completions_cost": None,
    }
    assert answer["usage"] == vendor_answer["usage"]
    [choice] = answer["choices"]
    assert choice["content_filter_results"] == {"hate": {"filtered": False}}
    assert choice["message"]["annotations"] == [CITED]
    assert list(choice["message"]["vendor_note"]) == ["z", "a"]


def test_a_ready_service_says_so_without_a_key(pointsman: Pointsman) -> None:
    response = httpx.get(f"{pointsman.url}/healthz?from=probe", trust_env=False)

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "code", "words"),
    [
        ("only-here", 200, None, None),
        ("shared", 404, "provider_model_not_found", "All 2 attempts failed. Provider '"),
        ("helo", 400, "model_not_found", "nearest: fake/hello"),
        ("other/unlisted", 400, "model_not_found", "'other' serves no model 'unlisted'"),
        ("nobody/x", 400, "provider_not_found", "'nobody' is no configured provider"),
        ("fake/newer-than-us", 404, "provider_model_not_found", "newer-than-us does not exist"),
        ("fast", 400, "model_not_found", "demo/fast"),
        ("auto", 200, None, None),
        ("inworld/helpdesk", 400, "model_not_found", "there is no saved router 'helpdesk'"),
    ],
)
def test_names_of_models(scene: Scene, name: str, status: int, code: str | None, words: str | None) -> None:
    scene.vendor.script("only-here", hello)

    response = scene.ask(model=name)

    assert response.status_code == status
    if words:
        error = response.json()["error"]
        assert error["code"] == code
        assert words in error["message"]
