"""Texts of others show no credential of ours, and nothing that looks like one."""

import pytest

from service.dispatch.redact import redact
from service.types.secret import Secret

KEYS = [Secret("hunter2-hunter2"), Secret("other")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key hunter2-hunter2 is wrong", "key [redacted] is wrong"),
        ("hunter2-hunter2hunter2-hunter2", "[redacted][redacted]"),
        ("any other will do", "any [redacted] will do"),
        ("another of the others", "another of the others"),
        ("Incorrect API key provided: sk-proj-abc***xyz9.", "Incorrect API key provided: [redacted]"),
        ("key sk-ant-api03-AbCdEf_12 and gsk-0123456789", "key [redacted] and [redacted]"),
        ("Authorization: Bearer abc.def-ghi/jkl+12=", "Authorization: Bearer [redacted]"),
        ("authorization: bearer abcdefgh", "authorization: bearer [redacted]"),
        ("GET https://x.test/v1?key=AIzaSy123&alt=sse", "GET https://x.test/v1?key=[redacted]&alt=sse"),
        ("GET https://x.test/v1?alt=sse&key=AIza'", "GET https://x.test/v1?alt=sse&key=[redacted]'"),
        ("pm-0123456789abcdef", "[redacted]"),
        ("the task-based risk-averse ask-me", "the task-based risk-averse ask-me"),
        ("sk-short", "sk-short"),
        ("nothing to hide", "nothing to hide"),
        ("", ""),
    ],
)
def test_redact(text: str, shown: str) -> None:
    assert redact(text, KEYS) == shown


@pytest.mark.parametrize("value", ["", "s", "key"])
def test_a_placeholder_is_no_secret(value: str) -> None:
    assert redact("a key is plain", [Secret(value)]) == "a key is plain"
