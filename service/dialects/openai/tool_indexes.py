"""Gives every tool call of a stream an index of its own.

Clients join the pieces of a call by its index. Vendors exist that leave it out, or that send 0 for every
parallel call; a new id then tells that a new call has begun.
"""

from service.types.chunk import ChunkChoice, ToolCallDelta


class ToolIndexes:
    """The tool calls seen so far, per choice."""

    def __init__(self) -> None:
        self._ids: dict[int, list[str | None]] = {}
        self._renamed: dict[tuple[int, int], int] = {}

    def settle(self, choice: ChunkChoice) -> None:
        """Sets the indexes of the calls in one choice, in place."""
        ids = self._ids.setdefault(choice.index, [])
        for call in choice.delta.tool_calls or ():
            stated = call.index
            call.index = self._place(ids, call, self._renamed.get((choice.index, stated), stated))
            self._renamed[choice.index, stated] = call.index

    @staticmethod
    def _place(ids: list[str | None], call: ToolCallDelta, index: int) -> int:
        if call.id is not None and call.id in ids:
            return ids.index(call.id)
        known = ids[index] if 0 <= index < len(ids) else None
        begins = call.id is not None and known is not None
        if index < 0 and call.id is None and call.name is None and ids:
            index = len(ids) - 1  # a nameless piece belongs to the call that is open
        elif index < 0 or begins:
            index = len(ids)
        ids.extend([None] * (index + 1 - len(ids)))
        ids[index] = ids[index] or call.id
        return index
