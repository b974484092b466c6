"""An OpenAI chat completion or chunk, parsed from JSON, to a Chunk.

Whole answers and stream chunks differ in one word (`message` or `delta`), so both come through here.
What is not understood, or is not of the type it should have, is kept in `extra` where it stood.
"""

from typing import Any, TypeVar

import msgspec

from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage

T = TypeVar("T")

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
    choices = answer.pop("choices", None) or []
    usage = _take(answer, "usage", dict) or _groq_usage(answer)
    return Chunk(
        choices=[_choice(choice, place) for place, choice in enumerate(choices)],
        usage=usage_of(usage, reasoning_apart=reasoning_apart) if usage else None,
        system_fingerprint=_take(answer, "system_fingerprint", str),
        service_tier=_take(answer, "service_tier", str),
        extra=answer,
    )


def usage_of(usage: dict[str, Any], *, reasoning_apart: bool = False) -> Usage:
    """Reads token counts as the provider states them."""
    completion = _count(usage, "completion_tokens")
    details = _take(usage, "completion_tokens_details", dict)
    if reasoning_apart and completion is not None and details:
        completion += details.get("reasoning_tokens") or 0
    return Usage(
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=completion,
        total_tokens=_count(usage, "total_tokens"),
        prompt_tokens_details=_take(usage, "prompt_tokens_details", dict),
        completion_tokens_details=details,
        extra=usage,
    )


def _groq_usage(answer: dict[str, Any]) -> dict[str, Any] | None:
    """Groq's streams say it here as well, and its compound models say it only here."""
    own = answer.get("x_groq")
    usage = own.get("usage") if isinstance(own, dict) else None
    return dict(usage) if isinstance(usage, dict) else None


def _choice(choice: dict[str, Any], place: int) -> ChunkChoice:
    index = _count(choice, "index")
    if index is not None and not 0 <= index <= _MAX_INDEX:
        raise ValueError("a choice's index is out of range")
    message = choice.pop("message", None)
    delta = choice.pop("delta", None)
    return ChunkChoice(
        index=place if index is None else index,
        delta=_delta(message or delta or {}, whole=bool(message)),
        # Some servers send "" on every chunk until the last.
        finish_reason=_take(choice, "finish_reason", str) or None,
        native_finish_reason=_take(choice, "native_finish_reason", str),
        logprobs=_take(choice, "logprobs", dict),
        extra=choice,
    )


def _delta(delta: dict[str, Any], *, whole: bool) -> Delta:
    tool_calls = _take(delta, "tool_calls", list) or []
    content, thoughts = _content(delta)
    reasoning = _take(delta, "reasoning", str)
    if reasoning is None:
        # DeepSeek's name for the same text. It stays in place too: clients written for such vendors read it.
        alias = delta.get("reasoning_content")
        reasoning = alias if isinstance(alias, str) else thoughts
    return Delta(
        role=_take(delta, "role", str),
        content=content,
        refusal=_take(delta, "refusal", str),
        reasoning=reasoning,
        reasoning_details=_take(delta, "reasoning_details", list),
        # In a whole message every entry is a call of its own, whatever index it states.
        tool_calls=[_tool_call(call, place if whole else None) for place, call in enumerate(tool_calls)]
        or None,
        images=_take(delta, "images", list),
        audio=_take(delta, "audio", dict),
        annotations=_take(delta, "annotations", list),
        extra=delta,
    )


def _content(delta: dict[str, Any]) -> tuple[str | None, str | None]:
    """Reads the text, and the thoughts that Mistral puts among its parts; other parts stay in place."""
    parts = _take(delta, "content", list)
    if parts is None:
        return _take(delta, "content", str), None
    text, thoughts, rest = [], [], []
    for part in parts:
        thinking = part.get("thinking") if part.get("type") == "thinking" else None
        if isinstance(thinking, str):
            thoughts.append(thinking)
        elif isinstance(thinking, list):
            thoughts += [piece.get("text") or "" for piece in thinking]
        elif isinstance(part.get("text"), str):
            text.append(part["text"])
        else:
            rest.append(part)
    if rest:
        delta["content_parts"] = rest
    return "".join(text), "".join(thoughts) if thoughts else None


def _tool_call(call: dict[str, Any], place: int | None) -> ToolCallDelta:
    function = _take(call, "function", dict) or {}
    name = _take(function, "name", str) or None
    arguments = function.pop("arguments", None)
    if arguments is not None and not isinstance(arguments, str):
        # Some local servers send the object itself.
        arguments = msgspec.json.encode(arguments).decode()
    index = _count(call, "index")
    if place is not None:
        index = place
    elif index is None or not 0 <= index <= _MAX_CALL_INDEX:
        index = -1  # missing
    return ToolCallDelta(
        index=index,
        id=_take(call, "id", str) or None,
        # Clients insist on it; a piece with a name is the one that begins a call.
        type=_take(call, "type", str) or ("function" if name else None),
        name=name,
        arguments=arguments,
        extra=call,
        function_extra=function,
    )


def _take(members: dict[str, Any], name: str, kind: type[T]) -> T | None:
    """Takes a member out if it is null or of the type it should have; else it stays where it is."""
    value = members.get(name)
    if value is None or isinstance(value, kind):
        members.pop(name, None)
        return value
    return None


def _count(members: dict[str, Any], name: str) -> int | None:
    """Takes a whole number out; some servers write it as 3.0."""
    value = members.get(name)
    if isinstance(value, float) and value.is_integer():
        members[name] = int(value)
    return None if isinstance(value, bool) else _take(members, name, int)
