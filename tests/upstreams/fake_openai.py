"""OpenAI's chat completions on loopback, at whatever path: OpenAI's, and Azure's of both styles."""

import json
from collections.abc import Iterator
from typing import Any

from tests.upstreams import situations
from tests.upstreams.situations import Received, Reply, SituationVendor

SSE = "text/event-stream"
REFUSED = "I'm sorry, I can't help with that."
# The rest of what was counted is thoughts.
THOUGHT_TOKENS = 3
USAGE = {
    "prompt_tokens": situations.PROMPT_TOKENS,
    "completion_tokens": situations.COMPLETION_TOKENS,
    "total_tokens": situations.PROMPT_TOKENS + situations.COMPLETION_TOKENS,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": THOUGHT_TOKENS, "audio_tokens": 0},
}

# situation: status, type, code, message
ERRORS: dict[str, tuple[int, str | None, str | None, str]] = {
    "rate-limit": (429, "requests", "rate_limit_exceeded", "Rate limit reached. Please try again in 7s."),
    "context-length": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000.",
    ),
    "auth": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    "overloaded": (503, "server_error", None, "The server is overloaded or not ready yet."),
    "bad-request": (400, "invalid_request_error", "invalid_value", "Invalid value: 'x'."),
    "not-found": (404, "invalid_request_error", "model_not_found", "The model 'x' does not exist."),
    "content-policy": (
        400,
        None,
        "content_filter",
        "The response was filtered due to the prompt triggering the content management policy.",
    ),
    "invalid-image": (400, "invalid_request_error", "image_parse_error", "The image cannot be used."),
    "server-error": (500, "server_error", None, "The server had an error while processing your request."),
    "failing": (500, "server_error", None, "The server had an error while processing your request."),
}

Members = dict[str, Any]


class FakeOpenAI(SituationVendor):
    """POST .../chat/completions. Thoughts are in DeepSeek's words, as OpenAI itself shows none."""

    def model(self, request: Received) -> str:
        model: str = request.body["model"]
        return model

    def streams(self, request: Received) -> bool:
        return bool(request.body.get("stream"))

    def reply(self, situation: str, request: Received, *, stream: bool) -> Reply:
        if situation in ERRORS and not (stream and situation == "failing"):
            status, body = self.error(situation)
            headers = {"retry_after": str(situations.RETRY_AFTER)} if status == 429 else {}
            return Reply.of_json(body, status, **headers)
        if situation in ("cut", "failing"):
            return self._broken(situation, stream=stream)
        message = self.message(situation)
        reason = "tool_calls" if message.get("tool_calls") else "stop"
        if not stream:
            choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
            return Reply.of_json(answer("chat.completion", [choice], usage=self.usage()))
        events = [*self.pieces(message), chunk({}, reason)]
        return Reply(
            content_type=SSE, writes=[*map(event, self.counted(events, request)), b"data: [DONE]\n\n"]
        )

    def usage(self) -> Members:
        return USAGE

    def counted(self, events: list[Members], request: Received) -> list[Members]:
        """The events, with the usage that OpenAI sends only when asked."""
        asked = (request.body.get("stream_options") or {}).get("include_usage")
        return [*events, answer("chat.completion.chunk", [], usage=self.usage())] if asked else events

    def error(self, situation: str) -> tuple[int, Members]:
        """The status and body of an error."""
        status, kind, code, message = ERRORS[situation]
        return status, {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def message(self, situation: str) -> Members:
        """The assistant's message."""
        said: Members = {"role": "assistant", "content": None, "refusal": None}
        match situation:
            case "tools":
                return {**said, "tool_calls": calls("call_{}")}
            case "reasoning":
                return {**said, "reasoning_content": situations.THOUGHTS, "content": situations.ANSWER}
            case "refusal":
                return {**said, "refusal": REFUSED}
            case _:
                return {**said, "content": TEXTS[situation]}

    def pieces(self, message: Members) -> Iterator[Members]:
        """The message as the chunks of a stream."""
        yield chunk({"role": "assistant", "content": "", "refusal": None})
        for name in ("reasoning_content", "refusal", "content"):
            for text in halves(message.get(name) or ""):
                yield chunk({name: text})
        for index, call in enumerate(message.get("tool_calls") or ()):
            begun = {**call, "function": {**call["function"], "arguments": ""}}
            yield chunk({"tool_calls": [{"index": index, **begun}]})
            for text in halves(call["function"]["arguments"]):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": text}}]})

    def _broken(self, situation: str, *, stream: bool) -> Reply:
        if not stream:
            whole = json.dumps(self.message("text")).encode()
            headers = {"content-length": str(len(whole))}
            return Reply(writes=[whole[: len(whole) // 2]], headers=headers, cut=True)
        begun = event(chunk({"role": "assistant", "content": situations.PARTIAL}))
        if situation == "cut":
            return Reply(content_type=SSE, writes=[begun], cut=True)
        return Reply(content_type=SSE, writes=[begun, event(self.error(situation)[1])])


TEXTS = {
    "text": situations.TEXT,
    "tool-result": situations.AFTER_RESULTS,
    "image": situations.IMAGE,
    "schema": json.dumps(situations.SCHEMA),
}


def calls(ids: str) -> list[Members]:
    return [
        {
            "id": ids.format(place + 1),
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for place, (name, arguments) in enumerate(situations.CALLS)
    ]


def answer(kind: str, choices: list[Members], **members: Any) -> Members:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "m", "choices": choices, **members}


def chunk(delta: Members, reason: str | None = None) -> Members:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    return answer("chat.completion.chunk", [choice])


def halves(text: str) -> list[str]:
    middle = len(text) // 2
    return [half for half in (text[:middle], text[middle:]) if half]


def event(body: Members) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"
