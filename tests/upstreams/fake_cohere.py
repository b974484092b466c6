"""Cohere's chat, version 2, on loopback."""

import json
from collections.abc import Iterator
from typing import Any

from tests.upstreams import situations
from tests.upstreams.fake_openai import REFUSED, SSE, TEXTS, calls, halves
from tests.upstreams.situations import Received, Reply, SituationVendor

PLAN = "I will look up both cities."
USAGE = {
    "billed_units": {"input_tokens": 2, "output_tokens": 3},
    "tokens": {"input_tokens": situations.PROMPT_TOKENS, "output_tokens": situations.COMPLETION_TOKENS},
    "cached_tokens": 0,
}
ERRORS: dict[str, tuple[int, str]] = {
    "rate-limit": (429, "You are using a Trial key, which is limited to 20 API calls / minute."),
    "context-length": (
        400,
        "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.",
    ),
    "auth": (401, "invalid api token"),
    "overloaded": (503, "service unavailable, please try again"),
    "bad-request": (400, "invalid request: k must be between 0 and 500 inclusive."),
    "not-found": (404, "model 'x' not found, make sure the correct model ID was used"),
    "content-policy": (422, "the request was blocked by the content policy"),
    "invalid-image": (400, "invalid request: unable to process image"),
    "server-error": (500, "internal server error, this has been reported to our developers."),
    "failing": (500, "internal server error, this has been reported to our developers."),
}

Members = dict[str, Any]


class FakeCohere(SituationVendor):
    """POST /v2/chat. A model of Cohere's refuses in plain words."""

    def model(self, request: Received) -> str:
        model: str = request.body["model"]
        return model

    def streams(self, request: Received) -> bool:
        return bool(request.body.get("stream"))

    def reply(self, situation: str, request: Received, *, stream: bool) -> Reply:
        if situation in ERRORS and not (stream and situation == "failing"):
            status, words = ERRORS[situation]
            headers = {"retry_after": str(situations.RETRY_AFTER)} if status == 429 else {}
            return Reply.of_json({"id": "e1", "message": words}, status, **headers)
        if situation in ("cut", "failing"):
            return broken(situation, stream=stream)
        said = message(situation)
        reason = "TOOL_CALL" if "tool_calls" in said else "COMPLETE"
        if stream:
            end = event("message-end", id="m1", delta={"finish_reason": reason, "usage": USAGE})
            return Reply(content_type=SSE, writes=[*pieces(said), end, b"data: [DONE]\n\n"])
        return Reply.of_json({"id": "m1", "message": said, "finish_reason": reason, "usage": USAGE})


def message(situation: str) -> Members:
    if situation == "tools":
        return {"role": "assistant", "tool_plan": PLAN, "tool_calls": calls("get_weather_{}")}
    thoughts = [{"type": "thinking", "thinking": situations.THOUGHTS}] if situation == "reasoning" else []
    text = {"reasoning": situations.ANSWER, "refusal": REFUSED, **TEXTS}[situation]
    return {"role": "assistant", "content": [*thoughts, {"type": "text", "text": text}]}


def pieces(said: Members) -> Iterator[bytes]:
    """The message as events."""
    yield told("message-start", role="assistant", content=[], tool_plan="", tool_calls=[], citations=[])
    for text in halves(said.get("tool_plan", "")):
        yield told("tool-plan-delta", tool_plan=text)
    for index, part in enumerate(said.get("content", ())):
        kind = part["type"]
        yield told("content-start", index, content={"type": kind, kind: ""})
        for text in halves(part[kind]):
            yield told("content-delta", index, content={kind: text})
        yield event("content-end", index=index)
    for index, call in enumerate(said.get("tool_calls", ())):
        begun = {**call, "function": {**call["function"], "arguments": ""}}
        yield told("tool-call-start", index, tool_calls=begun)
        for text in halves(call["function"]["arguments"]):
            yield told("tool-call-delta", index, tool_calls={"function": {"arguments": text}})
        yield event("tool-call-end", index=index)


def broken(situation: str, *, stream: bool) -> Reply:
    if not stream:
        whole = json.dumps({"id": "m1", "message": message("text")}).encode()
        headers = {"content-length": str(len(whole))}
        return Reply(writes=[whole[: len(whole) // 2]], headers=headers, cut=True)
    begun = [
        told("message-start", role="assistant", content=[]),
        told("content-start", 0, content={"type": "text", "text": ""}),
        told("content-delta", 0, content={"text": situations.PARTIAL}),
    ]
    if situation == "cut":
        return Reply(content_type=SSE, writes=begun, cut=True)
    failure = {"finish_reason": "ERROR", "error": ERRORS[situation][1]}
    return Reply(content_type=SSE, writes=[*begun, event("message-end", id="m1", delta=failure)])


def told(kind: str, index: int | None = None, **members: Any) -> bytes:
    place = {} if index is None else {"index": index}
    return event(kind, **place, delta={"message": members})


def event(kind: str, **members: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()
