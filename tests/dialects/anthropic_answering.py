"""Anthropic's messages, whole and as the events of a stream, and the answers they are read as."""

import json
from typing import Any

from service.dialects.anthropic.decoder import BodyDecoder, StreamDecoder
from service.types.chunk import Chunk
from service.types.fold import fold

FORMAT = "anthropic-claude-v1"
USAGE = {
    "input_tokens": 10,
    "cache_creation_input_tokens": 3,
    "cache_read_input_tokens": 100,
    "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
    "output_tokens": 7,
    "output_tokens_details": {"thinking_tokens": 4},
    "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
    "iterations": [{"type": "message", "input_tokens": 10, "output_tokens": 7}],
    "service_tier": "priority",
    "inference_geo": "us",
    "speed": None,
}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"b": 1.0, "a": [2]}}

# How a block of each type comes in a stream: what is in its beginning, and the deltas that follow.
_EMPTY: dict[str, dict[str, Any]] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
    "server_tool_use": {"input": {}},
    "mcp_tool_use": {"input": {}},
    "compaction": {"content": None},
}


def answer(*blocks: dict[str, Any], reason: str = "end_turn", **members: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": list(blocks),
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": USAGE,
        **members,
    }


def frames(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def read(message: dict[str, Any]) -> Chunk:
    """The answer; streamed and whole are equal."""
    stream, whole = StreamDecoder("acme"), BodyDecoder("acme")
    pieces = [*stream.feed(streamed(message)), *stream.end()]
    assert whole.feed(json.dumps(message).encode()) == []
    folded = fold(whole.end())
    assert fold(pieces) == folded
    assert stream.complete
    return folded


def streamed(message: dict[str, Any]) -> bytes:
    """The events of a message."""
    usage = message["usage"]
    early = {**usage, "output_tokens": 1, "server_tool_use": None}
    late = {
        name: usage[name] for name in ("input_tokens", "output_tokens", "server_tool_use") if name in usage
    }
    begun = {
        **message,
        "content": [],
        "stop_reason": None,
        "stop_details": None,
        "container": None,
        "usage": early,
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": begun}, {"type": "ping"}]
    for index, block in enumerate(message["content"]):
        start = {**block, **_EMPTY.get(block["type"], {})}
        if block["type"] == "text" and "citations" in block:
            start["citations"] = []
        events.append({"type": "content_block_start", "index": index, "content_block": start})
        events += [
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in _deltas(block)
        ]
        events.append({"type": "content_block_stop", "index": index})
    ends = ("stop_reason", "stop_sequence", "stop_details", "container")
    end = {name: message[name] for name in ends if name in message}
    events += [{"type": "message_delta", "delta": end, "usage": late}, {"type": "message_stop"}]
    return b"".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events)


def _deltas(block: dict[str, Any]) -> list[dict[str, Any]]:
    match block["type"]:
        case "text":
            cited = [{"type": "citations_delta", "citation": each} for each in block.get("citations") or ()]
            half = len(block["text"]) // 2
            texts = [
                {"type": "text_delta", "text": each} for each in (block["text"][:half], block["text"][half:])
            ]
            return [*cited, *texts]
        case "thinking":
            return [
                *({"type": "thinking_delta", "thinking": each} for each in block["thinking"]),
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            given = json.dumps(block["input"], separators=(",", ":")) if block["input"] else ""
            return [{"type": "input_json_delta", "partial_json": each} for each in ("", given[:3], given[3:])]
        case "compaction":
            return [{"type": "compaction_delta", "content": block["content"]}]
    return []
