"""Keeps a model's thoughts from a caller who asked not to see them (`reasoning.exclude`)."""

from service.types.chunk import Chunk

# Not readable, and needed when the turn is sent back: a vendor refuses a tool's result without them.
_KEPT = ("reasoning.encrypted", "reasoning.server_tool_call")


def hide(chunks: list[Chunk]) -> None:
    """Takes readable thoughts out, in place."""
    for chunk in chunks:
        for choice in chunk.choices:
            delta = choice.delta
            delta.reasoning = None
            delta.extra.pop("reasoning_content", None)
            if delta.reasoning_details is not None:
                kept = [each for each in delta.reasoning_details if each.get("type") in _KEPT]
                delta.reasoning_details = kept or None
