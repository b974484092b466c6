"""Content blocks to deltas, the same for blocks that come whole and for blocks that come in pieces."""

from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from service.dialects.anthropic import server_tools
from service.dialects.anthropic.answer import annotation
from service.dialects.anthropic.server_tools import Position, Standing
from service.dialects.anthropic.words import FORMAT
from service.types.chunk import Delta, ToolCallDelta

Members = dict[str, Any]


@dataclass
class Progress:
    """How far the answer is. `answer_tool` is the tool whose arguments are the content (`AnswerForm`)."""

    answer_tool: str | None = None
    content: int = 0  # characters
    calls: int = 0
    waiting: dict[Any, Standing] = field(default_factory=dict)  # calls that the server runs, by id

    @property
    def position(self) -> Position:
        """What came before, for the blocks that stand there; empty at the beginning."""
        counts = {"content": self.content, "tool_calls": self.calls}
        return {name: count for name, count in counts.items() if count}


class Block(Protocol):
    """A block that is open."""

    def add(self, delta: Members) -> Delta | None:
        """Takes a piece."""
        ...

    def close(self) -> Delta | None:
        """The block is whole."""
        ...


class Blocks:
    """All blocks of one answer."""

    def __init__(self, answer_tool: str | None = None) -> None:
        self.progress = Progress(answer_tool)
        self._open: dict[int, Block] = {}

    def start(self, index: int, block: Members) -> Delta | None:
        """Begins a block with what it has already."""
        opened, first = _opened(index, block, self.progress)
        self._open[index] = opened
        return first

    def add(self, index: int, delta: Members) -> Delta | None:
        """Takes a piece of an open block. Raises LookupError if there is none of that index."""
        return self._open[index].add(delta)

    def stop(self, index: int) -> Delta | None:
        """Ends a block."""
        block = self._open.pop(index, None)
        return block.close() if block else None

    def finish(self) -> Delta | None:
        """Tells of the calls whose results did not come with this answer."""
        left = list(self.progress.waiting.values())
        self.progress.waiting.clear()
        return (
            Delta(reasoning_details=[server_tools.call_detail(call, None) for call in left]) if left else None
        )


def _opened(index: int, block: Members, progress: Progress) -> tuple[Block, Delta | None]:
    match block.get("type"):
        case "text":
            text = _Text(block, progress)
            return text, text.written(block.get("text") or "")
        case "thinking":
            thought = _Thought(index, progress)
            return thought, thought.piece(block.get("thinking") or "", block.get("signature") or None)
        case "redacted_thinking":
            hidden = {"type": "reasoning.encrypted", "data": block["data"], "format": FORMAT, "index": index}
            return _Silent(), Delta(reasoning_details=[hidden | _where(progress)])
        case "tool_use" if progress.answer_tool and block.get("name") == progress.answer_tool:
            return _AnswerTool(block, progress), None
        case "tool_use":
            call = _Call(block, progress)
            return call, call.begin(block)
    return _Server(Standing(index, progress.position, dict(block)), progress), None


def _where(progress: Progress) -> Members:
    return {"position": progress.position} if progress.position else {}


class _Silent:
    """A block that is whole at its beginning."""

    def add(self, delta: Members) -> Delta | None:
        del delta
        return None

    def close(self) -> Delta | None:
        return None


class _Text:
    """Text; its citations are told when its end is known."""

    def __init__(self, block: Members, progress: Progress) -> None:
        self._progress = progress
        self._begin = progress.content
        self._citations: list[Members] = list(block.get("citations") or ())

    def written(self, text: str) -> Delta | None:
        self._progress.content += len(text)
        return Delta(content=text) if text else None

    def add(self, delta: Members) -> Delta | None:
        if isinstance(citation := delta.get("citation"), dict):
            self._citations.append(citation)
        return self.written(delta.get("text") or "")

    def close(self) -> Delta | None:
        end = self._progress.content
        told = [annotation(citation, self._begin, end) for citation in self._citations]
        return Delta(annotations=told) if told else None


