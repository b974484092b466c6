"""Cohere's whole answers, and the words that its streams share with them.

The plan of tool calls is reasoning, with a detail of its own that is told by its id. Citations become
annotations, one for each source; places are counted in the whole content, not in its blocks.
"""

from collections.abc import Iterable
from typing import Any

from service.dialects import decoding
from service.dialects.cohere.messages import PLAN
from service.dialects.errors import in_band_error, provider_error
from service.dialects.openai.call_ids import CallIds
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta, Usage

# The SDK's `ChatFinishReason`, and the words of `FinishReason` besides.
_FINISH = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_TOXIC": "content_filter",
}
_FAILED = {"ERROR": "api_error", "TIMEOUT": "timeout", "USER_CANCEL": "api_error"}
_COUNTS = ("input_tokens", "output_tokens")


def text_of(value: Any) -> str | None:
    """The text, if it is one or missing. Raises ValueError for anything else."""
    if value is not None and not isinstance(value, str):
        raise ValueError("text is expected where there is something else")
    return value


def finish_reason(provider: str, word: str | None, error: str | None) -> str:
    """The reason in OpenAI's words. Raises `ProviderError` for an answer that failed."""
    if error or word in _FAILED:
        kind, what = _FAILED.get(word or "", "api_error"), error or f"finish reason '{word}'"
        raise provider_error(provider, what, code=word, type_=kind, in_band=True)
    return _FINISH.get(word or "", word or "stop")


class BodyDecoder(decoding.BodyDecoder):
    """Decodes one JSON body."""

    def __init__(self, provider: str, request: ChatRequest | None = None) -> None:
        super().__init__(provider)
        self._ids = CallIds(request)

    def read(self, answer: dict[str, Any]) -> Chunk:
        """Reads the answer."""
        if isinstance(answer.get("message"), str):  # the form of its errors
            raise in_band_error(self.provider, answer)
        if "message" not in answer or "finish_reason" not in answer:
            raise self.invalid("sent an answer without a message")
        message, word = answer["message"], text_of(answer["finish_reason"])
        blocks = Blocks()
        delta = Delta(role="assistant")
        for index, part in enumerate(message.get("content") or ()):
            blocks.add(delta, blocks.of(part, index))
        if plan := text_of(message.get("tool_plan")):
            blocks.add(delta, blocks.plan(plan))
        told = [call for call in message.get("tool_calls") or () if call is not None]
        calls = [call_of(call, index) for index, call in enumerate(told)]
        delta.tool_calls = calls or None
        cited = [each for citation in message.get("citations") or () for each in blocks.citation(citation)]
        delta.annotations = cited or None
        choice = ChunkChoice(
            index=0,
            delta=delta,
            finish_reason=finish_reason(self.provider, word, answer.get("error")),
            native_finish_reason=word,
            logprobs=logprobs_of(answer.get("logprobs") or ()),
            extra=blocks.extra,
        )
        self._ids.settle(choice)
        return Chunk(choices=[choice], usage=usage_of(answer.get("usage")))


