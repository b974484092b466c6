"""Ids for tool calls whose vendor gives none: without one a caller could not say what its result answers."""

from service.types.chat_request import ChatRequest
from service.types.chunk import ChunkChoice, ToolCallDelta


class CallIds:
    """The ids of one answer: the vendor's, and else `call_{n}`, which occurs nowhere in the conversation."""

    def __init__(self, request: ChatRequest | None = None) -> None:
        messages = request.body.messages if request else ()
        self._taken = {call.id for message in messages for call in message.tool_calls or ()}
        self._known: set[tuple[int, int]] = set()
        self._made = 0

    def settle(self, choice: ChunkChoice) -> None:
        """Sets the ids of the calls in one choice, in place; a call keeps the first one it had."""
        calls = choice.delta.tool_calls or ()
        self._taken.update(call.id for call in calls if call.id is not None)
        for call in calls:
            key = (choice.index, call.index)
            if key in self._known:
                call.id = None
            elif call.id is not None or _begins(call):
                call.id = call.id or self._new()
                self._known.add(key)
                self._taken.add(call.id)

    def _new(self) -> str:
        while f"call_{self._made}" in self._taken:
            self._made += 1
        return f"call_{self._made}"


def _begins(call: ToolCallDelta) -> bool:
    return call.name is not None or bool(call.extra)
