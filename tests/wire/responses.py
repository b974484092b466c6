"""OpenAI Responses: what the `openai` SDK's parsed response says, against what the dialect decodes."""

import json
from typing import Any

from openai._models import construct_type_unchecked
from openai.types.responses import Response, ResponseStreamEvent

from service.dialects.dialect import Dialect
from service.dialects.responses import OpenAIResponses
from service.types.upstream import Endpoint
from tests.wire.seen import Rule, Seen

KINDS = ("responses.openai",)
RULES: dict[str, Rule] = {}
"""Deliberate differences; none."""

_CALLERS = {
    "computer_call": "computer",
    "local_shell_call": "local_shell",
    "shell_call": "shell",
    "apply_patch_call": "apply_patch",
    "mcp_approval_request": "mcp_approval",
}
_SERVERS = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
    "image_generation_call": "image_generation",
    "tool_search_call": "tool_search",
}


def is_chat(record: dict[str, Any]) -> bool:
    """All of them are."""
    return bool(record["path"])


def dialect_of(record: dict[str, Any]) -> tuple[Dialect, Endpoint]:
    """The dialect that reads a record, and the endpoint it came from."""
    model = record["request"]["model"]
    base_url = f"https://{record['host']}/v1"
    return OpenAIResponses(), Endpoint(
        provider="openai", model=model, base_url=base_url, dialect="openai-responses"
    )


def expected(record: dict[str, Any]) -> Seen:
    """What the SDK's parsed response says; of a stream, what its last event holds."""
    answer = record["response"]
    if record["status"] != 200:
        return Seen(others={"error": (record["status"], answer["json"]["error"]["message"])})
    if "text" not in answer:
        return seen_of_response(_parsed(answer["json"], Response))
    events = [
        _parsed(json.loads(line[5:]), ResponseStreamEvent)
        for line in answer["text"].splitlines()
        if line.startswith("data:")
    ]
    final = seen_of_response(events[-1].response)
    # The deltas, which the SDK leaves to its caller to join, say the same as the last event.
    deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert deltas == final.content
    return final


def seen_of_response(response: Response) -> Seen:
    """Reduces a parsed response to what a client sees."""
    seen = Seen(content=response.output_text, service_tier=response.service_tier or "")
    thoughts: list[str] = []
    for item in response.output:
        match item.type:
            case "message":
                _add_message(seen, item)
            case "reasoning":
                thoughts += [part.text for part in (*item.summary, *(item.content or ()))]
                seen.signatures += [item.encrypted_content] if item.encrypted_content else []
            case "compaction":
                seen.signatures.append(item.encrypted_content)
            case "function_call":
                seen.tool_calls.append((item.call_id, item.name, json.loads(item.arguments)))
            case "tool_search_call" if item.execution == "client":
                seen.tool_calls.append((item.call_id or item.id, "tool_search", item.arguments))
            case kind if kind in _CALLERS:
                raise AssertionError(f"{kind} is not in the recordings; say what is expected of it")
            case "mcp_call":
                seen.server_tools.append(item.name)
            case kind:
                seen.server_tools.append(_SERVERS.get(kind, kind))
                image = getattr(item, "result", None)
                seen.images += [f"data:image/png;base64,{image}"] if image else []
    seen.reasoning = "\n\n".join(text for text in thoughts if text)
    seen.usage = _usage(response)
    _end(seen, response)
    return seen


def _parsed(body: Any, kind: Any) -> Any:
    """Reads JSON as the SDK does, which is lenient: words that it does not know stay."""
    return construct_type_unchecked(value=body, type_=kind)


def _add_message(seen: Seen, message: Any) -> None:
    for part in message.content:
        if part.type == "refusal":
            seen.refusal += part.refusal
            continue
        seen.logprobs += len(part.logprobs or ())
        seen.citations += [(each.url, each.title) for each in part.annotations if each.type == "url_citation"]


def _usage(response: Response) -> dict[str, int]:
    usage = response.usage
    if usage is None:
        return {}
    counts = {
        "prompt": usage.input_tokens,
        "completion": usage.output_tokens,
        "total": usage.total_tokens,
        "cached": usage.input_tokens_details.cached_tokens,
        "cache_write": getattr(usage.input_tokens_details, "cache_write_tokens", None),
        "reasoning": usage.output_tokens_details.reasoning_tokens,
    }
    return {name: count for name, count in counts.items() if count is not None}


def _end(seen: Seen, response: Response) -> None:
    status = str(response.status)
    seen.native_finish_reason = status
    if status == "incomplete":
        reason = str(response.incomplete_details and response.incomplete_details.reason)
        seen.native_finish_reason = reason
        seen.finish_reason = {"content_filter": "content_filter", "steered": "stop"}.get(reason, "length")
    elif status not in ("queued", "in_progress"):
        seen.finish_reason = "tool_calls" if seen.tool_calls else "stop"
