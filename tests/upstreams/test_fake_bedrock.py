"""The fake Bedrock, read by botocore's own client."""

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from urllib3.exceptions import ProtocolError

from tests.upstreams import situations
from tests.upstreams.fake_bedrock import ERRORS, FakeBedrock

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
USER = [{"role": "user", "content": [{"text": "Hi"}]}]
FORM = {
    "textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"name": "person", "schema": "{}"}}}
}


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeBedrock]:
    with FakeBedrock() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def client(vendor: FakeBedrock) -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    config = Config(retries={"total_max_attempts": 1}, read_timeout=10)
    return session.create_client(
        "bedrock-runtime", region_name="us-east-1", endpoint_url=vendor.origin, config=config
    )


def content(client: Any, situation: str, *, stream: bool, **members: Any) -> tuple[dict[str, Any], str]:
    """The answer's parts by kind, and the stop reason, as the SDK's user gathers them."""
    asked = {"modelId": f"{MODEL}--{situation}", "messages": USER, **members}
    found: dict[str, Any] = {"text": "", "thoughts": "", "signature": "", "calls": []}
    if not stream:
        answer = client.converse(**asked)
        for block in answer["output"]["message"]["content"]:
            told = block.get("reasoningContent", {}).get("reasoningText", {})
            found["text"] += block.get("text", "")
            found["thoughts"] += told.get("text", "")
            found["signature"] += told.get("signature", "")
            if use := block.get("toolUse"):
                found["calls"].append((use["name"], use["input"]))
        return found, answer["stopReason"]
    reason = ""
    names: dict[int, str] = {}
    inputs: dict[int, str] = {}
    for event in client.converse_stream(**asked)["stream"]:
        if start := event.get("contentBlockStart"):
            names[start["contentBlockIndex"]] = start["start"]["toolUse"]["name"]
        elif piece := event.get("contentBlockDelta"):
            delta, index = piece["delta"], piece["contentBlockIndex"]
            found["text"] += delta.get("text", "")
            found["thoughts"] += delta.get("reasoningContent", {}).get("text", "")
            found["signature"] += delta.get("reasoningContent", {}).get("signature", "")
            if use := delta.get("toolUse"):
                inputs[index] = inputs.get(index, "") + use["input"]
        reason = event.get("messageStop", {}).get("stopReason", reason)
    found["calls"] = [(name, json.loads(inputs[index])) for index, name in names.items()]
    return found, reason


ANSWERED = [
    ("text", {}, {"text": situations.TEXT}, "end_turn"),
    ("tools", {}, {"calls": list(situations.CALLS)}, "tool_use"),
    ("tool-result", {}, {"text": situations.AFTER_RESULTS}, "end_turn"),
    ("image", {}, {"text": situations.IMAGE}, "end_turn"),
    ("schema", {"outputConfig": FORM}, {"text": json.dumps(situations.SCHEMA)}, "end_turn"),
    (
        "reasoning",
        {},
        {"thoughts": situations.THOUGHTS, "signature": situations.SIGNATURE, "text": situations.ANSWER},
        "end_turn",
    ),
    ("refusal", {}, {}, "guardrail_intervened"),
]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("situation", "members", "said", "reason"), ANSWERED, ids=[r[0] for r in ANSWERED])
def test_botocore_reads_the_answers(
    client: Any, situation: str, members: dict[str, Any], said: dict[str, Any], reason: str, *, stream: bool
) -> None:
    found, stopped = content(client, situation, stream=stream, **members)

    assert {name: found[name] for name in said} == said
    assert stopped == reason


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("situation", [name for name in ERRORS if name != "failing"])
def test_botocore_raises_the_errors(client: Any, situation: str, *, stream: bool) -> None:
    status, name, said = ERRORS[situation]

    with pytest.raises(ClientError) as caught:
        content(client, situation, stream=stream)

    response = caught.value.response
    assert response["Error"] == {"Code": name, "Message": said}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_botocore_raises_the_exception_in_the_stream(client: Any) -> None:
    with pytest.raises(EventStreamError, match=r"throttlingException.*Too many tokens"):
        content(client, "failing", stream=True)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_botocore_sees_the_cut(client: Any, *, stream: bool) -> None:
    # Of half a body botocore makes an answer without its parts.
    with pytest.raises(ProtocolError if stream else KeyError):
        content(client, "cut", stream=stream)


def test_every_situation_is_acted_out() -> None:
    acted = {row[0] for row in ANSWERED} | set(ERRORS) | {"cut"}

    assert acted == set(situations.SITUATIONS)
