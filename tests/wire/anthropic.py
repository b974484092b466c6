"""Recorded Messages traffic as the `anthropic` SDK reads it: its models, its accumulation of streams."""

import json
from typing import Any

import httpx2
from anthropic._models import construct_type
from anthropic.lib.streaming._beta_messages import accumulate_event
from anthropic.types import ErrorResponse
from anthropic.types.beta import BetaMessage, BetaRawMessageStreamEvent

from service.dialects.anthropic import Anthropic
from service.types.upstream import Endpoint
from tests.wire.seen import Rule, Seen

# Claude's answers to Bedrock's InvokeModel are messages too.
KINDS = ("anthropic.messages", "bedrock.invoke")
RULES = {
    "prompt-with-cache": Rule(
        "Cached tokens are counted beside input_tokens; they are made part of the prompt.",
        r'"cache_(read|creation)_input_tokens": ?[1-9]',
    ),
    "steps-as-tools": Rule(
        "Blocks of other kinds (a compaction) are listed among the tools of the server.",
        r'"type": ?"compaction"',
    ),
}

_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "compaction": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


def is_chat(record: dict[str, Any]) -> bool:
    """Embeddings go through InvokeModel as well."""
    return record["kind"] != "bedrock.invoke" or "anthropic.claude" in record["path"]


def dialect_of(record: dict[str, Any]) -> tuple[Anthropic, Endpoint]:
    model = (record["request"] or {}).get("model", "claude")
    base_url = f"https://{record['host']}"
    return Anthropic(), Endpoint(provider="anthropic", model=model, base_url=base_url, dialect="anthropic")


def expected(record: dict[str, Any]) -> Seen:
    """What the SDK makes of the answer; of an error its status and message, under `others`."""
    response = record["response"]
    if record["status"] != 200:
        error = ErrorResponse.model_validate(response["json"]).error
        return Seen(others={"error": (record["status"], error.message)})
    message = _accumulated(response["text"]) if "text" in response else _read(BetaMessage, response["json"])
    return _seen(message)


def _read(kind: Any, value: Any) -> Any:
    """As the SDK reads answers: by its types, and lenient with members that older answers lack."""
    return construct_type(type_=kind, value=value)


def _accumulated(text: str) -> Any:
    snapshot: Any = None
    buffers: dict[int, bytes] = {}
    for line in text.replace("\r", "").split("\n"):
        if line.startswith("data:") and (payload := json.loads(line[5:]))["type"] != "ping":
            snapshot = accumulate_event(
                event=_read(BetaRawMessageStreamEvent, payload),
                current_snapshot=snapshot,
                json_bufs=buffers,
                request_headers=httpx2.Headers(),
            )
    return snapshot


def _seen(message: Any) -> Seen:
    seen = Seen(native_finish_reason=message.stop_reason)
    calls = {block.id for block in message.content if block.type in ("server_tool_use", "mcp_tool_use")}
    for block in message.content:
        match block.type:
            case "text":
                seen.content += block.text
                seen.citations += [
                    (each.url, each.title or "")
                    for each in block.citations or ()
                    if getattr(each, "url", None)
                ]
            case "thinking":
                seen.reasoning += block.thinking
                seen.signatures.append(block.signature)
            case "redacted_thinking":
                seen.signatures.append(block.data)
            case "tool_use":
                seen.tool_calls.append((block.id, block.name, block.input))
            case "server_tool_use" | "mcp_tool_use":
                seen.server_tools.append(block.name)
            case result if result.endswith("_tool_result"):
                if block.tool_use_id not in calls:
                    seen.server_tools.append(result.removesuffix("_tool_result"))
            case other:
                seen.server_tools.append(other)
    seen.finish_reason = _REASONS[message.stop_reason]
    if seen.finish_reason == "stop" and seen.tool_calls:
        seen.finish_reason = "tool_calls"
    seen.usage, seen.service_tier = _usage(message.usage), message.usage.service_tier or ""
    return seen


def _usage(usage: Any) -> dict[str, int]:
    cached, written = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    prompt = usage.input_tokens + (cached or 0) + (written or 0)  # rule prompt-with-cache
    counts = {
        "prompt": prompt,
        "completion": usage.output_tokens,
        "total": prompt + usage.output_tokens,
        "cached": cached,
        "cache_write": written,
        "reasoning": usage.output_tokens_details and usage.output_tokens_details.thinking_tokens,
    }
    return {name: count for name, count in counts.items() if count is not None}