class Blocks:
    """The content blocks of one answer so far: text and thoughts, and where each begins."""

    def __init__(self) -> None:
        self.extra: dict[str, Any] = {}
        self._chars = 0
        self._starts: dict[int, int] = {}
        self._details: dict[int | str, int] = {}

    def of(self, part: dict[str, Any], index: int) -> Delta:
        """Reads a block, or a piece of one."""
        self._starts.setdefault(index, self._chars)
        thinking, text = part.get("thinking"), part.get("text")
        if isinstance(thinking, str):
            return self._thoughts(thinking, index) if thinking else Delta()
        if isinstance(text, str):
            self._chars += len(text)
            return Delta(content=text)
        others = self.extra.get("provider_metadata", {}).get("content", [])
        self.extra = {"provider_metadata": {"content": [*others, part]}}
        return Delta()

    def plan(self, text: str) -> Delta:
        """Reads the plan of tool calls, or a piece of it."""
        return self._thoughts(text, PLAN) if text else Delta()

    def citation(self, citation: dict[str, Any]) -> list[dict[str, Any]]:
        """Reads one citation: an annotation for each of its sources."""
        block, kind = citation.get("content_index"), citation.get("type")
        # Those of thoughts and of the plan are counted there.
        before = self._starts.get(block or 0, 0) if kind in (None, "TEXT_CONTENT") else 0
        cited = {
            "start_index": _moved(citation.get("start"), before),
            "end_index": _moved(citation.get("end"), before),
        }
        cited = {name: value for name, value in cited.items() if value is not None}
        sources = citation.get("sources") or [{}]
        return [_annotation(source, citation, cited) for source in sources]

    def add(self, whole: Delta, new: Delta) -> None:
        """Adds what was read to a message."""
        for name in ("content", "reasoning"):
            text = getattr(new, name)
            if text is not None:
                setattr(whole, name, (getattr(whole, name) or "") + text)
        if new.reasoning_details:
            whole.reasoning_details = [*(whole.reasoning_details or ()), *new.reasoning_details]

    def _thoughts(self, text: str, block: int | str) -> Delta:
        index = self._details.setdefault(block, len(self._details))
        named = {"id": PLAN} if block == PLAN else {}
        detail = {"type": "reasoning.text", "text": text, **named, "format": "unknown", "index": index}
        return Delta(reasoning=text, reasoning_details=[detail])


def call_of(call: dict[str, Any], index: int) -> ToolCallDelta:
    """Reads a call, or the first piece of one."""
    function = call.get("function") or {}
    return ToolCallDelta(
        index=index,
        id=text_of(call.get("id")) or None,
        type="function",
        name=text_of(function.get("name")),
        arguments=text_of(function.get("arguments")) or "",
    )


def usage_of(usage: dict[str, Any] | None) -> Usage | None:
    """Reads the token counts; what is billed is another thing, and stays under Cohere's names."""
    if not usage:
        return None
    extra = dict(usage)
    tokens = dict(extra.pop("tokens", None) or {})
    prompt, completion = (_count(tokens.pop(name, None)) for name in _COUNTS)
    cached = _count(extra.pop("cached_tokens", None))
    if tokens:
        extra["tokens"] = tokens
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=None if prompt is None or completion is None else prompt + completion,
        prompt_tokens_details=None if cached is None else {"cached_tokens": cached},
        extra=extra,
    )


def logprobs_of(items: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Reads logprobs. Cohere states them for pieces of text, whose tokens' logprobs add up."""
    content = [
        {
            "token": item.get("text") or "",
            "logprob": sum(item.get("logprobs") or ()),
            "bytes": list((item.get("text") or "").encode()),
            "top_logprobs": [],
            "token_ids": item.get("token_ids") or [],
        }
        for item in items
    ]
    return {"content": content} if content else None


def _annotation(source: dict[str, Any], citation: dict[str, Any], cited: dict[str, Any]) -> dict[str, Any]:
    document = source.get("document") or source.get("tool_output") or {}
    text = {"content": citation["text"]} if citation.get("text") else {}
    if isinstance(url := document.get("url"), str):
        title = document.get("title")
        named = {"title": title} if isinstance(title, str) else {}
        return {"type": "url_citation", "url_citation": {"url": url, **named, **text, **cited}}
    kept = {name: citation[name] for name in ("content_index", "type") if name in citation}
    said = {name: value for name, value in source.items() if name != "type"}
    source_type = {"source_type": source["type"]} if "type" in source else {}
    return {"type": "file_citation", "file_citation": {**said, **source_type, **kept, **text, **cited}}


def _moved(place: int | None, by: int) -> int | None:
    return None if place is None else place + by


def _count(value: float | None) -> int | None:
    """The SDK has them as floats."""
    return None if value is None else int(value)
