"""Converse's content blocks to deltas. A whole block is read as the pieces a stream would bring of it."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import msgspec

from service.dialects.bedrock.citations import annotation
from service.dialects.bedrock.history import CLAUDE_FORMAT, OTHER_FORMAT
from service.types.chunk import Delta, ToolCallDelta


class _Block:
    """What has to be known of a block until it ends."""

    def __init__(self, start: dict[str, Any], offset: int) -> None:
        self.start = start
        self.offset = offset  # in the answer's text
        self.citations: list[dict[str, Any]] = []
        self.input: list[str] = []  # of a call that the vendor runs itself
        self.results: list[Any] = []
        self.image: list[dict[str, Any]] = []
        self.call: int | None = None
        self.has_arguments = False
        self.is_form = False


class Reading:
    """The state of one answer.

    `form_tool` is the tool whose arguments are the answer's text. `others` gathers what has no place among
    an answer's parts.
    """

    def __init__(self, *, claude: bool, form_tool: str | None = None) -> None:
        self.others: list[dict[str, Any]] = []
        self.calls = 0
        self._form_tool = form_tool
        self._format = CLAUDE_FORMAT if claude else OTHER_FORMAT
        self._open: dict[int, _Block] = {}
        self._length = 0
        self._images = 0
        self._server_calls: dict[str, dict[str, Any]] = {}  # by id: the detail, until its result is there

    def whole(self, index: int, block: dict[str, Any]) -> Iterator[Delta]:
        """Reads a block that is there as a whole."""
        start, pieces = _taken_apart(block)
        if not start and not pieces:
            self.others.append(block)
            return
        yield from self.start(index, start)
        for piece in pieces:
            yield from self.piece(index, piece)
        yield from self.stop(index)

    def start(self, index: int, start: dict[str, Any]) -> Iterator[Delta]:
        """Opens a block; texts and thoughts are not announced."""
        block = self._open[index] = _Block(start, self._length)
        use = start.get("toolUse")
        if use is None:
            if start and not start.keys() & {"toolResult", "image"}:
                self.others.append(start)
        elif use.get("type") != "server_tool_use":
            block.is_form = use["name"] == self._form_tool
            if not block.is_form:
                block.call, self.calls = self.calls, self.calls + 1
                call = ToolCallDelta(index=block.call, id=use["toolUseId"], type="function", name=use["name"])
                yield Delta(tool_calls=[call])

    def piece(self, index: int, piece: dict[str, Any]) -> Iterator[Delta]:
        """Reads a piece of a block."""
        block = self._open.setdefault(index, _Block({}, self._length))
        match piece:
            case {"text": str(text)}:
                yield self._text(text)
            case {"toolUse": {"input": str(text)}} if block.is_form:
                yield self._text(text)
            case {"toolUse": {"input": str(text)}} if block.call is not None:
                block.has_arguments = block.has_arguments or bool(text)
                yield Delta(tool_calls=[ToolCallDelta(index=block.call, arguments=text)])
            case {"toolUse": {"input": str(text)}}:
                block.input.append(text)
            case {"toolResult": [*results]}:
                block.results += results
            case {"reasoningContent": dict(thought)}:
                yield from self._thought(index, thought)
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
            yield Delta(annotations=[annotation(each, span) for each in block.citations])
        if "image" in block.start:
            yield from self._image(block)
        use, result = block.start.get("toolUse"), block.start.get("toolResult")
        if use and use.get("type") == "server_tool_use":
            self._server_calls[use["toolUseId"]] = self._server_call(index, use, "".join(block.input))
        elif block.call is not None and not block.has_arguments:
            # A call without arguments may have no piece; a client parses them all the same.
            yield Delta(tool_calls=[ToolCallDelta(index=block.call, arguments="{}")])
        elif result:
            yield from self._result(result, block.results)

    def end(self) -> Iterator[Delta]:
        """Closes what no event closed, and tells the vendor's calls that got no result."""
        for index in list(self._open):
            yield from self.stop(index)
        if self._server_calls:
            yield Delta(reasoning_details=list(self._server_calls.values()))
            self._server_calls = {}

    def _text(self, text: str) -> Delta:
        self._length += len(text)
        return Delta(content=text)

    def _thought(self, index: int, thought: dict[str, Any]) -> Iterator[Delta]:
        common = {"format": self._format, "index": index}
        match thought:
            case {"text": str(text)}:
                detail = {"type": "reasoning.text", "text": text, **common}
                yield Delta(reasoning=text, reasoning_details=[detail])
            case {"signature": str(signature)}:
                yield Delta(reasoning_details=[{"type": "reasoning.text", "signature": signature, **common}])
            case {"redactedContent": str(data)}:
                detail = {"type": "reasoning.encrypted", "data": data, "id": None, **common}
                yield Delta(reasoning_details=[detail])
            case _:
                self.others.append({"reasoningContent": thought})

    def _image(self, block: _Block) -> Iterator[Delta]:
        sources = [image.get("source") or {} for image in block.image]
        data = _joined([source["bytes"] for source in sources if "bytes" in source])
        stored = next((source["s3Location"]["uri"] for source in sources if "s3Location" in source), None)
        if not data and not stored:
            self.others += [{"image": image} for image in block.image]
            return
        url = f"data:image/{block.start['image']['format']};base64,{data}" if data else stored
        yield Delta(images=[{"type": "image_url", "image_url": {"url": url}, "index": self._images}])
        self._images += 1

    def _server_call(self, index: int, use: dict[str, Any], arguments: str) -> dict[str, Any]:
        return {
            "type": "reasoning.server_tool_call",
            "tool_name": use["name"],
            "arguments": arguments or "{}",
            "result": "",
            "tool_call_id": use["toolUseId"],
            "format": self._format,
            "index": index,
            "block": [{"toolUse": {**use, "input": msgspec.json.decode(arguments or "{}")}}],
        }

    def _result(self, result: dict[str, Any], content: list[Any]) -> Iterator[Delta]:
        block = {"toolResult": {**result, "content": content}}
        call = self._server_calls.pop(result["toolUseId"], None)
        if call is None:
            self.others.append(block)
            return
        call["result"] = _result_text(content)
        call["block"].append(block)
        yield Delta(reasoning_details=[call])


