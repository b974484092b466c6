"""An OpenAI chat completion or chunk, parsed from JSON, to a Chunk.

Whole answers and stream chunks differ in one word (`message` or `delta`), so both come through here.
What is not understood, or is not of the type it should have, is kept in `extra` where it stood.
"""

from typing import Any

import msgspec

from service.dialects.openai.finish import finish_reason
from service.dialects.openai.members import take, take_count
from service.dialects.openai.usage import stated_elsewhere, usage_of
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta

# Said anew by Pointsman for every answer, so not carried over.
_REPLACED = ("id", "object", "created", "model")
_MAX_INDEX = 2**31 - 1
# Calls without an index count on from the largest one stated, and must stay in range too.
_MAX_CALL_INDEX = _MAX_INDEX // 2


def chunk_of(answer: dict[str, Any], *, reasoning_apart: bool = False) -> Chunk:
    """Reads one parsed JSON object, which it takes apart.

    With `reasoning_apart` the completion tokens do not hold the reasoning tokens, and get them added.
    Raises TypeError, AttributeError or ValueError if the object does not have the shape.
    """
    for name in _REPLACED:
        answer.pop(name, None)
    if "metadata" in answer:
        # The name of our own account; the vendor's stays beside it.
        answer["provider_metadata"] = answer.pop("metadata")
    usage = take(answer, "usage", dict) or stated_elsewhere(answer)
    choices = answer.pop("choices", None) or []
    return Chunk(
        choices=[_choice(choice, place) for place, choice in enumerate(choices)],
        usage=usage_of(usage, reasoning_apart=reasoning_apart) if usage else None,
        system_fingerprint=take(answer, "system_fingerprint", str),
        service_tier=take(answer, "service_tier", str),
        extra=answer,
    )


def _choice(choice: dict[str, Any], place: int) -> ChunkChoice:
    index = take_count(choice, "index")
    if index is not None and not 0 <= index <= _MAX_INDEX:
        raise ValueError("a choice's index is out of range")
    message = choice.pop("message", None)
    delta = choice.pop("delta", None)
    # Some servers send "" on every chunk until the last.
    reason = take(choice, "finish_reason", str) or None
    return ChunkChoice(
        index=place if index is None else index,
        delta=_delta(message or delta or {}, whole=bool(message)),
        finish_reason=finish_reason(reason),
        native_finish_reason=take(choice, "native_finish_reason", str) or reason,
        logprobs=take(choice, "logprobs", dict),
        extra=choice,
    )


def _delta(delta: dict[str, Any], *, whole: bool) -> Delta:
    tool_calls = take(delta, "tool_calls", list) or []
    content, thoughts = _content(delta)
    reasoning = take(delta, "reasoning", str)
    if reasoning is None:
        # DeepSeek's name for the same text. It stays in place too: clients written for such vendors read it.
        alias = delta.get("reasoning_content")
        reasoning = alias if isinstance(alias, str) else thoughts
    details = take(delta, "reasoning_details", list)
    if reasoning is None and details:
        reasoning = _readable(details)  # Snowflake says them here alone (recorded)
    return Delta(
        role=take(delta, "role", str),
        content=content,
        refusal=take(delta, "refusal", str),
        reasoning=reasoning,
        reasoning_details=details,
        # In a whole message every entry is a call of its own, whatever index it states.
        tool_calls=[_tool_call(call, place if whole else None) for place, call in enumerate(tool_calls)]
        or None,
        images=take(delta, "images", list),
        audio=take(delta, "audio", dict),
        annotations=take(delta, "annotations", list),
        extra=delta,
    )


def _readable(details: list[Any]) -> str | None:
    texts = [detail.get("text") or detail.get("summary") for detail in details if isinstance(detail, dict)]
    return "".join(text for text in texts if isinstance(text, str)) or None


def _content(delta: dict[str, Any]) -> tuple[str | None, str | None]:
    """Reads the text, and thoughts among its parts; parts that hold more than text stay in place.

    Mistral's parts are `thinking`; those of Databricks are `reasoning`, with summaries that are signed
    (Databricks, "Query reasoning models").
    """
    parts = take(delta, "content", list)
    if parts is None:
        return take(delta, "content", str), None
    text, thoughts, rest = [], [], []
    for part in parts:
        pieces = part.get("thinking") if part.get("type") == "thinking" else None
        if part.get("type") == "reasoning":
            pieces = part.get("summary")
            rest.append(part)
        if isinstance(pieces, str):
            thoughts.append(pieces)
        elif isinstance(pieces, list):
            thoughts += [piece.get("text") or "" for piece in pieces]
        elif isinstance(part.get("text"), str):
            text.append(part["text"])
        else:
            rest.append(part)
    if rest:
        delta["content_parts"] = rest
    return "".join(text), "".join(thoughts) if thoughts else None


def _tool_call(call: dict[str, Any], place: int | None) -> ToolCallDelta:
    function = take(call, "function", dict) or {}
    name = take(function, "name", str) or None
    arguments = function.pop("arguments", None)
    if arguments is not None and not isinstance(arguments, str):
        # Some local servers send the object itself.
        arguments = msgspec.json.encode(arguments).decode()
    index = take_count(call, "index")
    if place is not None:
        index = place
    elif index is None or not 0 <= index <= _MAX_CALL_INDEX:
        index = -1  # missing
    return ToolCallDelta(
        index=index,
        id=take(call, "id", str) or None,
        # Clients insist on it; a piece with a name is the one that begins a call.
        type=take(call, "type", str) or ("function" if name else None),
        name=name,
        arguments=arguments,
        extra=call,
        function_extra=function,
    )
