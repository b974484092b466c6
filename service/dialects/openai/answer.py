"""An OpenAI chat completion or chunk, parsed from JSON, to a Chunk.

Whole answers and stream chunks differ in one word (`message` or `delta`), so both come through here.
What is not understood is kept in `extra` where it stood.
"""

from typing import Any

import msgspec

from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage

# Said anew by Pointsman for every answer, so not carried over.
_REPLACED = ("id", "object", "created", "model")


def chunk_of(answer: dict[str, Any]) -> Chunk:
    """Reads one parsed JSON object, which it takes apart.

    Raises TypeError, AttributeError, ValueError or KeyError if the object does not have the shape.
    """
    for name in _REPLACED:
        answer.pop(name, None)
    choices = answer.pop("choices", None) or []
    usage = answer.pop("usage", None)
    return Chunk(
        choices=[_choice(choice, place) for place, choice in enumerate(choices)],
        usage=usage_of(usage) if usage else None,
        system_fingerprint=answer.pop("system_fingerprint", None),
        service_tier=answer.pop("service_tier", None),
        extra=answer,
    )


def usage_of(usage: dict[str, Any]) -> Usage:
    """Reads token counts as the provider states them."""
    return Usage(
        prompt_tokens=usage.pop("prompt_tokens", None),
        completion_tokens=usage.pop("completion_tokens", None),
        total_tokens=usage.pop("total_tokens", None),
        prompt_tokens_details=usage.pop("prompt_tokens_details", None),
        completion_tokens_details=usage.pop("completion_tokens_details", None),
        extra=usage,
    )


def _choice(choice: dict[str, Any], place: int) -> ChunkChoice:
    index = choice.pop("index", None)
    message = choice.pop("message", None)
    delta = choice.pop("delta", None)
    return ChunkChoice(
        index=place if index is None else int(index),
        delta=_delta(message or delta or {}),
        # Some servers send "" on every chunk until the last.
        finish_reason=choice.pop("finish_reason", None) or None,
        native_finish_reason=choice.pop("native_finish_reason", None),
        logprobs=choice.pop("logprobs", None),
        extra=choice,
    )


def _delta(delta: dict[str, Any]) -> Delta:
    tool_calls = delta.pop("tool_calls", None)
    reasoning = delta.pop("reasoning", None)
    # DeepSeek's name for the same text. It stays in place too: clients written for such vendors read it.
    alias = delta.get("reasoning_content")
    if not isinstance(reasoning, str):
        reasoning = alias if isinstance(alias, str) else None
    return Delta(
        role=delta.pop("role", None),
        content=_text(delta.pop("content", None)),
        refusal=delta.pop("refusal", None),
        reasoning=reasoning,
        reasoning_details=delta.pop("reasoning_details", None),
        tool_calls=[_tool_call(call) for call in tool_calls] if tool_calls else None,
        images=delta.pop("images", None),
        audio=delta.pop("audio", None),
        annotations=delta.pop("annotations", None),
        extra=delta,
    )


def _text(content: Any) -> str | None:
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content)
    return content if content is None else str(content)


def _tool_call(call: dict[str, Any]) -> ToolCallDelta:
    function = call.pop("function", None) or {}
    arguments = function.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        # Some local servers send the object itself.
        arguments = msgspec.json.encode(arguments).decode()
    index = call.pop("index", None)
    return ToolCallDelta(
        index=-1 if index is None else int(index),
        id=call.pop("id", None) or None,
        type=call.pop("type", None),
        name=function.get("name") or None,
        arguments=arguments,
        extra=call,
    )
