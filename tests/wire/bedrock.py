"""Recorded Bedrock traffic as botocore reads it: its parsers, its service model, none of our code."""

import base64
import json
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.eventstream import EventStream
from botocore.parsers import EventStreamJSONParser, create_parser

from service.dialects.bedrock import Bedrock
from service.types.upstream import Endpoint
from tests.wire.replay import body_of
from tests.wire.seen import Rule, Seen

KINDS = ("bedrock.converse",)
RULES = {
    "prompt-with-cache": Rule(
        "Converse counts cached tokens beside inputTokens; they become part of the prompt.",
        r'"cache(Read|Write)InputTokens": ?[1-9]',
    ),
}

_SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
_CONVERSE = _SERVICE.operation_model("Converse").output_shape
_STREAM = _SERVICE.operation_model("ConverseStream").output_shape.members["stream"]
_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}


def dialect_of(record: dict[str, Any]) -> tuple[Bedrock, Endpoint]:
    model = unquote(record["path"].split("/")[2])
    base_url = f"https://{record['host']}"
    return Bedrock(), Endpoint(provider="bedrock", model=model, base_url=base_url, dialect="bedrock")


def is_chat(record: dict[str, Any]) -> bool:
    return record["kind"] in KINDS


def expected(record: dict[str, Any]) -> Seen:
    """What botocore makes of the answer; of an error its status and message, under `others`."""
    body = body_of(record)
    if record["status"] != 200:
        headers = {"content-type": record["content_type"]}
        told = {"status_code": record["status"], "headers": headers, "body": body}
        error = create_parser("rest-json").parse(told, _CONVERSE)["Error"]
        return Seen(others={"error": (record["status"], error["Message"])})
    if "eventstream" in record["content_type"]:
        return _seen(_accumulated(body))
    told = {"status_code": 200, "headers": {"content-type": "application/json"}, "body": body}
    return _seen(create_parser("rest-json").parse(told, _CONVERSE))


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]


def _accumulated(body: bytes) -> dict[str, Any]:
    """ConverseStream's events as the answer that Converse would have given."""
    blocks: dict[int, dict[str, Any]] = {}
    answer: dict[str, Any] = {"output": {"message": {"content": []}}}
    for event in EventStream(_Raw(body), _STREAM, EventStreamJSONParser(), "ConverseStream"):
        [(name, told)] = event.items()
        block = blocks.setdefault(told.get("contentBlockIndex", -1), {})
        if name == "contentBlockStart":
            block |= {kind: dict(start) for kind, start in told["start"].items()}
        elif name == "contentBlockDelta":
            _add(block, told["delta"])
        elif name in ("messageStop", "metadata"):
            answer |= told
    blocks.pop(-1, None)
    for index in sorted(blocks):
        block = blocks[index]
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"].get("input") or "{}")
        answer["output"]["message"]["content"].append(block)
    return answer


def _add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    if "toolUse" in delta:
        block["toolUse"]["input"] = block["toolUse"].get("input", "") + delta["toolUse"]["input"]
    if thought := delta.get("reasoningContent"):
        if "redactedContent" in thought:
            block["reasoningContent"] = {"redactedContent": thought["redactedContent"]}
            return
        known = block.setdefault("reasoningContent", {"reasoningText": {}})["reasoningText"]
        for name, text in thought.items():
            known[name] = known.get(name, "") + text
    if "citation" in delta:
        cited = block.setdefault("citationsContent", {"content": [], "citations": []})
        cited["citations"].append(delta["citation"])


def _seen(answer: dict[str, Any]) -> Seen:
    seen = Seen(native_finish_reason=answer["stopReason"])
    for block in answer["output"]["message"]["content"]:
        seen.content += block.get("text", "")
        _see_thought(seen, block.get("reasoningContent") or {})
        if use := block.get("toolUse"):
            if use.get("type") == "server_tool_use":
                seen.server_tools.append(use["name"])
            else:
                seen.tool_calls.append((use["toolUseId"], use["name"], use["input"]))
        cited = block.get("citationsContent") or {}
        seen.content += "".join(each.get("text", "") for each in cited.get("content", ()))
        for citation in cited.get("citations", ()):
            if web := citation.get("location", {}).get("web"):
                seen.citations.append((web["url"], citation.get("title", "")))
        if image := block.get("image"):
            data = base64.b64encode(image["source"]["bytes"]).decode()
            seen.images.append(f"data:image/{image['format']};base64,{data}")
    seen.finish_reason = _REASONS[answer["stopReason"]]
    if seen.finish_reason == "stop" and seen.tool_calls:
        seen.finish_reason = "tool_calls"
    seen.usage = _usage(answer["usage"])
    seen.service_tier = answer.get("serviceTier", {}).get("type", "")
    return seen


def _see_thought(seen: Seen, thought: dict[str, Any]) -> None:
    told = thought.get("reasoningText") or {}
    seen.reasoning += told.get("text", "")
    if told.get("signature"):
        seen.signatures.append(told["signature"])
    if "redactedContent" in thought:
        seen.signatures.append(base64.b64encode(thought["redactedContent"]).decode())


def _usage(usage: dict[str, int]) -> dict[str, int]:
    cached = {"cached": "cacheReadInputTokens", "cache_write": "cacheWriteInputTokens"}
    counts = {name: usage[theirs] for name, theirs in cached.items() if theirs in usage}
    return {
        "prompt": usage["inputTokens"] + sum(counts.values()),  # rule prompt-with-cache
        "completion": usage["outputTokens"],
        "total": usage["totalTokens"],
        **counts,
    }
