"""Folds the chunks of an answer into one: a completion is the fold of its chunks."""

from collections.abc import Iterable
from typing import Any

from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta


def fold(chunks: Iterable[Chunk]) -> Chunk:
    """Joins chunks into one whose deltas are whole messages; later facts win over earlier ones."""
    whole = Chunk()
    choices: dict[int, ChunkChoice] = {}
    for chunk in chunks:
        whole.usage = chunk.usage or whole.usage
        whole.system_fingerprint = chunk.system_fingerprint or whole.system_fingerprint
        whole.service_tier = chunk.service_tier or whole.service_tier
        whole.extra.update(chunk.extra)
        for choice in chunk.choices:
            known = choices.setdefault(choice.index, ChunkChoice(index=choice.index, delta=Delta()))
            _add_choice(known, choice)
    whole.choices = [choices[index] for index in sorted(choices)]
    return whole


def _add_choice(known: ChunkChoice, new: ChunkChoice) -> None:
    _add_delta(known.delta, new.delta)
    known.finish_reason = new.finish_reason or known.finish_reason
    known.native_finish_reason = new.native_finish_reason or known.native_finish_reason
    if new.logprobs is not None:
        known.logprobs = join_lists(known.logprobs or {}, new.logprobs)
    known.extra.update(new.extra)


def _add_delta(known: Delta, new: Delta) -> None:
    known.role = known.role or new.role
    known.content = _join(known.content, new.content)
    known.refusal = _join(known.refusal, new.refusal)
    known.reasoning = _join(known.reasoning, new.reasoning)
    for call in new.tool_calls or ():
        known.tool_calls = known.tool_calls or []
        _add_call(known.tool_calls, call)
    for detail in new.reasoning_details or ():
        known.reasoning_details = known.reasoning_details or []
        _add_detail(known.reasoning_details, detail)
    if new.images is not None:
        known.images = [*(known.images or ()), *new.images]
    if new.annotations is not None:
        known.annotations = [*(known.annotations or ()), *new.annotations]
    if new.audio is not None:
        known.audio = _join_texts(known.audio or {}, new.audio, ("data", "transcript"))
    for name, value in new.extra.items():
        known.extra[name] = _join_extra(name, known.extra.get(name), value)


def _add_call(calls: list[ToolCallDelta], new: ToolCallDelta) -> None:
    call = next((call for call in calls if call.index == new.index), None)
    if call is None:
        call = ToolCallDelta(index=new.index)
        calls.append(call)
    call.id = call.id or new.id
    call.type = call.type or new.type
    call.name = call.name or new.name
    call.arguments = _join(call.arguments, new.arguments)
    _add_custom(call, new)
    call.function_extra.update(new.function_extra)


def _add_custom(call: ToolCallDelta, new: ToolCallDelta) -> None:
    """A custom tool's input grows as a function's arguments do; what else there is, replaces."""
    known = call.extra.get("custom")
    call.extra.update(new.extra)
    if isinstance(known, dict) and isinstance(new.extra.get("custom"), dict):
        call.extra["custom"] = _join_texts(known, new.extra["custom"], ("input",))


def _add_detail(details: list[Any], new: Any) -> None:
    """Joins the pieces of one reasoning detail: same type, same index (OpenRouter A4)."""
    if isinstance(new, dict) and new.get("index") is not None:
        for place, known in enumerate(details):
            if not isinstance(known, dict):
                continue
            if known.get("index") == new["index"] and known.get("type") == new.get("type"):
                details[place] = _join_texts(known, new, ("text", "summary", "data"))
                return
    details.append(new)


def _join_extra(name: str, known: Any, new: Any) -> Any:
    if name == "reasoning_content" and isinstance(known, str) and isinstance(new, str):
        return known + new
    if name == "content_parts" and isinstance(known, list) and isinstance(new, list):
        return known + new
    if name == "function_call" and isinstance(known, dict) and isinstance(new, dict):
        return _join_texts(known, new, ("arguments",))
    return known if new is None else new


def _join_texts(known: dict[str, Any], new: dict[str, Any], grown: tuple[str, ...]) -> dict[str, Any]:
    joined = {**known, **{name: value for name, value in new.items() if value is not None}}
    for name in grown:
        if isinstance(known.get(name), str) and isinstance(new.get(name), str):
            joined[name] = known[name] + new[name]
    return joined


def join_lists(known: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Joins log probabilities: lists grow, everything else is replaced."""
    joined = {**known, **new}
    for name, value in known.items():
        if isinstance(value, list):
            more = new.get(name)
            joined[name] = value + more if isinstance(more, list) else value
    return joined


def _join(known: str | None, new: str | None) -> str | None:
    return new if known is None else known + (new or "")
