"""Decodes answers as the Google dialect does, whole and streamed."""

import json
from typing import Any

from service.dialects.google import Google
from service.types.chunk import Chunk, ChunkChoice
from service.types.fold import fold
from service.types.upstream import Endpoint
from tests.asking import chat

Json = dict[str, Any]

ENDPOINT = Endpoint(provider="google", model="gemini-3-pro", base_url="https://g.test", dialect="google")
SSE, JSON = "text/event-stream", "application/json; charset=UTF-8"
TEXT = {"text": "Hi"}
CALL = {"functionCall": {"name": "f", "args": {"b": 1, "a": [1.5]}}}


def read(data: bytes, content_type: str, **members: Any) -> Chunk:
    decoder = Google().decoder(chat(**members), ENDPOINT, content_type)
    chunks = [chunk for place in range(0, len(data), 7) for chunk in decoder.feed(data[place : place + 7])]
    return fold([*chunks, *decoder.end()])


def whole(answer: Any, **members: Any) -> Chunk:
    return read(json.dumps(answer).encode(), JSON, **members)


def stream(*answers: Json, tail: bytes = b"") -> Chunk:
    return read(b"".join(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in answers) + tail, SSE)


def candidate(*parts: Json, reason: str | None = "STOP", **members: Any) -> Json:
    end = {"finishReason": reason} if reason else {}
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **end, **members}]}


def choice(answer: Chunk) -> ChunkChoice:
    [only] = answer.choices
    return only
