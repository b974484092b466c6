"""Gemini's generateContent on loopback, at the paths of AI Studio and of Vertex AI."""

import json
from typing import Any
from urllib.parse import unquote

from tests.upstreams import situations
from tests.upstreams.situations import Received, Reply, SituationVendor

SSE = "text/event-stream"
USAGE = {
    "promptTokenCount": situations.PROMPT_TOKENS,
    "candidatesTokenCount": situations.COMPLETION_TOKENS,
    "totalTokenCount": situations.PROMPT_TOKENS + situations.COMPLETION_TOKENS,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": situations.PROMPT_TOKENS}],
}
BLOCKED = "The prompt was blocked for safety reasons."
ERRORS: dict[str, tuple[int, str, str]] = {
    "rate-limit": (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "context-length": (
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).",
    ),
    "auth": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "bad-request": (400, "INVALID_ARGUMENT", "Invalid value at 'generation_config.top_k'."),
    "not-found": (404, "NOT_FOUND", "models/gemini-0 is not found for API version v1beta."),
    "content-policy": (400, "INVALID_ARGUMENT", "The request was blocked by our usage guidelines."),
    "invalid-image": (400, "INVALID_ARGUMENT", "Unable to process input image. Please retry."),
    "server-error": (500, "INTERNAL", "An internal error has occurred."),
    "failing": (500, "INTERNAL", "An internal error has occurred."),
}
DETAILS: dict[str, list[dict[str, Any]]] = {
    "rate-limit": [
        {
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": f"{situations.RETRY_AFTER - 0.5}s",
        }
    ],
    "auth": [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
        }
    ],
}

Part = dict[str, Any]


def call(name: str, arguments: dict[str, Any], **members: Any) -> Part:
    return {"functionCall": {"name": name, "args": arguments}, **members}


CALLS = [call(*said) for said in situations.CALLS]
CALLS[0]["thoughtSignature"] = situations.SIGNATURE  # of parallel calls only the first is signed
ANSWERS: dict[str, list[Part]] = {
    "text": [{"text": situations.TEXT}],
    "tools": CALLS,
    "tool-result": [{"text": situations.AFTER_RESULTS}],
    "image": [{"text": situations.IMAGE}],
    "schema": [{"text": json.dumps(situations.SCHEMA)}],
    "reasoning": [
        {"text": situations.THOUGHTS, "thought": True},
        {"text": situations.ANSWER, "thoughtSignature": situations.SIGNATURE},
    ],
}


class FakeGoogle(SituationVendor):
    """POST .../models/M:generateContent and :streamGenerateContent?alt=sse, whatever is before `models`."""

    def model(self, request: Received) -> str:
        return unquote(request.path.rpartition("/")[2].partition(":")[0])

    def streams(self, request: Received) -> bool:
        return request.path.endswith(":streamGenerateContent") and "alt=sse" in request.query

    def reply(self, situation: str, request: Received, *, stream: bool) -> Reply:
        if situation in ERRORS and not (stream and situation == "failing"):
            return self._error(situation)
        if situation == "refusal":
            answer = {"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": BLOCKED}}
            return self._said([{**answer, "usageMetadata": {"promptTokenCount": 12}}], stream=stream)
        if situation in ("cut", "failing"):
            return self._broken(situation, stream=stream)
        parts = ANSWERS[situation]
        if not stream:
            return self._said([response(parts, "STOP")], stream=False)
        return self._said(streamed(parts), stream=True)

    def _said(self, responses: list[dict[str, Any]], *, stream: bool) -> Reply:
        if stream:
            return Reply(content_type=SSE, writes=[event(each) for each in responses])
        return Reply.of_json(responses[0])

    def _broken(self, situation: str, *, stream: bool) -> Reply:
        begun = response([{"text": situations.PARTIAL}], None)
        if not stream:
            whole = json.dumps(response(ANSWERS["text"], "STOP")).encode()
            headers = {"content-length": str(len(whole))}
            return Reply(writes=[whole[: len(whole) // 2]], headers=headers, cut=True)
        if situation == "cut":
            return Reply(content_type=SSE, writes=[event(begun)], cut=True)
        # Google writes the error into the stream as it would have sent it alone: over several lines.
        failure = json.dumps(error("failing"), indent=2).encode()
        return Reply(content_type=SSE, writes=[event(begun), failure])

    def _error(self, situation: str) -> Reply:
        return Reply.of_json(error(situation), ERRORS[situation][0])


def error(situation: str) -> dict[str, Any]:
    status, word, message = ERRORS[situation]
    details = DETAILS.get(situation)
    return {
        "error": {"code": status, "message": message, "status": word}
        | ({"details": details} if details else {})
    }


def response(parts: list[Part], reason: str | None, usage: dict[str, Any] | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    return {
        "candidates": [candidate],
        "usageMetadata": usage or USAGE,
        "modelVersion": "gemini",
        "responseId": "r1",
    }


def streamed(parts: list[Part]) -> list[dict[str, Any]]:
    """Texts come in two pieces and count up; the signature of a text comes on an empty one at the end."""
    counted = {"promptTokenCount": situations.PROMPT_TOKENS, "totalTokenCount": situations.PROMPT_TOKENS}
    events = []
    last: Part = {"text": ""}
    for part in parts:
        if "text" not in part:
            events.append(response([part], None, counted))
            continue
        if "thoughtSignature" in part:
            last["thoughtSignature"] = part["thoughtSignature"]
        middle = len(part["text"]) // 2
        for text in (part["text"][:middle], part["text"][middle:]):
            piece = {name: value for name, value in part.items() if name != "thoughtSignature"}
            events.append(response([{**piece, "text": text}], None, counted))
    return [*events, response([last], "STOP")]


def event(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\r\n\r\n"
