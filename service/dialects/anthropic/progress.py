"""How far the reading of an answer is, as its blocks have to know it of each other."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.dialects.anthropic.answer import annotation
from service.dialects.anthropic.server_tools import Position, Standing, call_detail
from service.types.chunk import Delta

Members = dict[str, Any]


class AnswerTool(NamedTuple):
    """The tool whose arguments are the content; `alone` if the model may call no other, and it but once."""

    name: str
    alone: bool


@dataclass
class Progress:
    """What was read until now.

    Where a tool gives the answer, text beside it is no part of that: it waits until the end, and becomes the
    content only if the tool was not called.
    """

    answer_tool: AnswerTool | None = None
    content: int = 0  # characters
    calls: int = 0
    waiting: dict[str | int, Standing] = field(default_factory=dict)  # calls that the server runs
    unplaced: list[Members] = field(default_factory=list)  # what nobody knows, with the index of its block
    answered: bool = False  # whether the answer tool was called
    _answer: str | None = None
    _held: list[str] = field(default_factory=list)
    _held_citations: list[tuple[Members, int, int]] = field(default_factory=list)

    @property
    def position(self) -> Position:
        """What came before, for the blocks that stand there; empty at the beginning."""
        counts = {"content": self.content, "tool_calls": self.calls}
        return {name: count for name, count in counts.items() if count}

    def written(self, text: str) -> Delta | None:
        """Text of the answer: at once, or at the end if a tool may give the answer instead."""
        if self.answer_tool:
            self._held.append(text)
            return None
        self.content += len(text)
        return Delta(content=text) if text else None

    def cited(self, citations: list[Members], begin: int, end: int) -> Delta | None:
        """Citations for the text between two counts of characters."""
        told = [(citation, begin, end) for citation in citations]
        if self.answer_tool:
            self._held_citations += told
            return None
        return Delta(annotations=[annotation(*each) for each in told]) if told else None

    def text_length(self) -> int:
        """How many characters of text there are, those that wait included."""
        return self.content + sum(map(len, self._held))

    def answer(self, text: str) -> None:
        """A whole answer by the tool; of several the last counts."""
        self._answer = text

    def keep(self, index: int, members: Members, *known: str) -> None:
        """Keeps what is not known of a block or of a piece of one."""
        rest = {name: value for name, value in members.items() if name not in known and value is not None}
        if rest.keys() - {"type"}:
            self.unplaced.append({"index": index, **rest})

    def finish(self) -> Delta:
        """What could be told only now: held text or the answer, and calls whose results did not come."""
        last = Delta()
        held = "".join(self._held)
        if self.answered:
            last.content = self._answer
            if held:
                self.unplaced.append({"type": "text", "text": held})
        elif held:
            last.content = held
            last.annotations = [annotation(*each) for each in self._held_citations] or None
        if self.waiting:
            last.reasoning_details = [call_detail(call, None) for call in self.waiting.values()]
        self.waiting.clear()
        self._held.clear()
        self._held_citations.clear()
        self._answer = None
        return last
