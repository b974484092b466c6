"""Each kind of block: what it says at its beginning, with each piece, and at its end."""

from typing import Any, Protocol

import msgspec

from service.dialects.anthropic import server_tools
from service.dialects.anthropic.progress import Members, Progress
from service.dialects.anthropic.server_tools import Standing, json_of
from service.dialects.anthropic.words import FORMAT
from service.types.chunk import Delta, ToolCallDelta


class Block(Protocol):
    """A block that is open. `pieces` names the members of deltas that it reads, None for all."""

    pieces: tuple[str, ...] | None

    def add(self, delta: Members) -> Delta | None:
        """Takes a piece."""
        ...

    def close(self) -> Delta | None:
        """The block is whole."""
        ...


def begun(index: int, block: Members, progress: Progress) -> tuple[Block, Delta | None]:
    """Opens a block, and says what it has already."""
    tool = progress.answer_tool
    match block:
        case {"type": "text"}:
            progress.keep(index, block, "text", "citations")
            text = _Text(block, progress)
            return text, text.add(block)
        case {"type": "thinking"}:
            progress.keep(index, block, "thinking", "signature")
            thought = _Thought(index, progress)
            return thought, thought.add(block)
        case {"type": "redacted_thinking", "data": str(data)}:
            progress.keep(index, block, "data")
            hidden = {"type": "reasoning.encrypted", "data": data, "format": FORMAT, "index": index}
            return _Whole(), Delta(reasoning_details=[hidden | _where(progress)])
        case {"type": "tool_use", "name": str(name)} if tool and name == tool.name:
            return _Answer(block, progress), None
        case {"type": "tool_use", "name": str(name)}:
            call = _Call(block, progress)
            return call, call.begin(name, block)
        case {"type": "tool_use"}:
            raise ValueError("a call of a tool without a name")
    return _Server(Standing(index, progress.position, dict(block)), progress), None


def _where(progress: Progress) -> Members:
    return {"position": progress.position} if progress.position else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class _Whole:
    """A block that is whole at its beginning."""

    pieces: tuple[str, ...] | None = ()

    def add(self, delta: Members) -> Delta | None:
        del delta
        return None

    def close(self) -> Delta | None:
        return None


class _Text:
    """Text; its citations are told when its end is known."""

    pieces: tuple[str, ...] | None = ("text", "citation")

    def __init__(self, block: Members, progress: Progress) -> None:
        self._progress = progress
        self._begin = progress.text_length()
        given = block.get("citations")
        given = given if isinstance(given, list) else []
        self._citations: list[Members] = [each for each in given if isinstance(each, dict)]

    def add(self, delta: Members) -> Delta | None:
        if isinstance(citation := delta.get("citation"), dict):
            self._citations.append(citation)
        return self._progress.written(_text(delta.get("text")))

    def close(self) -> Delta | None:
        if not self._citations:
            return None
        return self._progress.cited(self._citations, self._begin, self._progress.text_length())


class _Thought:
    """A thought and its signature; a thought that is not shown has a signature alone.

    What is the same for all its pieces stands in the first: clients join the strings of pieces.
    """

    pieces: tuple[str, ...] | None = ("thinking", "signature")

    def __init__(self, index: int, progress: Progress) -> None:
        self._index = index
        self._once: Members = {"format": FORMAT, **_where(progress)}

    def add(self, delta: Members) -> Delta | None:
        text, signature = _text(delta.get("thinking")), _text(delta.get("signature"))
        if not text and not signature:
            return None
        detail: Members = {"type": "reasoning.text", "index": self._index}
        if text or self._once:
            detail["text"] = text
        if signature:
            detail["signature"] = signature
        detail |= self._once
        self._once = {}
        return Delta(reasoning=text or None, reasoning_details=[detail])

    def close(self) -> Delta | None:
        return None


