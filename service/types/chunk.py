"""What a model answers, as one sequence of chunks; a whole completion is the fold of its chunks.

A chunk is OpenAI's `chat.completion.chunk` with names for what is understood. What a vendor says beyond
that stays in `extra` at the place where it stood, so that nothing is lost on the way to the caller.
"""

from decimal import Decimal
from typing import Any

import msgspec

from service.types.metadata import Metadata

Extra = dict[str, Any]


class ToolCallDelta(msgspec.Struct, kw_only=True):
    """A piece of a tool call: `id` and `name` come first, `arguments` grow; `index` tells calls apart.

    `function_extra` stood beside `name` and `arguments`, `extra` around them.
    """

    index: int
    id: str | None = None
    type: str | None = None
    name: str | None = None
    arguments: str | None = None
    extra: Extra = msgspec.field(default_factory=dict)
    function_extra: Extra = msgspec.field(default_factory=dict)


class Delta(msgspec.Struct, kw_only=True):
    """What is new in one choice; in a folded chunk, the whole message."""

    role: str | None = None
    content: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_details: list[Any] | None = None
    tool_calls: list[ToolCallDelta] | None = None
    images: list[Any] | None = None
    audio: dict[str, Any] | None = None
    annotations: list[Any] | None = None
    extra: Extra = msgspec.field(default_factory=dict)

    @property
    def has_content(self) -> bool:
        """Whether there is anything a reader would see; the one definition of first content."""
        return bool(
            self.content
            or self.reasoning
            or self.tool_calls
            or self.refusal
            or self.reasoning_details
            or self.images
            or self.audio
            or self.extra.get("function_call")
        )


class ChunkChoice(msgspec.Struct, kw_only=True):
    """One of the n answers asked for."""

    index: int
    delta: Delta
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    logprobs: dict[str, Any] | None = None
    extra: Extra = msgspec.field(default_factory=dict)


class Usage(msgspec.Struct, kw_only=True):
    """Token counts; None is unknown, never 0.

    Cached tokens are part of the prompt's, reasoning tokens of the completion's, whatever the vendor's way.
    `cost` is in USD, by the price of the endpoint.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: dict[str, Any] | None = None
    completion_tokens_details: dict[str, Any] | None = None
    cost: Decimal | None = None
    cost_details: dict[str, Decimal | None] | None = None
    extra: Extra = msgspec.field(default_factory=dict)


class Chunk(msgspec.Struct, kw_only=True):
    """One frame of an answer, or, folded, all of it. `metadata` is set on the last one of an answer."""

    choices: list[ChunkChoice] = msgspec.field(default_factory=list)
    usage: Usage | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    metadata: Metadata | None = None
    extra: Extra = msgspec.field(default_factory=dict)

    @property
    def has_content(self) -> bool:
        """Whether this chunk is or holds the first content: a non-empty delta or a finish reason."""
        return any(choice.finish_reason or choice.delta.has_content for choice in self.choices)
