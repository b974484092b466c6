"""The line of one request, for machines and for people."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from service.telemetry import log
from service.telemetry.record import RequestRecord
from service.types.chunk import Usage
from service.types.metadata import Attempt

RECORD = RequestRecord(
    generation_id="01900000-0000-7000-8000-000000000000",
    request_id="req-1",
    door="rest",
    stream=True,
    requested_model="hello",
    model="acme/hello",
    plan="Using specified model: 'acme/hello'",
    attempts=[Attempt(model="acme/hello", success=True, time_to_first_token_ms=5)],
    usage=Usage(prompt_tokens=3, completion_tokens=2, extra={"cost": 0.1}),
    status="ok",
    error_type=None,
    http_status=200,
    time_to_first_token_ms=5,
    duration_ms=9,
    unix_time=1.5,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def written(stream: io.StringIO, **changes: Any) -> str:
    log.configure(stream)
    log.write(msgspec.structs.replace(RECORD, **changes))
    return stream.getvalue()


def test_a_line_for_machines() -> None:
    [line] = written(io.StringIO()).splitlines()

    facts = json.loads(line)
    assert facts["level"] == "info"
    assert facts["time"].endswith("Z")
    for name in RequestRecord.__struct_fields__:
        assert name in facts
    assert (facts["model"], facts["duration_ms"], facts["error_type"]) == ("acme/hello", 9, None)
    assert facts["attempts"][0]["model"] == "acme/hello"
    assert (facts["usage"]["prompt_tokens"], facts["usage"]["completion_tokens"]) == (3, 2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ["rest acme/hello: ok in 9 ms", "first token after 5 ms", "3+2 tokens", RECORD.generation_id]),
        ({"usage": None, "time_to_first_token_ms": None}, ["rest acme/hello: ok in 9 ms (0190"]),
        (
            {"model": None, "status": "error", "error_type": "model_not_found", "http_status": 400},
            ["rest hello: 400 model_not_found in 9 ms"],
        ),
        ({"status": "cancelled"}, ["cancelled"]),
    ],
    ids=["ok", "little known", "refused", "cancelled"],
)
def test_a_line_for_people(changes: dict[str, Any], words: list[str]) -> None:
    [line] = written(Terminal(), **changes).splitlines()

    assert not [word for word in words if word not in line]


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["machines", "people"])
def test_other_events_and_their_exceptions(stream: io.StringIO) -> None:
    log.configure(stream)
    logging.getLogger("service.x").error("it %s", "broke", exc_info=KeyError("inner"))

    text = stream.getvalue()
    assert "it broke" in text
    assert "KeyError" in text
    if not stream.isatty():
        facts = json.loads(text)
        assert (facts["event"], facts["level"], facts["logger"]) == ("it broke", "error", "service.x")


def test_a_line_stays_one_line() -> None:
    assert written(io.StringIO(), requested_model="a\nb\r\x00", model=None).count("\n") == 1


def test_libraries_do_not_log_their_own_calls() -> None:
    stream = io.StringIO()
    log.configure(stream)
    logging.getLogger("httpx").info("HTTP Request: POST https://x.test/?key=secret")

    assert stream.getvalue() == ""
