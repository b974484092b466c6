"""Mistral's chat completions on loopback: OpenAI's with thinking chunks, errors and ids of its own."""

from collections.abc import Iterator
from typing import Any

from tests.upstreams import situations
from tests.upstreams.fake_openai import REFUSED, TEXTS, FakeOpenAI, Members, calls, chunk, halves
from tests.upstreams.situations import Received

USAGE = {
    "prompt_tokens": situations.PROMPT_TOKENS,
    "completion_tokens": situations.COMPLETION_TOKENS,
    "total_tokens": situations.PROMPT_TOKENS + situations.COMPLETION_TOKENS,
    "num_cached_tokens": 0,
}
# situation: status, type, code, message
ERRORS: dict[str, tuple[int, str, str | None, str]] = {
    "rate-limit": (429, "rate_limited", "1300", "Rate limit exceeded"),
    "context-length": (
        400,
        "invalid_request_prompt",
        "3051",
        "Prompt contains 140000 tokens, too large for model with 131072 maximum context length",
    ),
    "auth": (401, "unauthorized", None, "Unauthorized"),
    "overloaded": (503, "service_unavailable", None, "Service unavailable."),
    "bad-request": (400, "invalid_request_error", "3230", "Expected last role User or Tool"),
    "not-found": (400, "invalid_model", "1500", "Invalid model: x"),
    "content-policy": (403, "guardrail", None, "The request was flagged by moderation."),
    "invalid-image": (400, "invalid_request_file", None, "Failed to load image"),
    "server-error": (500, "internal_server_error", "1000", "Internal server error"),
    "failing": (500, "internal_server_error", "1000", "Internal server error"),
}


def thinking(text: str, **members: Any) -> Members:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}], **members}


class FakeMistral(FakeOpenAI):
    """POST /v1/chat/completions. A model of Mistral's refuses in plain words."""

    def usage(self) -> Members:
        return USAGE

    def counted(self, events: list[Members], request: Received) -> list[Members]:
        """The events; the last one has the usage."""
        return [*events[:-1], {**events[-1], "usage": USAGE}]

    def error(self, situation: str) -> tuple[int, Members]:
        status, kind, code, message = ERRORS[situation]
        if status == 401:
            return status, {"detail": message}
        return status, {"object": "error", "message": message, "type": kind, "param": None, "code": code}

    def message(self, situation: str) -> Members:
        said: Members = {"role": "assistant", "content": "", "tool_calls": None}
        match situation:
            case "tools":
                return {**said, "tool_calls": calls("a1B2c3D4{}")}
            case "reasoning":
                thought = thinking(situations.THOUGHTS, signature=situations.SIGNATURE, closed=True)
                return {**said, "content": [thought, {"type": "text", "text": situations.ANSWER}]}
            case "refusal":
                return {**said, "content": REFUSED}
            case _:
                return {**said, "content": TEXTS[situation]}

    def pieces(self, message: Members) -> Iterator[Members]:
        """Thinking comes in chunks, text in strings; a call is whole."""
        yield chunk({"role": "assistant", "content": ""})
        content = message["content"]
        if isinstance(content, list):
            for text in halves(situations.THOUGHTS):
                yield chunk({"content": [thinking(text)]})
            yield chunk({"content": [thinking("", signature=situations.SIGNATURE, closed=True)]})
            content = situations.ANSWER
        for text in halves(content):
            yield chunk({"content": text})
        if found := message["tool_calls"]:
            yield chunk({"content": "", "tool_calls": [{**call, "index": i} for i, call in enumerate(found)]})