class _Thought:
    """A thought and its signature; a thought that is not shown has a signature alone."""

    def __init__(self, index: int, progress: Progress) -> None:
        self._index = index
        self._where = _where(progress)
        self._told = False

    def piece(self, text: str, signature: str | None) -> Delta | None:
        if not text and signature is None:
            return None
        detail: Members = {"type": "reasoning.text"}
        if text or not self._told:
            detail["text"] = text
        if signature is not None:
            detail["signature"] = signature
        detail |= {"format": FORMAT, "index": self._index, **self._where}
        self._told = True
        return Delta(reasoning=text or None, reasoning_details=[detail])

    def add(self, delta: Members) -> Delta | None:
        return self.piece(delta.get("thinking") or "", delta.get("signature"))

    def close(self) -> Delta | None:
        return None


class _Arguments:
    """Arguments that come as text in pieces, or as an object with the beginning of the block."""

    def __init__(self, block: Members) -> None:
        self._input = block.get("input") or {}
        self._written = False

    def text(self, delta: Members) -> str:
        """The next piece."""
        piece: str = delta.get("partial_json") or ""
        self._written = self._written or bool(piece)
        return piece

    def rest(self) -> str:
        """All of them, if no piece came."""
        return "" if self._written else msgspec.json.encode(self._input).decode()


class _Call:
    """A call that the caller has to run."""

    def __init__(self, block: Members, progress: Progress) -> None:
        self._index = progress.calls
        self._arguments = _Arguments(block)
        progress.calls += 1

    def begin(self, block: Members) -> Delta:
        # A call by the model itself is the rule, and not worth a word.
        known = {"type", "id", "name", "input"}
        extra = {
            name: value
            for name, value in block.items()
            if name not in known and value is not None and value != {"type": "direct"}
        }
        call = ToolCallDelta(
            index=self._index, id=block["id"], type="function", name=block["name"], arguments="", extra=extra
        )
        return Delta(tool_calls=[call])

    def add(self, delta: Members) -> Delta | None:
        return self._piece(self._arguments.text(delta))

    def close(self) -> Delta | None:
        return self._piece(self._arguments.rest())

    def _piece(self, text: str) -> Delta | None:
        return Delta(tool_calls=[ToolCallDelta(index=self._index, arguments=text)]) if text else None


class _AnswerTool:
    """The call whose arguments are the answer."""

    def __init__(self, block: Members, progress: Progress) -> None:
        self._progress = progress
        self._arguments = _Arguments(block)

    def add(self, delta: Members) -> Delta | None:
        return self._written(self._arguments.text(delta))

    def close(self) -> Delta | None:
        return self._written(self._arguments.rest())

    def _written(self, text: str) -> Delta | None:
        self._progress.content += len(text)
        return Delta(content=text) if text else None


class _Server:
    """What the server did: a tool's call, its result, or a block of a kind of its own."""

    def __init__(self, standing: Standing, progress: Progress) -> None:
        self._standing = standing
        self._progress = progress
        self._json: list[str] = []

    def add(self, delta: Members) -> Delta | None:
        if "partial_json" in delta:
            self._json.append(delta["partial_json"] or "")
            return None
        block = self._standing.block
        for name, value in delta.items():
            known = block.get(name)
            if name != "type":
                block[name] = known + value if isinstance(known, str) and isinstance(value, str) else value
        return None

    def close(self) -> Delta | None:
        block = self._standing.block
        if text := "".join(self._json):
            block["input"] = msgspec.json.decode(text)
        if block.get("type") in server_tools.CALLS:
            self._progress.waiting[block.get("id")] = self._standing
            return None
        if not server_tools.is_result(block.get("type")):
            return Delta(reasoning_details=[server_tools.other_detail(self._standing)])
        call = self._progress.waiting.pop(block.get("tool_use_id"), None)
        if call is None:
            return Delta(reasoning_details=[server_tools.result_detail(self._standing)])
        return Delta(reasoning_details=[server_tools.call_detail(call, self._standing)])
