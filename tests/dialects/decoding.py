"""Feeds bytes to the OpenAI dialect's decoders."""

import json
from typing import Any

from service.dialects.openai.decoder import BodyDecoder, StreamDecoder
from service.types.chunk import Chunk
from service.types.fold import fold

DONE = b"data: [DONE]\n\n"


def frame(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def delta(index: int = 0, finish: str | None = None, **content: Any) -> bytes:
    return frame({"choices": [{"index": index, "delta": content, "finish_reason": finish}]})


def calls(*pieces: dict[str, Any]) -> bytes:
    """A chunk with these pieces of tool calls."""
    return delta(tool_calls=list(pieces))


def piece(index: int | None = None, arguments: str | None = None, **members: Any) -> dict[str, Any]:
    """A piece of a tool call."""
    function = {
        k: v for k, v in {"name": members.pop("name", None), "arguments": arguments}.items() if v is not None
    }
    stated = {} if index is None else {"index": index}
    return stated | members | ({"function": function} if function else {})


def stream(*pieces: bytes) -> list[Chunk]:
    """The chunks of a stream that arrives in these pieces."""
    decoder = StreamDecoder("acme")
    chunks: list[Chunk] = []
    for piece in pieces:
        chunks += decoder.feed(piece)
    return chunks + decoder.end()


def body(value: Any) -> Chunk:
    """The one chunk of a whole answer."""
    decoder = BodyDecoder("acme")
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    assert decoder.feed(data[:7]) == decoder.feed(data[7:]) == []
    [chunk] = decoder.end()
    return chunk


def message(**members: Any) -> dict[str, Any]:
    """A whole answer with one choice."""
    return {"choices": [{"index": 0, "message": {"role": "assistant", **members}, "finish_reason": "stop"}]}


def folded(*pieces: bytes) -> Chunk:
    return fold(stream(*pieces))
