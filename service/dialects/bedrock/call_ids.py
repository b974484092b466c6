"""Ids of calls as Bedrock takes them: of one alphabet, and each given to one call only."""

import re
from collections import deque
from collections.abc import Sequence

from service.types.message import Message

_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


class CallIds:
    """The ids of one conversation. Those that Bedrock takes stay, unless an earlier call had the same."""

    def __init__(self, messages: Sequence[Message]) -> None:
        calls = (call.id for message in messages for call in message.tool_calls or ())
        given = {*calls, *(message.tool_call_id or "" for message in messages)}
        self._reserved = {id_ for id_ in given if _ID.fullmatch(id_)}
        self._used: set[str] = set()
        self._sent: dict[str, deque[str]] = {}  # by the caller's id: those of the calls that have it
        self._turn: set[str] = set()
        self._made = 0

    def turn(self) -> None:
        """A turn with calls begins: results that follow are of its calls, where earlier ids are the same."""
        self._turn = set()

    def call(self, id_: str) -> str:
        """The id of the next call."""
        sent = id_ if _ID.fullmatch(id_) and id_ not in self._used else self._new()
        self._used.add(sent)
        known = self._sent.setdefault(id_, deque())
        if id_ not in self._turn:
            known.clear()
        self._turn.add(id_)
        known.append(sent)
        return sent

    def result(self, id_: str) -> str:
        """The id of the call that a result is of; of several calls with one id, the next in order."""
        known = self._sent.get(id_)
        if known is None:  # of a call that is not in the conversation
            known = self._sent[id_] = deque([id_ if _ID.fullmatch(id_) else self._new()])
        return known.popleft() if len(known) > 1 else known[0]

    def _new(self) -> str:
        while True:
            made = f"call_{self._made}"
            self._made += 1
            if made not in self._reserved:
                return made
