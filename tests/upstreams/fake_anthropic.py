"""Anthropic Messages on loopback, at Anthropic's own address and as Claude on Vertex AI."""

import json
import re
from typing import Any
from urllib.parse import unquote

from tests.upstreams import situations
from tests.upstreams.situations import Received, Reply, SituationVendor

USAGE = {
    "input_tokens": situations.PROMPT_TOKENS,
    "output_tokens": situations.COMPLETION_TOKENS,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "service_tier": "standard",
}
ERRORS: dict[str, tuple[int, str, str]] = {
    "rate-limit": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "context-length": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "auth": (401, "authentication_error", "invalid x-api-key"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "bad-request": (400, "invalid_request_error", "tools.0.custom.name: String should match pattern"),
    "not-found": (404, "not_found_error", "model: claude-nothing"),
    "content-policy": (400, "invalid_request_error", "Output blocked by content filtering policy"),
    "invalid-image": (400, "invalid_request_error", "messages.0.content.0: Could not process image"),
    "server-error": (500, "api_error", "Internal server error"),
    "failing": (500, "api_error", "Internal server error"),
}
FAILURE = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
REFUSAL = "This is not something to help with."

_ON_VERTEX = re.compile(r"/publishers/anthropic/models/([^/]+):(stream)?[rR]awPredict$")


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def tool_use(place: int, name: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{place}", "name": name, "input": given}


def thinking(said: str, signature: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": said, "signature": signature}


def message(blocks: list[dict[str, Any]], reason: str, **members: Any) -> dict[str, Any]:
    """A whole answer."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-fake",
        "content": blocks,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": USAGE,
        **members,
    }


def event(kind: str, **members: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()


def delta(index: int, kind: str, **members: Any) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **members})


def begun() -> list[bytes]:
    """The first events of every stream."""
    empty = {**message([], ""), "stop_reason": None, "usage": {**USAGE, "output_tokens": 1}}
    return [event("message_start", message=empty), event("ping")]


def block_events(index: int, block: dict[str, Any]) -> list[bytes]:
    """One block in pieces."""
    match block["type"]:
        case "text":
            start, said = {**block, "text": ""}, block["text"]
            pieces = [delta(index, "text_delta", text=piece) for piece in (said[:3], said[3:])]
        case "thinking":
            start, said = {**block, "thinking": "", "signature": ""}, block["thinking"]
            pieces = [delta(index, "thinking_delta", thinking=piece) for piece in (said[:3], said[3:])]
            pieces.append(delta(index, "signature_delta", signature=block["signature"]))
        case _:
            start, given = {**block, "input": {}}, json.dumps(block["input"])
            pieces = [
                delta(index, "input_json_delta", partial_json=piece) for piece in ("", given[:5], given[5:])
            ]
    return [
        event("content_block_start", index=index, content_block=start),
        *pieces,
        event("content_block_stop", index=index),
    ]


def events(answer: dict[str, Any]) -> list[bytes]:
    """The stream of an answer."""
    frames = begun()
    for index, block in enumerate(answer["content"]):
        frames += block_events(index, block)
    end = {name: answer[name] for name in ("stop_reason", "stop_sequence", "stop_details") if name in answer}
    usage = {"output_tokens": USAGE["output_tokens"]}
    return [*frames, event("message_delta", delta=end, usage=usage), event("message_stop")]


def answers(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What Claude says, by situation. The schema comes as it was asked for: as text, or as a forced call."""
    calls = [tool_use(place, name, given) for place, (name, given) in enumerate(situations.CALLS)]
    forced = body.get("tool_choice", {}).get("name")
    schema = [tool_use(0, forced, situations.SCHEMA)] if forced else [text(json.dumps(situations.SCHEMA))]
    thoughts = [thinking(situations.THOUGHTS, situations.SIGNATURE), text(situations.ANSWER)]
    refused = {"type": "refusal", "category": None, "explanation": REFUSAL}
    return {
        "text": message([text(situations.TEXT)], "end_turn"),
        "tools": message(calls, "tool_use"),
        "tool-result": message([text(situations.AFTER_RESULTS)], "end_turn"),
        "image": message([text(situations.IMAGE)], "end_turn"),
        "schema": message(schema, "tool_use" if forced else "end_turn"),
        "reasoning": message(thoughts, "end_turn"),
        "refusal": message([], "refusal", stop_details=refused),
    }


class FakeAnthropic(SituationVendor):
    """POST /v1/messages, and :rawPredict and :streamRawPredict of Vertex AI."""

    def model(self, request: Received) -> str:
        on_vertex = _ON_VERTEX.search(request.path)
        model: str = unquote(on_vertex[1]) if on_vertex else request.body["model"]
        return model

    def streams(self, request: Received) -> bool:
        return bool(request.body.get("stream"))

    def reply(self, situation: str, request: Received, *, stream: bool) -> Reply:
        if situation in ("cut", "failing") and stream:
            partial = text(situations.PARTIAL)
            frames = [*begun(), *block_events(0, partial)[:-1]]
            if situation == "failing":
                frames.append(event("error", error=FAILURE["error"]))
            return Reply(content_type="text/event-stream", writes=frames, cut=situation == "cut")
        if situation == "cut":
            half = json.dumps(message([text(situations.TEXT)], "end_turn")).encode()
            return Reply(writes=[half[: len(half) // 2]], cut=True)
        if situation in ERRORS:
            status, kind, words = ERRORS[situation]
            retry = {"retry_after": str(situations.RETRY_AFTER)} if status == 429 else {}
            error = {"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_1"}
            return Reply.of_json(error, status, request_id="req_1", **retry)
        answer = answers(request.body)[situation]
        if stream:
            return Reply(content_type="text/event-stream; charset=utf-8", writes=events(answer))
        return Reply.of_json(answer)
