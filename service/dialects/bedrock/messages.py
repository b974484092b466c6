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

from service.dialects.bedrock.families import Family
from service.dialects.bedrock.history import CallIds, assembled, tool_uses
from service.dialects.bedrock.parts import Blocks
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.message import ContentPart, Message

Block = dict[str, Any]
_BEGINNING = "(The assistant begins.)"
_BETWEEN = "Understood."


class Conversation:
    """`system` and `messages` of one request; `caching` is whether cache points are set."""

    def __init__(
        self, request: ChatRequest, family: Family, media: Mapping[str, Media], *, caching: bool
    ) -> None:
        self.system: list[Block] = []
        self.messages: list[dict[str, Any]] = []
        self._family = family
        self._caching = caching
        self._blocks = Blocks(media)
        self._ids = CallIds()
        for place, message in enumerate(request.body.messages):
            self._add(message, f"messages[{place}]")
        if not self.messages:
            self.messages, self.system = [{"role": "user", "content": self.system}], []
        if self.messages[0]["role"] != "user" and not family.starts_with_assistant:
            self.messages.insert(0, {"role": "user", "content": [{"text": _BEGINNING}]})
        if request.body.cache_control:
            self.messages[-1]["content"] += self._cache_point(request.body.cache_control)
        self._order_results()
        if family.results_alone:
            self.messages = [part for turn in self.messages for part in _parted(turn)]
        self._trim_prefill()

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

    def _add(self, message: Message, path: str) -> None:
        match message.role:
            case "system" | "developer":
                self.system += self._content(message, path)
            case "assistant":
                texts = self._content(message, path)
                if message.refusal and not texts:
                    texts = [{"text": message.refusal}]
                calls = tool_uses(message, self._ids, path)
                self._turn("assistant", assembled(message, self._family, texts, calls))
            case "tool":
                result = {
                    "toolUseId": self._ids.of(message.tool_call_id or ""),
                    "content": self._result(message, path),
                }
                self._turn("user", [{"toolResult": result}, *self._cache_point(message.cache_control)])
            case _:
                blocks = self._content(message, path)
                if message.name and blocks and "text" in blocks[0]:
                    # Converse has no field for it (OpenRouter's way).
                    blocks[0] = {"text": f"{message.name}: {blocks[0]['text']}"}
                self._turn("user", blocks)

    def _turn(self, role: str, blocks: list[Block]) -> None:
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += blocks
        elif blocks:
            self.messages.append({"role": role, "content": blocks})

    def _content(self, message: Message, path: str) -> list[Block]:
        blocks: list[Block] = []
        for place, part in enumerate(message.parts):
            blocks += self._part(part, f"{path}.content[{place}]")
        return blocks + (self._cache_point(message.cache_control) if blocks else [])

    def _part(self, part: ContentPart, path: str) -> list[Block]:
        block = self._blocks.of(part, path)
        return [block, *self._cache_point(part.cache_control)] if block else []

    def _result(self, message: Message, path: str) -> list[Block]:
        if self._family.json_results and (json := _object(message.text)):
            return [{"json": json}]
        parts = enumerate(message.parts)
        blocks = (self._blocks.of(part, f"{path}.content[{place}]") for place, part in parts)
        return [block for block in blocks if block]

    def _cache_point(self, control: dict[str, Any] | None) -> list[Block]:
        return [cache_point(control, self._family)] if control and self._caching else []

    def _trim_prefill(self) -> None:
        """Claude refuses to go on after white space."""
        last = self.messages[-1]["content"][-1]
        if self.prefilled and self._family.claude and "text" in last:
            last["text"] = last["text"].rstrip()

    def _order_results(self) -> None:
        order: dict[str, int] = {}
        for turn in self.messages:
            if turn["role"] == "assistant":
                uses = [block["toolUse"] for block in turn["content"] if "toolUse" in block]
                order = {use["toolUseId"]: place for place, use in enumerate(uses)}
            else:
                turn["content"] = _results_first(turn["content"], order)


def cache_point(control: dict[str, Any], family: Family) -> Block:
    """The block that ends a cached prefix."""
    ttl = control.get("ttl")
    kept = {"ttl": ttl} if ttl in ("5m", "1h") and family.caches == "everywhere" else {}
    return {"cachePoint": {"type": "default", **kept}}


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
