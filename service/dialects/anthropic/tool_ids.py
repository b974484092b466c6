"""Ids of tool calls in the alphabet that Anthropic takes."""

import re

_OTHER = re.compile(r"[^A-Za-z0-9_-]")


class ToolIds:
    """Renames ids of other vendors, the same in a call and in its result; distinct ids stay distinct."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def of(self, original: str) -> str:
        """The id to send; the original where that is possible."""
        known = self._given.get(original)
        if known is None:
            known = clean = _OTHER.sub("_", original) or "call"
            number = 0
            while known in self._given.values():
                number += 1
                known = f"{clean}_{number}"
            self._given[original] = known
        return known
