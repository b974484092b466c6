"""The fake Google, read by `google-genai`'s own client, as AI Studio and as Vertex AI."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from tests.upstreams import situations
from tests.upstreams.fake_google import BLOCKED, ERRORS, FakeGoogle

MODEL = "gemini-3-flash-preview"
CALLS = [(name, arguments) for name, arguments in situations.CALLS]


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeGoogle]:
    with FakeGoogle() as vendor:
        yield vendor


@pytest.fixture(scope="module", params=["AI Studio", "Vertex AI"])
def client(request: pytest.FixtureRequest, vendor: FakeGoogle) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=vendor.origin, timeout=10_000)
    if request.param == "AI Studio":
        made = genai.Client(api_key="k", http_options=options)
    else:
        made = genai.Client(
            vertexai=True,
            project="p",
            location="global",
            credentials=Credentials("token"),  # type: ignore[no-untyped-call]
            http_options=options,
        )
    with made:
        yield made


def read(client: genai.Client, situation: str, *, stream: bool) -> dict[str, Any]:
    """The answer as the SDK's user gathers it."""
    asked: dict[str, Any] = {"model": f"{MODEL}--{situation}", "contents": "Hi"}
    models = client.models
    answers = models.generate_content_stream(**asked) if stream else [models.generate_content(**asked)]
    found: dict[str, Any] = {"text": "", "thoughts": "", "signatures": [], "calls": [], "reason": None}
    for answer in answers:
        if answer.prompt_feedback:
            found["refusal"] = answer.prompt_feedback.block_reason_message
        if answer.usage_metadata:
            found["tokens"] = answer.usage_metadata.total_token_count
        for candidate in answer.candidates or ():
            found["reason"] = candidate.finish_reason or found["reason"]
            for part in (candidate.content and candidate.content.parts) or ():
                found["thoughts" if part.thought else "text"] += part.text or ""
                if part.thought_signature:
                    found["signatures"].append(base64.b64encode(part.thought_signature).decode())
                if part.function_call:
                    found["calls"].append((part.function_call.name, part.function_call.args))
    return found


TOKENS = situations.PROMPT_TOKENS + situations.COMPLETION_TOKENS
SIGNED = [situations.SIGNATURE]
ANSWERED: dict[str, dict[str, Any]] = {
    "text": {"text": situations.TEXT, "reason": "STOP", "tokens": TOKENS},
    "tools": {"calls": CALLS, "signatures": SIGNED, "reason": "STOP"},
    "tool-result": {"text": situations.AFTER_RESULTS},
    "image": {"text": situations.IMAGE},
    "schema": {"text": json.dumps(situations.SCHEMA)},
    "reasoning": {"thoughts": situations.THOUGHTS, "text": situations.ANSWER, "signatures": SIGNED},
    "refusal": {"refusal": BLOCKED, "reason": None},
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("situation", "said"), ANSWERED.items(), ids=list(ANSWERED))
def test_the_sdk_reads_the_answers(
    client: genai.Client, situation: str, said: dict[str, Any], *, stream: bool
) -> None:
    found = read(client, situation, stream=stream)

    assert {name: found[name] for name in said} == said


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("situation", ERRORS)
def test_the_sdk_raises_the_errors(client: genai.Client, situation: str, *, stream: bool) -> None:
    status, word, message = ERRORS[situation]
    kind = errors.ServerError if status >= 500 else errors.ClientError

    with pytest.raises(kind) as caught:
        read(client, situation, stream=stream)

    assert (caught.value.code, caught.value.status, caught.value.message) == (status, word, message)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_sdk_sees_the_cut(client: genai.Client, *, stream: bool) -> None:
    with pytest.raises(Exception, match="peer closed connection"):
        read(client, "cut", stream=stream)


def test_every_situation_is_acted_out() -> None:
    assert set(ANSWERED) | set(ERRORS) | {"cut"} == set(situations.SITUATIONS)
