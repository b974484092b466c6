"""An OpenAI chat completion or chunk, parsed from JSON, to a Chunk.

Whole answers and stream chunks differ in one word (`message` or `delta`), so both come through here; some
vendors say the wrong one, and Perplexity's chunks hold the message so far beside their delta.
What is not understood, or is not of the type it should have, is kept in `extra` where it stood.
"""

from typing import Any

import msgspec

from service.dialects.openai.content import content_of
from service.dialects.openai.finish import finish_reason
from service.dialects.openai.members import take, take_count
from service.dialects.openai.usage import stated_elsewhere, usage_of
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta

# Said anew by Pointsman for every answer, so not carried over.
_REPLACED = ("id", "object", "created", "model")
_MAX_INDEX = 2**31 - 1
# Calls without an index count on from the largest one stated, and must stay in range too.
_MAX_CALL_INDEX = _MAX_INDEX // 2


def chunk_of(answer: dict[str, Any], *, whole: bool, reasoning_apart: bool = False) -> Chunk:
    """Reads one parsed JSON object, which it takes apart; `whole` is whether it is all of an answer.

    With `reasoning_apart` the completion tokens get the reasoning tokens added where the total holds both.
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
        choices=[_choice(choice, place, whole=whole) for place, choice in enumerate(choices)],
        usage=usage_of(usage, reasoning_apart=reasoning_apart) if usage else None,
        system_fingerprint=take(answer, "system_fingerprint", str),
        service_tier=take(answer, "service_tier", str),
        extra=answer,
    )


def said(choice: dict[str, Any], *, whole: bool) -> Any:
    """The message of a choice, or the piece of one; another word is heard where the right one is missing."""
    message, delta = choice.get("message"), choice.get("delta")
    return (message or delta if whole else message if delta is None else delta) or {}


def _choice(choice: dict[str, Any], place: int, *, whole: bool) -> ChunkChoice:
    index = take_count(choice, "index")
    if index is not None and not 0 <= index <= _MAX_INDEX:
        raise ValueError("a choice's index is out of range")
    delta = said(choice, whole=whole)
    choice.pop("message", None)
    choice.pop("delta", None)
    # Some servers send "" on every chunk until the last.
    reason = take(choice, "finish_reason", str) or None
    return ChunkChoice(
        index=place if index is None else index,
        delta=_delta(delta, whole=whole),
        finish_reason=finish_reason(reason),
        native_finish_reason=take(choice, "native_finish_reason", str) or reason,
        logprobs=take(choice, "logprobs", dict),
        extra=choice,
    )


def _delta(delta: dict[str, Any], *, whole: bool) -> Delta:
    tool_calls = [call for call in take(delta, "tool_calls", list) or () if call is not None]
    details = _objects(delta, "reasoning_details") or []
    content = take(delta, "content", str)
    reasoning = take(delta, "reasoning", str)
    # DeepSeek's name for the same text. It stays in place too: clients written for such vendors read it.
    alias = delta.get("reasoning_content")
    if not reasoning and isinstance(alias, str):
        reasoning = alias
    if not reasoning and details:
        reasoning = _readable(details) or reasoning  # Snowflake says them here alone (recorded)
    parts = take(delta, "content", list)
    if parts is not None:
        content, thoughts, among, others = content_of(parts)
        reasoning, details = reasoning or thoughts, details or among
        if others:
            delta["content_parts"] = others
    return Delta(
        role=take(delta, "role", str),
        content=content,
        refusal=take(delta, "refusal", str),
        reasoning=reasoning,
        reasoning_details=details or None,
        # In a whole message every entry is a call of its own, whatever index it states.
        tool_calls=[_tool_call(call, place if whole else None) for place, call in enumerate(tool_calls)]
        or None,
        images=_objects(delta, "images"),
        audio=take(delta, "audio", dict),
        annotations=_objects(delta, "annotations"),
        extra=delta,
    )


def _readable(details: list[Any]) -> str | None:
    texts = [detail.get("text") or detail.get("summary") for detail in details if isinstance(detail, dict)]
    return "".join(text for text in texts if isinstance(text, str)) or None


def _objects(delta: dict[str, Any], name: str) -> list[Any] | None:
    """A list of objects; what is none among them is left out."""
    values = take(delta, name, list)
    return None if values is None else [value for value in values if isinstance(value, dict)]


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