def _taken_apart(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A whole block as a stream would bring it: its start and its pieces."""
    pieces: list[dict[str, Any]]
    match block:
        case {"text": str()}:
            return {}, [block]
        case {"toolUse": {**use}}:
            arguments = msgspec.json.encode(use.pop("input", {})).decode()
            return {"toolUse": use}, [{"toolUse": {"input": arguments}}]
        case {"toolResult": {**result}}:
            return {"toolResult": result}, [{"toolResult": result.pop("content", [])}]
        case {"reasoningContent": {"reasoningText": {**thought}}}:
            pieces = [{name: thought[name]} for name in ("text", "signature") if thought.get(name)]
            return {}, [{"reasoningContent": piece} for piece in pieces]
        case {"reasoningContent": {**thought}}:
            return {}, [{"reasoningContent": thought}]
        case {"citationsContent": dict(cited)}:
            pieces = [{"text": each["text"]} for each in cited.get("content") or () if "text" in each]
            return {}, [*pieces, *({"citation": each} for each in cited.get("citations") or ())]
        case {"image": {"format": str(form), **image}}:
            return {"image": {"format": form}}, [{"image": image}]
        case _:
            return {}, []


def _result_text(content: list[Any]) -> str:
    if all(isinstance(each, dict) and each.keys() == {"text"} for each in content):
        return "".join(each["text"] for each in content)
    values = [each.get("json", each) if isinstance(each, dict) else each for each in content]
    return msgspec.json.encode(values[0] if len(values) == 1 else values).decode()


def _joined(pieces: list[str]) -> str:
    """Base64 of bytes that came in several pieces, each base64 by itself."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        return base64.b64encode(b"".join(base64.b64decode(piece) for piece in pieces)).decode()
    except binascii.Error:
        raise ValueError("an image is not base64") from None
