"""Gives every tool call of a stream an index of its own.

Clients join the pieces of a call by its index. Vendors exist that leave it out, or that send 0 for every
parallel call; a new id, or without index a new name, then tells that a new call has begun.
"""

from service.types.chunk import ChunkChoice, ToolCallDelta


class ToolIndexes:
    """The tool calls seen so far, per choice."""

    def __init__(self) -> None:
        self._choices: dict[int, _Calls] = {}

    def settle(self, choice: ChunkChoice) -> None:
        """Sets the indexes of the calls in one choice, in place; a negative index is a missing one."""
        if choice.delta.tool_calls:
            calls = self._choices.setdefault(choice.index, _Calls())
            for call in choice.delta.tool_calls:
                call.index = calls.place(call)


class _Calls:
    def __init__(self) -> None:
        self._ids: dict[int, str | None] = {}  # by the index we gave
        self._given: dict[int, int] = {}  # the index we gave, by the one that was stated last for it
        self._last = 0

    def place(self, call: ToolCallDelta) -> int:
        stated, index = call.index, self._index(call)
        self._ids[index] = self._ids.get(index) or call.id
        if stated >= 0:
            self._given[stated] = index
        self._last = index
        return index

    def _index(self, call: ToolCallDelta) -> int:
        for index, known in self._ids.items():
            if call.id is not None and call.id == known:
                return index
        if call.index < 0:
            nameless = call.id is None and call.name is None
            return self._last if nameless and self._ids else self._next()
        given = self._given.get(call.index)
        if given is None:
            return self._next() if call.index in self._ids else call.index
        begins = call.id is not None and self._ids[given] is not None
        return self._next() if begins else given

    def _next(self) -> int:
        return max(self._ids, default=-1) + 1
