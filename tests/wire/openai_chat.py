"""Recorded chat completions as the `openai` SDK reads them, Mistral's as `mistralai` does."""

import json
from typing import Any

from mistralai.client import models as mistral
from openai._models import construct_type
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from service.dialects.dialect import Dialect
from service.dialects.mistral import Mistral
from service.dialects.openai import OpenAIChat
from service.types.upstream import Endpoint
from tests.wire.seen import Rule, Seen

KINDS = tuple(
    f"chat.{vendor}"
    for vendor in (
        *("cerebras", "crusoe", "deepseek", "groq", "huggingface", "mistral", "ollama", "openai"),
        *("openrouter", "other", "snowflake", "zai"),
    )
)
RULES = {
    "implied-reason": Rule(
        "An answer without a finish reason ended as its content says.",
        r'(?s)\A(?!.*"finish_reason": ?"\w).*"choices"',
    ),
    "thoughts-in-details": Rule(
        "Thoughts that are in reasoning_details alone are its reasoning, too.",
        r'"type": ?"reasoning\.(text|summary)"',
    ),
    "cause-of-error": Rule(
        "An error's message has the vendor's own words behind the router's.",
        r'"raw": ?"',
    ),
    "counts-elsewhere": Rule(
        "Cached tokens and usage count wherever the vendor states them.",
        r'"(prompt_cache_hit_tokens|num_cached_tokens|x_groq)"',
    ),
}

# Where vendors state cached tokens beside the others, and usage beside the answer.
_CACHED = ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens")


def is_chat(record: dict[str, Any]) -> bool:
    """Errors, and successes that hold an answer or an error; other services answer at these hosts, too."""
    found = objects(record)
    return record["status"] >= 300 or any(each.get("choices") or each.get("error") for each in found)


def dialect_of(record: dict[str, Any]) -> tuple[Dialect, Endpoint]:
    name = record["kind"].removeprefix("chat.")
    dialect: Dialect = Mistral() if name == "mistral" else OpenAIChat()
    model = (record["request"] or {}).get("model", "m")
    return dialect, Endpoint(provider=name, model=model, base_url=f"https://{record['host']}", dialect=name)


def objects(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The JSON of the answer: one object, or one for each event."""
    response = record["response"]
    if "json" in response:
        return [response["json"]]
    lines = response.get("text", "").replace("\r", "").split("\n")
    return [json.loads(line[5:]) for line in lines if line.startswith("data:") and "[DONE]" not in line]


def expected(record: dict[str, Any]) -> Seen:
    """What the SDK makes of the answer; of an error its status and message, under `others`."""
    found = objects(record)
    if error := next((each["error"] for each in found if each.get("error")), None):
        raw = (error.get("metadata") or {}).get("raw")  # rule cause-of-error
        status = record["status"] if record["status"] >= 300 else error.get("status_code")
        return Seen(others={"error": (status, error["message"] + (f": {raw}" if raw else ""))})
    if record["kind"] == "chat.mistral":
        return _mistral(found)
    seen = _choice(found)
    read: list[Any] = [construct_type(type_=ChatCompletionChunk, value=each) for each in found]
    usage = [each.usage.model_dump() for each in read if each.usage] or [
        groq["usage"] for each in found if (groq := each.get("x_groq")) and "usage" in groq
    ]
    seen.usage = _usage(usage[-1]) if usage else {}
    seen.service_tier = next((each.service_tier for each in reversed(read) if each.service_tier), "")
    return seen


def _choice(found: list[dict[str, Any]]) -> Seen:
    if "message" in found[0]["choices"][0]:
        choice = construct_type(type_=ChatCompletion, value=found[0]).choices[0]  # type: ignore[attr-defined]
        native = getattr(choice, "native_finish_reason", None)
    else:
        state, native = ChatCompletionStreamState(), None
        for each in found:
            chunk: Any = construct_type(type_=ChatCompletionChunk, value=each)
            state.handle_chunk(chunk)
            for piece in chunk.choices:
                native = getattr(piece, "native_finish_reason", None) or native
        choice = state.current_completion_snapshot.choices[0]
    message = choice.message
    seen = Seen(content=message.content or "", refusal=message.refusal or "")
    seen.reasoning = getattr(message, "reasoning", None) or getattr(message, "reasoning_content", None) or ""
    for detail in getattr(message, "reasoning_details", None) or ():
        if not getattr(message, "reasoning", None):
            seen.reasoning += detail.get("text") or detail.get("summary") or ""  # rule thoughts-in-details
        if secret := detail.get("signature") or detail.get("data"):
            seen.signatures.append(secret)
    seen.tool_calls = [
        (call.id, call.function.name, json.loads(call.function.arguments or "{}"))
        for call in message.tool_calls or ()
    ]
    cited = [each.url_citation for each in message.annotations or () if each.type == "url_citation"]
    seen.citations = [(each.url, each.title) for each in cited]
    seen.images = [each["image_url"]["url"] for each in getattr(message, "images", None) or ()]
    seen.audio = message.audio.data if message.audio else ""
    seen.logprobs = len((choice.logprobs and choice.logprobs.content) or ())
    implied = "tool_calls" if seen.tool_calls else "stop"  # rule implied-reason
    seen.finish_reason = choice.finish_reason or implied
    seen.native_finish_reason = native or choice.finish_reason or ""
    return seen


def _usage(usage: dict[str, Any]) -> dict[str, int]:
    prompt = usage.get("prompt_tokens_details") or {}
    completion = usage.get("completion_tokens_details") or {}
    elsewhere = next((usage[name] for name in _CACHED if usage.get(name) is not None), None)
    counts = {
        "prompt": usage.get("prompt_tokens"),
        "completion": usage.get("completion_tokens"),
        "total": usage.get("total_tokens"),
        "cached": prompt.get("cached_tokens", elsewhere),
        "cache_write": prompt.get("cache_write_tokens"),
        "reasoning": completion.get("reasoning_tokens"),
    }
    return {name: count for name, count in counts.items() if count is not None}


def _mistral(found: list[dict[str, Any]]) -> Seen:
    seen, calls = Seen(), dict[int, list[str]]()
    for each in found:
        whole = "message" in each["choices"][0]
        answer = (mistral.ChatCompletionResponse if whole else mistral.CompletionChunk).model_validate(each)
        choice: Any = answer.choices[0]
        message = choice.message if whole else choice.delta
        chunks: Any = message.content
        if isinstance(chunks, str):
            chunks = [mistral.TextChunk(text=chunks)]
        for chunk in chunks or ():
            if chunk.type == "thinking":
                seen.reasoning += "".join(piece.text for piece in chunk.thinking if piece.type == "text")
                seen.signatures += [chunk.signature] if chunk.signature else []
            elif chunk.type == "text":
                seen.content += chunk.text
        for place, call in enumerate(message.tool_calls or ()):
            known = calls.setdefault(place if whole else call.index, [call.id, call.function.name, ""])
            known[2] += call.function.arguments
        seen.finish_reason = choice.finish_reason or seen.finish_reason
        if answer.usage:
            seen.usage = _usage(answer.usage.model_dump())
    seen.tool_calls = [(each[0], each[1], json.loads(each[2] or "{}")) for each in calls.values()]
    seen.native_finish_reason = seen.finish_reason
    return seen
