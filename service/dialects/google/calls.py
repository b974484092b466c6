"""Function calls of one answer: ids where Google gives none, and arguments that come in pieces.

With `streamFunctionCallArguments` Vertex AI streams arguments as values at JSON paths, which may grow; they
are told as a whole once the call is complete, since JSON text cannot be written in that order.
Source: `google.genai.types.FunctionCall`, `PartialArg`.
"""

import re
from collections.abc import Collection
from itertools import pairwise
from typing import Any

import msgspec

from service.dialects.google.names import text_of
from service.types.chunk import ToolCallDelta

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\[\"((?:[^\"\\]|\\.)*)\"\]")
_VALUES = ("stringValue", "numberValue", "boolValue")
_MAX_LIST = 10_000  # a place far beyond the end of a list is no argument


class Calls:
    """Numbers the calls of one choice. `known` are the ids of earlier turns, which are not given again."""

    def __init__(self, choice: int, known: Collection[str]) -> None:
        self._prefix = "call_" if choice == 0 else f"call_{choice}_"
        self._known = set(known)
        self._made = 0
        self._begun: dict[str, Any] | None = None
        self.count = 0
        self.signature: str | None = None  # of a call that has not all come yet

    @property
    def open(self) -> bool:
        """Whether a call has begun whose arguments have not all come."""
        return self._begun is not None

    def read(self, call: dict[str, Any]) -> ToolCallDelta | None:
        """Takes one `functionCall`; returns the call once all of it has come."""
        if self._begun is not None or call.get("willContinue") or call.get("partialArgs"):
            whole = self._begun = self._begun or {"args": {}}
            whole.update({name: call[name] for name in ("id", "name") if call.get(name)})
            whole["args"].update(call.get("args") or {})
            for piece in call.get("partialArgs") or ():
                _put(whole["args"], piece)
            return None if call.get("willContinue") else self.end()
        return self._told(call)

    def end(self) -> ToolCallDelta | None:
        """The call that has begun, with what came of its arguments; None if there is none."""
        call, self._begun = self._begun, None
        return None if call is None else self._told(call)

    def _told(self, call: dict[str, Any]) -> ToolCallDelta:
        self.count += 1
        call_id = text_of(call.get("id"))
        self._known.add(call_id or "")
        return ToolCallDelta(
            index=self.count - 1,
            id=call_id or self._made_id(),
            type="function",
            name=text_of(call.get("name")),
            arguments=msgspec.json.encode(call.get("args") or {}, enc_hook=_text_of).decode(),
        )

    def _made_id(self) -> str:
        while (made := f"{self._prefix}{self._made}") in self._known:
            self._made += 1
        self._known.add(made)
        return made


def _put(arguments: dict[str, Any], piece: dict[str, Any]) -> None:
    """Puts a value where its path says; a text that is there already grows."""
    steps = [
        int(found[2]) if found[2] is not None else found[1] or found[3] or found[4] or ""
        for found in _STEP.finditer(piece.get("jsonPath") or "")
    ]
    if not steps:
        return
    value = next((piece[name] for name in _VALUES if name in piece), None)
    place: Any = arguments
    for step, following in pairwise(steps):
        below: Any = [] if isinstance(following, int) else {}
        known = _at(place, step)
        place = _set(place, step, below) if known is None else known
    known = _at(place, steps[-1])
    if not isinstance(value, str):
        _set(place, steps[-1], value)
    elif isinstance(known, _Text):
        known.pieces.append(value)
    else:
        _set(place, steps[-1], _Text(known + value if isinstance(known, str) else value))


class _Text:
    """A text that may grow, piece by piece."""

    def __init__(self, piece: str) -> None:
        self.pieces = [piece]


def _text_of(text: _Text) -> str:
    return "".join(text.pieces)


def _at(place: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return place[step] if step < len(place) else None
    return place.get(step)


def _set(place: Any, step: str | int, value: Any) -> Any:
    if isinstance(step, int):
        if step > _MAX_LIST:
            raise ValueError("an argument's place in a list is out of range")
        place += [None] * (step + 1 - len(place))
    place[step] = value
    return value
