"""The conversation as Anthropic wants it: instructions apart, and turns of user and assistant in alternation.

- Instructions before the first turn are the top-level `system`. Later ones become turns of role system where
  the model takes those, after the user's turn in which or before which they stand; else they join `system`.
- The results of a turn's calls go into one user turn, in the order of the calls, before what the user says.
- A conversation of instructions only is put as the user's turn, because there has to be one.
"""

from collections.abc import Mapping
from typing import Any

from service.dialects.anthropic.request_history import CallMembers, assistant_blocks
from service.dialects.anthropic.request_parts import Block, block_of
from service.dialects.anthropic.tool_ids import ToolIds
from service.errors import InvalidRequest, Violation
from service.types.media import Media
from service.types.message import Message
from service.types.upstream import Dropped

Turn = dict[str, Any]

_UNCACHEABLE = ("thinking", "redacted_thinking")


class Conversation:
    """Takes messages one by one; `system`, `turns` and `dropped` are ready after `finish`."""

    def __init__(self, media: Mapping[str, Media], *, system_turns: bool) -> None:
        self.system: list[Block] = []
        self.turns: list[Turn] = []
        self.dropped: list[Dropped] = []
        self._media = media
        self._system_turns = system_turns
        self._ids = ToolIds()
        self._results: list[Block] = []
        self._said: list[Block] = []
        self._later: list[Block] = []  # instructions for after the open user turn
        self._calls: list[str] = []  # ids of the assistant's latest calls

    def add(self, message: Message, place: int, beside_calls: CallMembers) -> None:
        """Takes the next message, with Anthropic's own members of its calls.

        Raises `InvalidRequest` for content that cannot be read.
        """
        path = f"messages[{place}]"
        match message.role:
            case "system" | "developer":
                self._instruct(self._blocks(message, path))
            case "assistant":
                self._answer(message, path, beside_calls)
            case "tool":
                self._results.append(self._result(message, path))
            case _:
                self._said += _named(self._blocks(message, path), message.name)

    def finish(self) -> None:
        """Closes the last turn. Raises `InvalidRequest` if nothing was said at all."""
        self._close_user_turn()
        if not self.turns and self.system:
            self.turns, self.system = [{"role": "user", "content": self.system}], []
        if not self.turns:
            raise InvalidRequest([Violation("messages", "must hold some content")])
        self._trim_prefill()

    @property
    def prefilled(self) -> bool:
        """Whether the last turn is the assistant's, to be gone on with."""
        return bool(self.turns) and self.turns[-1]["role"] == "assistant"

    def _instruct(self, blocks: list[Block]) -> None:
        begun = self.turns or self._said or self._results
        target = self._later if begun and self._system_turns else self.system
        target += blocks

    def _answer(self, message: Message, path: str, beside: CallMembers) -> None:
        self._close_user_turn()
        if not self.prefilled:
            self._ids.begin_turn()
        blocks = assistant_blocks(message, path, self._ids, beside)
        _cache(blocks, message.cache_control)
        if message.images:
            reason = "earlier images of the assistant cannot be shown to this provider"
            self.dropped.append(Dropped(f"{path}.images", reason))
        if not blocks:
            return
        calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
        if self.prefilled:
            self._calls += calls
            self.turns[-1]["content"] += blocks
        else:
            self._calls = calls
            self.turns.append({"role": "assistant", "content": blocks})

    def _result(self, message: Message, path: str) -> Block:
        content = self._blocks(message, path)
        result: Block = {"type": "tool_result", "tool_use_id": self._ids.answered(message.tool_call_id or "")}
        if isinstance(message.content, str):
            result["content"] = message.content
        else:
            result["content"] = content
        if message.cache_control:
            result["cache_control"] = message.cache_control
        return result

    def _blocks(self, message: Message, path: str) -> list[Block]:
        found = [
            block_of(part, f"{path}.content[{place}]", self._media)
            for place, part in enumerate(message.parts)
        ]
        blocks = [block for block in found if block is not None]
        if message.role != "tool":
            _cache(blocks, message.cache_control)
        return blocks

    def _close_user_turn(self) -> None:
        order = {call: place for place, call in enumerate(self._calls)}
        self._results.sort(key=lambda result: order.get(result["tool_use_id"], len(order)))
        content = self._results + self._said
        if content:
            self.turns.append({"role": "user", "content": content})
            self._results, self._said, self._calls = [], [], []
        if self._later and content:
            self.turns.append({"role": "system", "content": self._later})
        else:
            self.system += self._later
        self._later = []

    def _trim_prefill(self) -> None:
        """Anthropic refuses a last turn that ends in white space."""
        last = self.turns[-1]["content"][-1]
        if self.prefilled and last["type"] == "text" and last["text"] != last["text"].rstrip():
            last["text"] = last["text"].rstrip()
            reason = "white space at the end of the assistant's last turn is not taken, and was cut off"
            self.dropped.append(Dropped("messages", reason))


def _cache(blocks: list[Block], marker: dict[str, Any] | None) -> None:
    """Puts a message's own cache marker on its last block that can carry one."""
    target = next((block for block in reversed(blocks) if block["type"] not in _UNCACHEABLE), None)
    if marker and target is not None:
        target.setdefault("cache_control", marker)


def _named(blocks: list[Block], name: str | None) -> list[Block]:
    """Puts a speaker's name before what he says (OpenRouter A4: providers without the field)."""
    if name and blocks and blocks[0]["type"] == "text":
        blocks[0]["text"] = f"{name}: {blocks[0]['text']}"
    return blocks
