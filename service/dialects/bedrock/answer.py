"""Converse's content blocks to deltas. A whole block is read as the pieces a stream would bring of it."""

from collections.abc import Iterator
from typing import Any

from service.dialects.bedrock.citations import annotation
from service.dialects.bedrock.formats import AnswerTool
from service.dialects.bedrock.history import CLAUDE_FORMAT, OTHER_FORMAT, Members
from service.dialects.bedrock.pieces import joined, taken_apart
from service.dialects.bedrock.server_tools import ServerCalls
from service.types.chunk import Delta, ToolCallDelta


class _Block:
    """What has to be known of a block until it ends.

    `once` is what the first piece of a detail says for all: clients join the strings of pieces.
    """

    def __init__(self, start: Members, offset: int, once: Members) -> None:
        self.start = start
        self.offset = offset  # in the answer's text
        self.once = once
        self.citations: list[Members] = []
        self.input: list[str] = []  # of a call that the vendor runs itself, or of one that waits
        self.results: list[Any] = []
        self.image: list[Members] = []
        self.hidden: list[str] = []
        self.call: int | None = None
        self.has_arguments = False
        self.answers: bool | None = None  # for the answer tool: whether what it says is the content at once


class Reading:
    """The state of one answer.

    Where a tool gives the answer, text beside it is no part of that: it waits until the end, and becomes the
    content only if the tool was not called. `others` gathers what has no place among an answer's parts.
    """

    def __init__(
        self, *, claude: bool, answer_tool: AnswerTool | None = None, known_ids: frozenset[str] = frozenset()
    ) -> None:
        self.others: list[Members] = []
        self.calls = 0
        self._answer_tool = answer_tool
        self._ids = set(known_ids)
        self._format = CLAUDE_FORMAT if claude else OTHER_FORMAT
        self._open: dict[int, _Block] = {}
        self._length = 0  # of all text
        self._told = 0  # of the content until now
        self._images = 0
        self._answer: str | None = None
        self._answered = False
        self._held: list[Delta] = []
        self._server = ServerCalls()

    def whole(self, index: int, block: Members) -> Iterator[Delta]:
        """Reads a block that is there as a whole."""
        start, pieces = taken_apart(block)
        if not start and not pieces:
            self.others.append(block)
            return
        yield from self.start(index, start)
        for piece in pieces:
            yield from self.piece(index, piece)
        yield from self.stop(index)

    def start(self, index: int, start: Members) -> Iterator[Delta]:
        """Opens a block; texts and thoughts are not announced."""
        block = self._open[index] = self._begun(start)
        use = start.get("toolUse")
        if use is None:
            if start and not start.keys() & {"toolResult", "image"}:
                self.others.append(start)
        elif use.get("type") != "server_tool_use":
            name = use["name"]
            if not isinstance(name, str):
                raise ValueError("the name of a tool is no text")
            if self._answer_tool and name == self._answer_tool.name:
                block.answers = self._answer_tool.alone and not self._answered
                self._answered = True
                return
            block.call, self.calls = self.calls, self.calls + 1
            call = ToolCallDelta(index=block.call, id=self._id(use), type="function", name=name)
            yield Delta(tool_calls=[call])

    def piece(self, index: int, piece: Members) -> Iterator[Delta]:
        """Reads a piece of a block."""
        block = self._open.get(index)
        if block is None:
            block = self._open[index] = self._begun({})
        match piece:
            case {"text": str(text)}:
                yield from self._text(text)
            case {"toolUse": {"input": str(text)}} if block.answers:
                self._told += len(text)
                yield Delta(content=text)
            case {"toolUse": {"input": str(text)}} if block.call is not None:
                block.has_arguments = block.has_arguments or bool(text)
                yield Delta(tool_calls=[ToolCallDelta(index=block.call, arguments=text)])
            case {"toolUse": {"input": str(text)}}:
                block.input.append(text)
            case {"toolResult": [*results]}:
                block.results += results
            case {"reasoningContent": dict(thought)}:
                yield from self._thought(index, block, thought)
            case {"citation": dict(citation)}:
                block.citations.append(citation)
            case {"image": dict(image)}:
                block.image.append(image)
            case _:
                self.others.append(piece)

    def stop(self, index: int) -> Iterator[Delta]:
        """Closes a block: what only makes sense as a whole comes now."""
        block = self._open.pop(index, None)
        if block is None:
            return
        if block.citations:
            span = (block.offset, self._length)
            yield from self._beside(Delta(annotations=[annotation(each, span) for each in block.citations]))
        if block.hidden:
            yield from self._hidden(index, block)
        if "image" in block.start:
            yield from self._image(block)
        use, result = block.start.get("toolUse"), block.start.get("toolResult")
        if block.answers is False:
            self._another_answer("".join(block.input))
        elif block.call is not None and not block.has_arguments:
            # A call without arguments may have no piece; a client parses them all the same.
            yield Delta(tool_calls=[ToolCallDelta(index=block.call, arguments="{}")])
        elif use and block.call is None and block.answers is None:
            self._server.called(index, use, "".join(block.input), block.once)
        elif result:
            told = self._server.answered(index, result, block.results, block.once)
            if told:
                yield Delta(reasoning_details=[told])
            else:
                self.others.append({"toolResult": {**result, "content": block.results}})

    def end(self) -> Iterator[Delta]:
        """Closes what no event closed, and tells what had to wait."""
        for index in list(self._open):
            yield from self.stop(index)
        if waiting := self._server.rest():
            yield Delta(reasoning_details=waiting)
        if self._answer is not None:
            yield Delta(content=self._answer)
        for delta in self._held:
            if not self._answered:
                yield delta
            else:
                told = {"text": delta.content, "annotations": delta.annotations}
                self.others.append({name: value for name, value in told.items() if value is not None})
        self._held, self._answer = [], None

    def _begun(self, start: Members) -> _Block:
        counts = {"content": self._told, "tool_calls": self.calls}
        position = {name: count for name, count in counts.items() if count}
        return _Block(
            start, self._length, {"format": self._format, **({"position": position} if position else {})}
        )

    def _id(self, use: Members) -> str:
        """The vendor's id, or one that no call of the conversation has."""
        given, number = use.get("toolUseId"), self.calls - 1
        while not isinstance(given, str) or not given:
            given, number = f"call_{number}" if f"call_{number}" not in self._ids else None, number + 1
        self._ids.add(given)
        return given

    def _text(self, text: str) -> Iterator[Delta]:
        self._length += len(text)
        if self._answer_tool is None:
            self._told += len(text)
        yield from self._beside(Delta(content=text))

    def _beside(self, delta: Delta) -> Iterator[Delta]:
        if self._answer_tool is None:
            yield delta
        else:
            self._held.append(delta)

    def _another_answer(self, text: str) -> None:
        """Of several answers the last counts, but for one that was told as it came."""
        if self._answer_tool and self._answer_tool.alone:
            self.others.append({"toolUse": {"name": self._answer_tool.name, "input": text}})
        else:
            self._answer = text

    def _thought(self, index: int, block: _Block, thought: Members) -> Iterator[Delta]:
        detail: Members = {"type": "reasoning.text", "index": index}
        match thought:
            case {"text": str(text)}:
                detail |= {"text": text, **block.once}
                yield Delta(reasoning=text or None, reasoning_details=[detail])
            case {"signature": str(signature)}:
                # A thought that is not shown has a signature alone.
                detail |= {"signature": signature, **({"text": "", **block.once} if block.once else {})}
                yield Delta(reasoning_details=[detail])
            case {"redactedContent": str(data)}:
                block.hidden.append(data)
                return
            case _:
                self.others.append({"reasoningContent": thought})
                return
        block.once = {}

    def _hidden(self, index: int, block: _Block) -> Iterator[Delta]:
        data = joined(block.hidden)
        detail = {"type": "reasoning.encrypted", "data": data, "id": None, "index": index, **block.once}
        yield Delta(reasoning_details=[detail])

    def _image(self, block: _Block) -> Iterator[Delta]:
        sources = [image.get("source") or {} for image in block.image]
        data = joined([source["bytes"] for source in sources if isinstance(source.get("bytes"), str)])
        places = [source["s3Location"].get("uri") for source in sources if "s3Location" in source]
        stored = next((place for place in places if isinstance(place, str)), None)
        if not data and not stored:
            self.others += [{"image": image} for image in block.image]
            return
        url = f"data:image/{block.start['image']['format']};base64,{data}" if data else stored
        yield Delta(images=[{"type": "image_url", "image_url": {"url": url}, "index": self._images}])
        self._images += 1
