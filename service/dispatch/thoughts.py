"""Keeps a model's thoughts from a caller who asked not to see them (`reasoning.exclude`)."""

from typing import Any

from service.types.chunk import Chunk

# Not readable, and needed when the turn is sent back: a vendor refuses a tool's result without them.
_THOUGHTS = ("reasoning", "thinking")
_KEPT = ("reasoning.encrypted", "reasoning.server_tool_call")


def hide(chunks: list[Chunk]) -> None:
    """Takes readable thoughts out, in place."""
    for chunk in chunks:
        for choice in chunk.choices:
            delta = choice.delta
            delta.reasoning = None
            delta.extra.pop("reasoning_content", None)
            _hide_parts(delta.extra)
            if delta.reasoning_details is not None:
                kept = [each for each in delta.reasoning_details if _type_of(each) in _KEPT]
                delta.reasoning_details = kept or None


def _hide_parts(extra: dict[str, Any]) -> None:
    parts = extra.get("content_parts")
    if isinstance(parts, list):
        extra["content_parts"] = [part for part in parts if _type_of(part) not in _THOUGHTS]


def _type_of(value: Any) -> Any:
    return value.get("type") if isinstance(value, dict) else None
