"""One line a request in the log, whatever its end; nobody's words, nobody's keys."""

import uuid
from typing import Any

import msgspec
import pytest

from service.telemetry.record import RequestRecord
from tests.rest.scene import Scene, records
from tests.running import KEY
from tests.upstreams.fake_vendor import USAGE, Script, completion, delta, hello, replying, streaming

FIELDS = {field.name for field in msgspec.structs.fields(RequestRecord)}
FAILURE = replying({"error": {"message": "no"}}, 500)
BREAKS = streaming(delta(content="Hel"), gap=0.05, ends="break")

ENDS: dict[str, tuple[Script, dict[str, Any], dict[str, Any]]] = {
    "whole": (hello, {}, {"status": "ok", "http_status": 200, "error_type": None, "stream": False}),
    "streamed": (hello, {"stream": True}, {"status": "ok", "http_status": 200, "stream": True}),
    "failed": (FAILURE, {}, {"status": "error", "http_status": 502, "error_type": "provider_failure"}),
    "failed before content": (FAILURE, {"stream": True}, {"status": "error", "http_status": 502}),
    "failed in the middle": (
        BREAKS,
        {"stream": True},
        {"status": "error", "http_status": 200, "error_type": "provider_unreachable"},
    ),
    "invalid": (hello, {"n": 0}, {"status": "error", "http_status": 400, "error_type": "invalid_request"}),
    "not served": (
        hello,
        {"preset": "p"},
        {"status": "error", "http_status": 501, "error_type": "not_served"},
    ),
}


@pytest.mark.parametrize(("script", "members", "facts"), ENDS.values(), ids=ENDS)
def test_one_line_whatever_the_end(
    scene: Scene, script: Script, members: dict[str, Any], facts: dict[str, Any]
) -> None:
    request_id = str(uuid.uuid4())
    response = scene.plays(script).ask(headers={"x-request-id": request_id}, **members)

    generation_id = response.headers["x-generation-id"]
    line = scene.record(generation_id)

    assert len(records(scene.pointsman, request_id=request_id)) == 1
    assert line.keys() >= FIELDS | {"time", "level", "event"}
    assert line.items() >= facts.items()
    assert line["door"] == "rest"
    assert line["request_id"] == request_id
    assert line["duration_ms"] >= 0
    assert line["attempts"] == [] or line["attempts"][0]["model"] == scene.model
    served = line["status"] == "ok"
    assert line["usage"] == (None if not served else line["usage"])
    if served:
        assert line["usage"].items() >= USAGE.items()
        assert line["time_to_first_token_ms"] is not None
        assert (line["requested_model"], line["model"]) == (scene.model, scene.model)
        assert line["plan"] == f"Using specified model: '{scene.model}' - success"


def test_the_log_holds_no_words_and_no_keys(scene: Scene) -> None:
    prompt, answer = f"prompt-{uuid.uuid4()}", f"answer-{uuid.uuid4()}"
    messages = [{"role": "user", "content": prompt}]
    earlier = len(scene.pointsman.log)
    ends = [
        scene.plays(replying(completion(answer))).ask(messages=messages),
        scene.plays(streaming(delta(content=answer), ends="break")).ask(messages=messages, stream=True),
        scene.plays(replying({"error": {"message": f"{answer} sk-fake-upstream-key"}}, 401)).ask(
            messages=messages
        ),
        scene.plays(replying(answer.encode())).ask(messages=messages),
        scene.ask(messages=messages, temperature=5),
        scene.ask(messages=prompt),
    ]
    for response in ends:
        scene.record(response.headers["x-generation-id"])

    log = scene.pointsman.log[earlier:]
    for secret in (prompt, answer, KEY, "sk-fake-upstream-key", "sk-other-key"):
        assert secret not in log
    assert "Traceback" not in log
