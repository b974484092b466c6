"""Ids of tool calls in the alphabet that Anthropic takes, each for one call of the whole conversation."""

import re
from collections import deque

_OTHER = re.compile(r"[^A-Za-z0-9_-]")


class ToolIds:
    """Renames ids of other vendors, the same in a call and in its result.

    Distinct ids stay distinct, and an id that is used again (`call_0` of every turn) becomes another one.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._tried: dict[str, int] = {}
        self._latest: dict[str, str] = {}
        self._open: dict[str, deque[str]] = {}

    def begin_turn(self) -> None:
        """The assistant speaks anew: what was not answered until now is not answered any more."""
        self._open.clear()

    def called(self, original: str) -> str:
        """The id to send for a call; the original where that is possible."""
        given = self._free(_OTHER.sub("_", original) or "call")
        self._open.setdefault(original, deque()).append(given)
        self._latest[original] = given
        return given

    def answered(self, original: str) -> str:
        """The id to send for a result: of several calls with the same id in one turn, each in its turn."""
        waiting = self._open.get(original)
        if waiting and len(waiting) > 1:
            return waiting.popleft()
        return self._latest.get(original) or self.called(original)

    def _free(self, wanted: str) -> str:
        number = self._tried.get(wanted, 0)
        given = f"{wanted}_{number}" if number else wanted
        while given in self._taken:
            number += 1
            given = f"{wanted}_{number}"
        self._tried[wanted] = number + 1
        self._taken.add(given)
        return given
