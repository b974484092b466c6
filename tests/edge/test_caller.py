"""What a caller says of himself, cut to what fits into a record."""

import json
from typing import Any

import pytest

from service.edge.caller import Caller, caller_of, recorded
from service.edge.chat_request import parse
from service.types.flavour import OPENAI

BASE: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


class _Context:
    def __init__(self, *headers: tuple[str, str | bytes]) -> None:
        self._headers = headers

    def invocation_metadata(self) -> Any:
        return self._headers


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        ([], Caller()),
        (
            [("http-referer", "https://a.test"), ("x-title", "A")],
            Caller(app_url="https://a.test", app_title="A"),
        ),
        ([("http-referer", "https://a.test/b?key=k#c")], Caller(app_url="https://a.test/b")),
        ([("http-referer", "#c")], Caller()),
        ([("x-title", "A"), ("x-openrouter-title", "B")], Caller(app_title="B")),
        ([("x-title", "A"), ("x-openrouter-title", "")], Caller(app_title="A")),
        ([("x-session-id", "s"), ("x-trace-bin", b"1")], Caller(session_id="s")),
        ([("x-title", "A" * 200)], Caller(app_title="A" * 128)),
        # Its length is judged where it is used.
        ([("x-session-id", "s" * 300)], Caller(session_id="s" * 300)),
    ],
)
def test_headers(headers: list[tuple[str, str | bytes]], caller: Caller) -> None:
    assert caller_of(_Context(*headers)) == caller  # type: ignore[arg-type]  # the one method that is used


@pytest.mark.parametrize(
    ("members", "kept"),
    [
        ({}, {}),
        ({"user": "u" * 300}, {"user": "u" * 256}),
        ({"session_id": "s"}, {"session_id": "s"}),
        ({"trace": {}, "metadata": {}}, {}),
        (
            {"trace": {"trace_id": "t", "n": 1.5, "on": True, "deep": {"a": 1}, "list": [1], "none": None}},
            {"trace": {"trace_id": "t", "n": 1.5, "on": True}},
        ),
        ({"metadata": {"k" * 100: "v" * 600}}, {"metadata": {"k" * 64: "v" * 512}}),
        ({"metadata": {str(n): "v" for n in range(30)}}, {"metadata": {str(n): "v" for n in range(16)}}),
    ],
)
def test_what_a_record_keeps(members: dict[str, Any], kept: dict[str, Any]) -> None:
    request = parse(json.dumps(BASE | members).encode(), OPENAI)

    said = recorded(Caller(app_title="A"), request)

    assert {name: value for name, value in said.items() if value is not None} == {"app_title": "A", **kept}


def test_of_a_request_that_was_refused_the_headers_are_kept() -> None:
    caller = Caller(app_url="https://a.test", app_title="A", session_id="s")

    assert recorded(caller, None) == {"app_url": "https://a.test", "app_title": "A"}
