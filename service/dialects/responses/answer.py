"""Gathers an answer from its output items, in pieces or whole, and gives what is new as chunks.

A stream tells most things several times: as deltas, as a done part, as a done item, and in the final
response. Each telling goes through the same hands here, and only what was not delivered before is delivered;
so a stream folds to the same answer as a body, and nothing depends on which tellings a server leaves out.
"""

from typing import Any

import msgspec

from service.dialects.responses import native_calls, thoughts
from service.dialects.responses.annotations import moved
from service.dialects.responses.history import MessageItem
from service.dialects.responses.server_tools import server_tool
from service.types.chunk import Chunk, ChunkChoice, Delta, ToolCallDelta

Item = dict[str, Any]
PartKey = tuple[int, str, int]  # output index, kind of part, index of the part

_THOUGHTS = ("summary", "thought")
_MEDIA_TYPES = {"svg": "image/svg+xml"}
_CALL_MEMBERS = frozenset({"type", "id", "call_id", "name", "arguments", "input", "status", "created_by"})


class _Part:
    """One growing text: what was delivered of it, and where it begins in the answer's content."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.pieces: list[str] = []
        self.length = 0  # in characters
        self.scored = 0  # tokens with log probabilities
        self.cited: set[int] = set()  # places of annotations


class Answer:
    """What has been delivered so far, and what waits for `take`."""

    def __init__(self) -> None:
        self._items: dict[int, Item] = {}  # the latest telling of each item, by output index
        self._ended: set[int] = set()
        self._delta = Delta()
        self._logprobs: list[Any] = []
        self._parts: dict[PartKey, _Part] = {}
        self._length = 0  # of the content, in characters
        self._calls: dict[int, int] = {}  # indexes of tool calls, by output index
        self._told: dict[int, Item] = {}  # what the vendor's tools did, by output index
        self._unknown: dict[PartKey, Item] = {}
        self._images = 0

    @property
    def called(self) -> bool:
        """Whether the caller has calls to run."""
        return bool(self._calls)

    def knows_call(self, index: int) -> bool:
        """Whether the item at this output index has begun as a call."""
        return index in self._calls

    def name(self, index: int, item_id: Any) -> None:
        """Takes an item's id, in case that its beginning was not told."""
        if index not in self._items:
            self._items[index] = {"id": item_id}

    def take(self) -> list[Chunk]:
        """Gives what is new since the last time: one chunk or none."""
        delta, logprobs = self._delta, self._logprobs
        self._delta, self._logprobs = Delta(), []
        if delta == Delta() and not logprobs:
            return []
        scores = {"content": logprobs, "refusal": None} if logprobs else None
        return [Chunk(choices=[ChunkChoice(index=0, delta=delta, logprobs=scores)])]

    def grow(self, key: PartKey, piece: str) -> None:
        """Takes the next piece of a text, refusal, thought, call's arguments or custom tool's input."""
        part = self._part(key)
        if not piece:
            return
        begins = not part.pieces
        part.pieces.append(piece)
        part.length += len(piece)
        delta = self._delta
        match key[1]:
            case "text":
                delta.content = (delta.content or "") + piece
                self._length += len(piece)
            case "refusal":
                delta.refusal = (delta.refusal or "") + piece
            case "arguments":
                call = self._call_delta(self._calls[key[0]])
                call.arguments = (call.arguments or "") + piece
            case "input":
                custom = self._call_delta(self._calls[key[0]]).extra.setdefault("custom", {})
                custom["input"] = custom.get("input", "") + piece
            case _:
                self._think(key, piece, begins=begins)

    def reach(self, key: PartKey, whole: Any) -> None:
        """Takes all of a part: what is missing of it is delivered."""
        known = "".join(self._part(key).pieces)
        if isinstance(whole, str) and whole.startswith(known):
            self.grow(key, whole[len(known) :])

    def score(self, key: PartKey, logprobs: Any) -> None:
        """Takes the next tokens' log probabilities."""
        if logprobs:
            self._part(key).scored += len(logprobs)
            self._logprobs += logprobs

    def cite(self, key: PartKey, place: int, annotation: Any) -> None:
        """Takes the annotation at this place among those of a text part."""
        part = self._part(key)
        if isinstance(annotation, dict) and place not in part.cited:
            part.cited.add(place)
            self._delta.annotations = [*(self._delta.annotations or ()), moved(annotation, part.offset)]

    def part(self, index: int, place: int, part: Item) -> None:
        """Takes a whole content part of a message or a reasoning item."""
        match part.get("type"):
            case "output_text":
                key = (index, "text", place)
                self.reach(key, part.get("text"))
                self.score(key, (part.get("logprobs") or [])[self._part(key).scored :])
                for at, annotation in enumerate(part.get("annotations") or ()):
                    self.cite(key, at, annotation)
            case "refusal":
                self.reach((index, "refusal", place), part.get("refusal"))
            case "reasoning_text":
                self.reach((index, "thought", place), part.get("text"))
            case _:
                self._keep_part((index, "unknown", place), part)

    def begin(self, index: int, item: Item) -> None:
        """Takes an item that begins: a call shows its name at once."""
        self._items[index] = item
        if index in self._calls:
            return
        if item.get("type") == "function_call":
            call = self._new_call(index, item)
            call.name, call.type = _text(item, "name"), "function"
            call.function_extra = _others(item)
            self.grow((index, "arguments", 0), _text(item, "arguments") or "")
            call.arguments = call.arguments or ""
        elif item.get("type") == "custom_tool_call":
            call = self._new_call(index, item)
            call.type = "custom"
            call.extra = {"custom": {"name": _text(item, "name"), "input": "", **_others(item)}}
            self.grow((index, "input", 0), _text(item, "input") or "")

    def end(self, index: int, item: Item) -> None:
        """Takes a whole item; its encrypted content waits for `close`, as the last telling of it counts."""
        self._items[index] = item
        self._ended.add(index)
        match item.get("type"):
            case "message":
                for place, part in enumerate(item.get("content") or ()):
                    self.part(index, place, part)
            case "reasoning":
                for place, part in enumerate(item.get("summary") or ()):
                    self.reach((index, "summary", place), part.get("text"))
                for place, part in enumerate(item.get("content") or ()):
                    self.part(index, place, part)
            case "function_call":
                self.begin(index, item)
                self.reach((index, "arguments", 0), item.get("arguments"))
            case "custom_tool_call":
                self.begin(index, item)
                self.reach((index, "input", 0), item.get("input"))
            case "compaction":
                pass  # nothing to read; `close` delivers it
            case _ if native_calls.is_callers(item):
                self._native_call(index, item)
            case _:
                self._server_tool(index, item)

    def close(self, output: list[Item]) -> None:
        """Takes the items as the final response tells them, and delivers all that is still missing."""
        for index, item in enumerate(output):
            self.end(index, item)
        for index in sorted(self._ended):
            item = self._items[index]
            if item.get("type") in ("reasoning", "compaction"):
                last = thoughts.closing(index, item)
                if last is not None:
                    self._detail(last)
        self._place_messages()

    def _part(self, key: PartKey) -> _Part:
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = _Part(self._length)
        return part

    def _think(self, key: PartKey, piece: str, *, begins: bool) -> None:
        """Delivers a thought; in `reasoning` an empty line parts it from the one before."""
        index, kind, _ = key
        item_id = self._items.get(index, {}).get("id")
        before = begins and any(
            part.length for other, part in self._parts.items() if other != key and other[1] in _THOUGHTS
        )
        self._delta.reasoning = (self._delta.reasoning or "") + ("\n\n" if before else "") + piece
        if kind == "summary":
            self._detail(thoughts.detail("summary", index, item_id, summary=piece))
        else:
            self._detail(thoughts.detail("text", index, item_id, text=piece))

    def _detail(self, detail: Item) -> None:
        self._delta.reasoning_details = [*(self._delta.reasoning_details or ()), detail]

    def _new_call(self, index: int, item: Item) -> ToolCallDelta:
        self._calls[index] = len(self._calls)
        call = self._call_delta(self._calls[index])
        call.id = _text(item, "call_id") or _text(item, "id")
        return call

    def _call_delta(self, place: int) -> ToolCallDelta:
        """The piece of this call in the waiting chunk."""
        calls = self._delta.tool_calls = self._delta.tool_calls or []
        call = next((call for call in calls if call.index == place), None)
        if call is None:
            call = ToolCallDelta(index=place)
            calls.append(call)
        return call

    def _native_call(self, index: int, item: Item) -> None:
        if index not in self._calls:
            call = self._new_call(index, item)
            call.id, call.type = native_calls.call_id(item) or call.id, item["type"]
            call.name, call.arguments = native_calls.name_of(item), native_calls.arguments(item)
            call.extra = {"item": item}

    def _server_tool(self, index: int, item: Item) -> None:
        """Delivers what the vendor did; a later telling that says more replaces it by type and index."""
        known = self._told.get(index)
        if known == item:
            return
        self._told[index] = item
        self._detail(server_tool(index, item))
        image = item.get("result")
        if item.get("type") == "image_generation_call" and image and not (known or {}).get("result"):
            form = item.get("output_format") or "png"
            url = f"data:{_MEDIA_TYPES.get(form, f'image/{form}')};base64,{image}"
            shown = {"type": "image_url", "image_url": {"url": url}, "index": self._images}
            self._images += 1
            self._delta.images = [*(self._delta.images or ()), shown]

    def _keep_part(self, key: PartKey, part: Item) -> None:
        """Keeps a part of an unknown kind; the latest list of them counts."""
        if self._unknown.get(key) != part:
            self._unknown[key] = part
            self._delta.extra["content_parts"] = list(self._unknown.values())

    def _place_messages(self) -> None:
        """Tells where messages stood among other items, so that an echo can put them back there."""
        items = {index: self._items[index] for index in sorted(self._ended)}
        messages = {index: item for index, item in items.items() if item.get("type") == "message"}
        if messages and (len(items) > 1 or any(item.get("phase") for item in messages.values())):
            self._delta.extra["message_items"] = [
                msgspec.to_builtins(
                    MessageItem(item.get("id") or f"msg_{index}", index, self._said(index), item.get("phase"))
                )
                for index, item in messages.items()
            ]

    def _said(self, index: int) -> int:
        return sum(
            part.length for (at, kind, _), part in self._parts.items() if (at, kind) == (index, "text")
        )


def _text(item: Item, name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) else None


def _others(call: Item) -> Item:
    """Members of a call that an echo needs, such as the namespace of its tool."""
    return {name: value for name, value in call.items() if name not in _CALL_MEMBERS and value is not None}
