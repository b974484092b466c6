"""The conversation: OpenAI's messages to Converse's `system` and `messages`.

- System and developer messages go to `system`, in their order, wherever they stood: Converse takes
  instructions nowhere else from all models. Where there is nothing else they are the user's turn.
- Turns alternate. Neighbours of one role become one turn; results of tools are the user's, first in the turn
  and in the order of the calls they answer.
- Some models take no words of the user beside results: a word of the assistant parts them.
- Most models want the user to begin. If an assistant did, a turn that says as much comes before.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects.bedrock.call_ids import CallIds
from service.dialects.bedrock.families import Family
from service.dialects.bedrock.history import spoken, tool_uses, woven
from service.dialects.bedrock.parts import Blocks
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.message import Message
from service.types.upstream import Dropped

Block = dict[str, Any]
_BEGINNING = "(The assistant begins.)"
_BETWEEN = "Understood."
_NOTHING = "(no output)"


class Conversation:
    """`system`, `messages` and what was changed of one request; `caching` is whether cache points are set.

    Raises `InvalidRequest` for what cannot be read, and where nothing is said that could be answered.
    """

    def __init__(
        self, request: ChatRequest, family: Family, media: Mapping[str, Media], *, caching: bool
    ) -> None:
        self.system: list[Block] = []
        self.messages: list[dict[str, Any]] = []
        self.dropped: list[Dropped] = []
        self._family = family
        self._caching = caching
        self._blocks = Blocks(media)
        self._ids = CallIds(request.body.messages)
        unsaid = False  # whether a blank message of the user is the last that is to be answered
        for place, message in enumerate(request.body.messages):
            if self._add(message, f"messages[{place}]"):
                unsaid = unsaid and message.role in ("system", "developer")
            else:
                unsaid = unsaid or message.role == "user"
        if not self.messages:
            self.messages, self.system = [{"role": "user", "content": self.system}], []
        if not self.messages[0]["content"] or (self.prefilled and unsaid):
            last = len(request.body.messages) - 1
            raise InvalidRequest([Violation(f"messages[{last}].content", "must hold some content")])
        self._shape(request.body.cache_control)

    @property
    def prefilled(self) -> bool:
        """Whether the answer shall go on with a text of the assistant."""
        return bool(self.messages[-1]["role"] == "assistant")

    @property
    def unthought(self) -> bool:
        """Whether the turn whose results come last has no thoughts before its calls."""
        if len(self.messages) < 2:
            return False
        before, last = (turn["content"] for turn in self.messages[-2:])
        return "toolResult" in last[0] and "reasoningContent" not in before[0]

    def _shape(self, cache_control: dict[str, Any] | None) -> None:
        """Turns as the model wants them, once all are there."""
        if self.messages[0]["role"] != "user" and not self._family.starts_with_assistant:
            self.messages.insert(0, {"role": "user", "content": [{"text": _BEGINNING}]})
            reason = f"this model wants the user to begin: '{_BEGINNING}' was put before the first turn"
            self.dropped.append(Dropped("messages", reason))
        self.messages[-1]["content"] += self._cache_point(cache_control)
        self._order_results()
        if self._family.results_alone:
            self._part_results()
        self._trim_prefill()

    def _add(self, message: Message, path: str) -> bool:
        """Takes the next message; tells whether it holds anything."""
        blocks: list[Block]
        match message.role:
            case "system" | "developer":
                self.system += (blocks := self._content(message, path))
            case "assistant":
                self._turn("assistant", blocks := self._answer(message, path))
            case "tool":
                self._turn("user", blocks := self._result(message, path))
            case _:
                self._turn("user", blocks := _named(self._content(message, path), message.name))
        return bool(blocks)

    def _turn(self, role: str, blocks: list[Block]) -> None:
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += blocks
        elif blocks:
            self.messages.append({"role": role, "content": blocks})

    def _answer(self, message: Message, path: str) -> list[Block]:
        for name, lost in (("images", message.images), ("audio", message.audio and not spoken(message))):
            if lost:
                reason = f"earlier {name} of the assistant cannot be shown to this model"
                self.dropped.append(Dropped(f"{path}.{name}", reason))
        calls = tool_uses(message, self._ids, path)
        blocks = woven(message, self._family, calls, path)
        if blocks is None:
            texts = self._content(message, path, mark=False)
            instead = spoken(message)
            if not texts and instead.strip():
                texts = [{"text": instead}]
            return self._marked([*texts, *calls], message.cache_control)
        markers = [part.cache_control for part in message.parts if part.cache_control]
        return self._marked(blocks, message.cache_control or (markers[-1] if markers else None))

    def _marked(self, blocks: list[Block], control: dict[str, Any] | None) -> list[Block]:
        """Puts a cache point at the end, but not after a thought."""
        end = len(blocks)
        while end and "reasoningContent" in blocks[end - 1]:
            end -= 1
        return [*blocks[:end], *(self._cache_point(control) if end else []), *blocks[end:]]

    def _content(self, message: Message, path: str, *, mark: bool = True) -> list[Block]:
        blocks: list[Block] = []
        for place, part in enumerate(message.parts):
            if block := self._blocks.of(part, f"{path}.content[{place}]"):
                blocks += [block, *self._cache_point(part.cache_control)]
        return blocks + (self._cache_point(message.cache_control) if blocks and mark else [])

    def _result(self, message: Message, path: str) -> list[Block]:
        parts = message.parts
        text_only = all(part.type == "text" for part in parts)
        json = _object(message.text) if self._family.json_results and text_only else None
        found = (self._blocks.of(part, f"{path}.content[{place}]") for place, part in enumerate(parts))
        blocks = [{"json": json}] if json else [block for block in found if block]
        if not blocks and not self._family.claude:
            reason = f"a blank result is not taken by this model; '{_NOTHING}' was sent"
            self.dropped.append(Dropped(f"{path}.content", reason))
            blocks = [{"text": _NOTHING}]
        result = {"toolUseId": self._ids.result(message.tool_call_id or ""), "content": blocks}
        markers = [part.cache_control for part in parts if part.cache_control]
        control = message.cache_control or (markers[-1] if markers else None)
        return [{"toolResult": result}, *self._cache_point(control)]

    def _cache_point(self, control: dict[str, Any] | None) -> list[Block]:
        return [cache_point(control, self._family)] if control and self._caching else []

    def _trim_prefill(self) -> None:
        """Claude refuses to go on after white space."""
        last = next(block for block in reversed(self.messages[-1]["content"]) if "cachePoint" not in block)
        if (
            not self.prefilled
            or not self._family.claude
            or last.get("text", "") == last.get("text", "").rstrip()
        ):
            return
        last["text"] = last["text"].rstrip()
        reason = "white space at the end of the assistant's last turn is not taken, and was cut off"
        self.dropped.append(Dropped("messages", reason))

    def _order_results(self) -> None:
        order: dict[str, int] = {}
        for turn in self.messages:
            if turn["role"] == "assistant":
                uses = [block["toolUse"] for block in turn["content"] if "toolUse" in block]
                order = {use["toolUseId"]: place for place, use in enumerate(uses)}
            else:
                turn["content"] = _results_first(turn["content"], order)

    def _part_results(self) -> None:
        parted = [part for turn in self.messages for part in _parted(turn)]
        if len(parted) > len(self.messages):
            reason = f"this model wants results of tools alone: '{_BETWEEN}' was put behind them"
            self.dropped.append(Dropped("messages", reason))
        self.messages = parted


def cache_point(control: dict[str, Any], family: Family) -> Block:
    """The block that ends a cached prefix."""
    ttl = control.get("ttl")
    kept = {"ttl": ttl} if takes_ttl(ttl, family) else {}
    return {"cachePoint": {"type": "default", **kept}}


def takes_ttl(ttl: Any, family: Family) -> bool:
    """Whether a time to live can be said."""
    return ttl in ("5m", "1h") and family.long_caches


def _named(blocks: list[Block], name: str | None) -> list[Block]:
    """Puts a speaker's name before what he says: Converse has no field for it (OpenRouter's way)."""
    if not name or not blocks:
        return blocks
    text = next((block for block in blocks if "text" in block), None)
    if text is None:
        return [{"text": f"{name}:"}, *blocks]
    text["text"] = f"{name}: {text['text']}"
    return blocks


def _results_first(blocks: list[Block], order: dict[str, int]) -> list[Block]:
    results: list[tuple[int, list[Block]]] = []
    rest: list[Block] = []
    last: list[Block] = rest
    for block in blocks:
        if "toolResult" in block:
            last = [block]
            results.append((order.get(block["toolResult"]["toolUseId"], len(order)), last))
        elif "cachePoint" in block:
            last.append(block)  # stays behind the block that it follows
        else:
            last = rest
            rest.append(block)
    results.sort(key=lambda each: each[0])
    return [block for _, group in results for block in group] + rest


def _parted(turn: dict[str, Any]) -> list[dict[str, Any]]:
    results = [block for block in turn["content"] if "toolResult" in block]
    rest = [block for block in turn["content"] if "toolResult" not in block]
    if not results or not rest:
        return [turn]
    between = {"role": "assistant", "content": [{"text": _BETWEEN}]}
    return [{"role": "user", "content": results}, between, {"role": "user", "content": rest}]


def _object(text: str) -> Raw | None:
    try:
        return Raw(text.encode()) if isinstance(msgspec.json.decode(text), dict) else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