class _Arguments:
    """Arguments that come as text in pieces, or as an object with the beginning of the block."""

    def __init__(self, block: Members) -> None:
        self._input = block.get("input") or {}
        self._written = False

    def text(self, delta: Members) -> str:
        """The next piece."""
        piece = _text(delta.get("partial_json"))
        self._written = self._written or bool(piece)
        return piece

    def rest(self) -> str:
        """All of them, if no piece came."""
        return "" if self._written else json_of(self._input)


class _Call:
    """A call that the caller has to run."""

    pieces: tuple[str, ...] | None = ("partial_json",)

    def __init__(self, block: Members, progress: Progress) -> None:
        self._index = progress.calls
        self._arguments = _Arguments(block)
        progress.calls += 1

    def begin(self, name: str, block: Members) -> Delta:
        # A call by the model itself is the rule, and not worth a word.
        known = {"type", "id", "name", "input"}
        extra = {
            member: value
            for member, value in block.items()
            if member not in known and value is not None and value != {"type": "direct"}
        }
        call_id = _text(block.get("id")) or f"call_{self._index}"
        call = ToolCallDelta(
            index=self._index, id=call_id, type="function", name=name, arguments="", extra=extra
        )
        return Delta(tool_calls=[call])

    def add(self, delta: Members) -> Delta | None:
        return self._piece(self._arguments.text(delta))

    def close(self) -> Delta | None:
        return self._piece(self._arguments.rest())

    def _piece(self, text: str) -> Delta | None:
        return Delta(tool_calls=[ToolCallDelta(index=self._index, arguments=text)]) if text else None


class _Answer:
    """The call whose arguments are the answer.

    Where it is the only one that can come it is told as it comes; else its last call is told at the end. One
    more than can come is kept apart.
    """

    pieces: tuple[str, ...] | None = ("partial_json",)

    def __init__(self, block: Members, progress: Progress) -> None:
        tool = progress.answer_tool
        self._progress = progress
        self._alone = bool(tool and tool.alone)
        self._surplus = self._alone and progress.answered
        self._arguments = _Arguments(block)
        self._pieces: list[str] = []
        progress.answered = True

    def add(self, delta: Members) -> Delta | None:
        return self._written(self._arguments.text(delta))

    def close(self) -> Delta | None:
        last = self._written(self._arguments.rest())
        if self._surplus:
            self._progress.unplaced.append({"type": "tool_use", "input": "".join(self._pieces)})
        elif not self._alone:
            self._progress.answer("".join(self._pieces))
        return last

    def _written(self, text: str) -> Delta | None:
        if self._alone and not self._surplus:
            self._progress.content += len(text)
            return Delta(content=text) if text else None
        self._pieces.append(text)
        return None


class _Server:
    """What the server did: a tool's call, its result, or a block of a kind of its own."""

    pieces: tuple[str, ...] | None = None

    def __init__(self, standing: Standing, progress: Progress) -> None:
        self._standing = standing
        self._progress = progress
        self._json: list[str] = []

    def add(self, delta: Members) -> Delta | None:
        if "partial_json" in delta:
            self._json.append(_text(delta["partial_json"]))
            return None
        block = self._standing.block
        for name, value in delta.items():
            known = block.get(name)
            if name != "type":
                block[name] = known + value if isinstance(known, str) and isinstance(value, str) else value
        return None

    def close(self) -> Delta | None:
        block, written, waiting = self._standing.block, "".join(self._json), self._progress.waiting
        if block.get("type") in server_tools.CALLS:
            call_id = block.get("id")
            known = isinstance(call_id, str) and call_id not in waiting
            waiting[str(call_id) if known else self._standing.place] = self._standing._replace(
                written=written
            )
            return None
        if written:
            block["input"] = _parsed(written)
        if not server_tools.is_result(block.get("type")):
            return Delta(reasoning_details=[server_tools.other_detail(self._standing)])
        call_id = block.get("tool_use_id")
        call = waiting.pop(call_id, None) if isinstance(call_id, str) else None
        if call is None:
            return Delta(reasoning_details=[server_tools.result_detail(self._standing)])
        return Delta(reasoning_details=[server_tools.call_detail(call, self._standing)])


def _parsed(text: str) -> Any:
    """The JSON, or the text itself where it broke off."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
