"""Gives every tool call of a stream an index of its own.

Clients join the pieces of a call by its index. Vendors exist that leave it out, or that send 0 for every
parallel call; a new id, or a new name where there is no id, then tells that a new call has begun.
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
            stated: set[int] = set()
            for call in choice.delta.tool_calls:
                # Nobody sends two pieces of one call at once, with its name in both.
                begins = call.index in stated and call.name is not None
                stated.add(call.index)
                call.index = calls.place(call, begins=begins)


class _Calls:
    def __init__(self) -> None:
        self._ids: dict[int, str | None] = {}  # by the index we gave
        self._names: dict[int, str] = {}  # by the index we gave
        self._by_id: dict[str, int] = {}  # the index we gave
        self._given: dict[int, int] = {}  # the index we gave, by the one that was stated last for it
        self._last = self._largest = -1

    def place(self, call: ToolCallDelta, *, begins: bool) -> int:
        """The index of the call that this piece belongs to; `begins` is whether it must be a new one's."""
        stated, index = call.index, self._index(call, begins=begins)
        self._ids[index] = self._ids.get(index) or call.id
        if call.name is not None:
            self._names.setdefault(index, call.name)
        if call.id is not None:
            self._by_id.setdefault(call.id, index)
        if stated >= 0:
            self._given[stated] = index
        self._last, self._largest = index, max(index, self._largest)
        return index

    def _index(self, call: ToolCallDelta, *, begins: bool) -> int:
        known = None if call.id is None else self._by_id.get(call.id)
        if known is not None:
            return known
        if call.index < 0:
            nameless = call.id is None and call.name is None
            return self._last if nameless and self._ids else self._largest + 1
        given = self._given.get(call.index)
        if given is None:
            return self._largest + 1 if call.index in self._ids else call.index
        return self._largest + 1 if begins or self._is_new(call, given) else given

    def _is_new(self, call: ToolCallDelta, given: int) -> bool:
        """Whether the piece begins a call, though its index is that of one which is known."""
        if call.id is not None:
            return self._ids[given] is not None
        return call.name is not None and self._names.get(given, call.name) != call.name
