"""Bedrock's Converse and ConverseStream on loopback, with real event stream frames."""

import json
import struct
import zlib
from typing import Any
from urllib.parse import unquote

from tests.upstreams import situations
from tests.upstreams.situations import Received, Reply, SituationVendor

EVENT_STREAM = "application/vnd.amazon.eventstream"
USAGE = {
    "inputTokens": situations.PROMPT_TOKENS,
    "outputTokens": situations.COMPLETION_TOKENS,
    "totalTokens": situations.PROMPT_TOKENS + situations.COMPLETION_TOKENS,
}
ERRORS: dict[str, tuple[int, str, str]] = {
    "rate-limit": (429, "ThrottlingException", "Too many requests, please wait before trying again."),
    "context-length": (400, "ValidationException", "Input is too long for requested model."),
    "auth": (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
    "overloaded": (503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
    "bad-request": (400, "ValidationException", "The value at inferenceConfig.topP is wrong."),
    "not-found": (404, "ResourceNotFoundException", "Could not resolve the foundation model."),
    "content-policy": (400, "ValidationException", "The request was blocked by our content policy."),
    "invalid-image": (400, "ValidationException", "messages.0.content.0: Could not process image"),
    "server-error": (500, "InternalServerException", "The server had an internal error."),
    "failing": (500, "InternalServerException", "The server had an internal error."),
}


def message(headers: dict[str, str], payload: bytes) -> bytes:
    """One message: lengths and their sum, headers (all of type string), payload, sum of it all."""
    packed = b"".join(
        struct.pack("!B", len(name))
        + name.encode()
        + struct.pack("!BH", 7, len(value.encode()))
        + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(packed) + len(payload), len(packed))
    begun = prelude + struct.pack("!I", zlib.crc32(prelude)) + packed + payload
    return begun + struct.pack("!I", zlib.crc32(begun))


def event(kind: str, **body: Any) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return message(headers, json.dumps({**body, "p": "abcdef"}).encode())


def exception(kind: str, **body: Any) -> bytes:
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return message(headers, json.dumps(body).encode())


def text(said: str) -> dict[str, Any]:
    return {"text": said}


def tool_use(place: int, name: str, arguments: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": f"tooluse_{place}", "name": name, "input": arguments}}


def thought(said: str, signature: str) -> dict[str, Any]:
    return {"reasoningContent": {"reasoningText": {"text": said, "signature": signature}}}


def events(blocks: list[dict[str, Any]], reason: str, usage: dict[str, Any] | None = None) -> list[bytes]:
    """A whole stream; texts come in two pieces."""
    frames = [event("messageStart", role="assistant")]
    for index, block in enumerate(blocks):
        frames += block_events(index, block)
    frames.append(event("messageStop", stopReason=reason))
    return [*frames, event("metadata", usage=usage or USAGE, metrics={"latencyMs": 10})]


def block_events(index: int, block: dict[str, Any]) -> list[bytes]:
    frames = []
    deltas: list[dict[str, Any]]
    if use := block.get("toolUse"):
        start = {"toolUse": {name: value for name, value in use.items() if name != "input"}}
        frames.append(event("contentBlockStart", start=start, contentBlockIndex=index))
        deltas = [{"toolUse": {"input": piece}} for piece in _halves(json.dumps(use["input"]))]
    elif told := block.get("reasoningContent"):
        known = told["reasoningText"]
        pieces = [{"text": piece} for piece in _halves(known["text"])] + [{"signature": known["signature"]}]
        deltas = [{"reasoningContent": piece} for piece in pieces]
    else:
        deltas = [{"text": piece} for piece in _halves(block["text"])]
    frames += [event("contentBlockDelta", delta=delta, contentBlockIndex=index) for delta in deltas]
    return [*frames, event("contentBlockStop", contentBlockIndex=index)]


def whole(blocks: list[dict[str, Any]], reason: str, usage: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": blocks}},
        "stopReason": reason,
        "usage": usage or USAGE,
        "metrics": {"latencyMs": 10},
    }


def _halves(said: str) -> list[str]:
    middle = len(said) // 2
    return [said[:middle], said[middle:]]


CALLS = [tool_use(place, name, arguments) for place, (name, arguments) in enumerate(situations.CALLS)]
ANSWERS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "text": ([text(situations.TEXT)], "end_turn"),
    "tools": (CALLS, "tool_use"),
    "tool-result": ([text(situations.AFTER_RESULTS)], "end_turn"),
    "image": ([text(situations.IMAGE)], "end_turn"),
    "reasoning": (
        [thought(situations.THOUGHTS, situations.SIGNATURE), text(situations.ANSWER)],
        "end_turn",
    ),
    "refusal": ([text("Sorry, the model cannot answer this question.")], "guardrail_intervened"),
}


class FakeBedrock(SituationVendor):
    """POST /model/M/converse and /model/M/converse-stream."""

    def model(self, request: Received) -> str:
        return unquote(request.path.split("/")[2])

    def streams(self, request: Received) -> bool:
        return request.path.endswith("/converse-stream")

    def reply(self, situation: str, request: Received, *, stream: bool) -> Reply:
        if situation in ERRORS and not (stream and situation == "failing"):
            return self._error(situation)
        if situation == "cut":
            return self._cut(stream=stream)
        if situation == "failing":
            frames = [event("messageStart", role="assistant"), self._partial()]
            frames.append(exception("throttlingException", message="Too many tokens, please wait."))
            return Reply(content_type=EVENT_STREAM, writes=frames)
        blocks, reason = self._schema(request) if situation == "schema" else ANSWERS[situation]
        if stream:
            return Reply(content_type=EVENT_STREAM, writes=events(blocks, reason))
        return Reply.of_json(whole(blocks, reason))

    def _schema(self, request: Received) -> tuple[list[dict[str, Any]], str]:
        """Text where the form was asked for natively, else a call of the tool that was forced."""
        if "outputConfig" in request.body:
            return [text(json.dumps(situations.SCHEMA))], "end_turn"
        assert "any" in request.body["toolConfig"]["toolChoice"]
        name = request.body["toolConfig"]["tools"][-1]["toolSpec"]["name"]
        return [tool_use(0, name, situations.SCHEMA)], "tool_use"

    def _cut(self, *, stream: bool) -> Reply:
        if stream:
            frames = [event("messageStart", role="assistant"), self._partial()]
            return Reply(content_type=EVENT_STREAM, writes=[*frames, self._partial()[:20]], cut=True)
        body = json.dumps(whole([text(situations.TEXT)], "end_turn")).encode()
        return Reply(writes=[body[: len(body) // 2]], headers={"content-length": str(len(body))}, cut=True)

    def _partial(self) -> bytes:
        return event("contentBlockDelta", delta={"text": situations.PARTIAL}, contentBlockIndex=0)

    def _error(self, situation: str) -> Reply:
        status, name, said = ERRORS[situation]
        headers = {"x-amzn-errortype": f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"}
        if situation == "rate-limit":
            headers["retry-after"] = str(situations.RETRY_AFTER)
        reply = Reply.of_json({"message": said}, status)
        reply.headers |= headers
        return reply
