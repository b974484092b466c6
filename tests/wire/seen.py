"""What a client can use of an answer: the common ground on which decoders and vendors' SDKs are compared."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from service.types.chunk import Chunk
from service.types.fold import fold


@dataclass
class Seen:
    """One choice of an answer, and what belongs to the whole of it. Empty means that there is none."""

    content: str = ""
    reasoning: str = ""
    signatures: list[str] = field(default_factory=list)  # signatures and encrypted thoughts, in order
    tool_calls: list[tuple[str, str, Any]] = field(default_factory=list)  # id ("" if none), name, arguments
    server_tools: list[str] = field(default_factory=list)  # names of tools that the vendor ran, in order
    finish_reason: str = ""
    native_finish_reason: str = ""
    refusal: str = ""
    citations: list[tuple[str, str]] = field(default_factory=list)  # URL, title
    images: list[str] = field(default_factory=list)  # data URLs
    audio: str = ""  # base64
    logprobs: int = 0  # tokens with logprobs
    usage: dict[str, int] = field(default_factory=dict)  # flat: prompt, completion, total, cached, ...
    service_tier: str = ""
    others: dict[str, Any] = field(default_factory=dict)  # what a kind has beyond all this


class Rule(NamedTuple):
    """A deliberate difference of a whole kind: its reason, and what shows in a body that it touches."""

    reason: str
    seen_in: str  # a pattern


def differences(expected: Seen, actual: Seen) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, as (expected, actual)."""
    pairs = {each.name: (getattr(expected, each.name), getattr(actual, each.name)) for each in fields(Seen)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def seen_of(chunks: Iterable[Chunk]) -> Seen:
    """What a client sees in decoded chunks; of several choices the first."""
    whole = fold(chunks)
    seen = Seen(usage=_usage(whole), service_tier=whole.service_tier or "")
    if not whole.choices:
        return seen
    choice, delta = whole.choices[0], whole.choices[0].delta
    seen.content, seen.reasoning, seen.refusal = (
        delta.content or "",
        delta.reasoning or "",
        delta.refusal or "",
    )
    for detail in delta.reasoning_details or ():
        if detail["type"] == "reasoning.server_tool_call":
            seen.server_tools.append(detail["tool_name"])
        elif secret := detail.get("signature") or detail.get("data"):
            seen.signatures.append(secret)
    seen.tool_calls = [
        (call.id or "", call.name or "", json.loads(call.arguments or "{}"))
        for call in delta.tool_calls or ()
    ]
    seen.finish_reason = choice.finish_reason or ""
    seen.native_finish_reason = choice.native_finish_reason or ""
    cited = [each["url_citation"] for each in delta.annotations or () if each["type"] == "url_citation"]
    seen.citations = [(each["url"], each.get("title") or "") for each in cited]
    seen.images = [each["image_url"]["url"] for each in delta.images or ()]
    seen.audio = (delta.audio or {}).get("data") or ""
    seen.logprobs = len((choice.logprobs or {}).get("content") or ())
    return seen


def _usage(whole: Chunk) -> dict[str, int]:
    usage = whole.usage
    if usage is None:
        return {}
    prompt, completion = usage.prompt_tokens_details or {}, usage.completion_tokens_details or {}
    counts = {
        "prompt": usage.prompt_tokens,
        "completion": usage.completion_tokens,
        "total": usage.total_tokens,
        "cached": prompt.get("cached_tokens"),
        "cache_write": prompt.get("cache_write_tokens"),
        "reasoning": completion.get("reasoning_tokens"),
    }
    return {name: count for name, count in counts.items() if count is not None}
