"""Recorded chat of Cohere, version 2, as the `cohere` SDK reads it."""

import json
from typing import Any, cast

from cohere.core.unchecked_base_model import construct_type
from cohere.v2.types import V2ChatResponse, V2ChatStreamResponse

from service.dialects.cohere import Cohere
from service.types.upstream import Endpoint
from tests.wire.seen import Rule, Seen

KINDS = ("cohere.chat",)
RULES = {
    "plan-as-thoughts": Rule(
        "The plan of tool calls is reasoning.",
        r'"tool_plan": ?"',
    ),
    "tokens": Rule(
        "The counts are those of tokens; what is billed is kept beside them.",
        r'"billed_units"',
    ),
}

_REASONS = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}


def is_chat(record: dict[str, Any]) -> bool:
    """Embeddings and reranking have kinds of their own."""
    path: str = record["path"]
    return path.endswith("/chat")


def dialect_of(record: dict[str, Any]) -> tuple[Cohere, Endpoint]:
    base_url = f"https://{record['host']}"
    return Cohere(), Endpoint(
        provider="cohere", model=record["request"]["model"], base_url=base_url, dialect="cohere"
    )


def expected(record: dict[str, Any]) -> Seen:
    """What the SDK makes of the answer; of an error its status and message, under `others`."""
    response = record["response"]
    if record["status"] != 200:
        return Seen(others={"error": (record["status"], response["json"]["message"])})
    if "text" in response:
        return _streamed(response["text"])
    answer: Any = construct_type(type_=V2ChatResponse, object_=response["json"])
    message, seen = answer.message, Seen()
    for part in message.content or ():
        if part.type == "thinking":
            seen.reasoning += part.thinking
        else:
            seen.content += part.text
    seen.reasoning += message.tool_plan or ""
    seen.tool_calls = [
        (call.id, call.function.name, json.loads(call.function.arguments))
        for call in message.tool_calls or ()
    ]
    seen.citations = _cited(message.citations or ())
    return _ended(seen, answer)


def _streamed(text: str) -> Seen:
    seen, calls = Seen(), dict[int, list[str]]()
    for line in text.replace("\r", "").split("\n"):
        if not line.startswith("data:") or "[DONE]" in line:
            continue
        event: Any = construct_type(type_=cast("Any", V2ChatStreamResponse), object_=json.loads(line[5:]))
        message: Any = getattr(getattr(event, "delta", None), "message", None)
        match event.type:
            case "content-start" | "content-delta":
                seen.content += message.content.text or ""
                seen.reasoning += message.content.thinking or ""
            case "tool-plan-delta":
                seen.reasoning += message.tool_plan
            case "tool-call-start":
                call = message.tool_calls
                calls[event.index] = [call.id, call.function.name, call.function.arguments]
            case "tool-call-delta":
                calls[event.index][2] += message.tool_calls.function.arguments
            case "citation-start":
                seen.citations += _cited([message.citations])
            case "message-end":
                _ended(seen, event.delta)
    seen.tool_calls = [(each[0], each[1], json.loads(each[2] or "{}")) for each in calls.values()]
    return seen


def _cited(citations: Any) -> list[tuple[str, str]]:
    sources = [source for citation in citations for source in citation.sources or ()]
    documents = [
        getattr(each, "document", None) or getattr(each, "tool_output", None) or {} for each in sources
    ]
    return [(each["url"], each.get("title") or "") for each in documents if each.get("url")]


def _ended(seen: Seen, answer: Any) -> Seen:
    seen.native_finish_reason = answer.finish_reason
    seen.finish_reason = _REASONS[answer.finish_reason]
    if answer.usage and (tokens := answer.usage.tokens):
        prompt, completion, cached = tokens.input_tokens, tokens.output_tokens, answer.usage.cached_tokens
        counts = {"prompt": prompt, "completion": completion, "total": prompt + completion, "cached": cached}
        seen.usage = {name: int(count) for name, count in counts.items() if count is not None}
    return seen
