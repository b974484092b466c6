"""What chat messages carry beyond the common view: members that only this vendor's answers have.

They stood on our answers and come back when a client echoes a message as it was; see `turns`.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.dialects import asked
from service.types.chat_request import ChatRequest


class FunctionMore(msgspec.Struct, frozen=True):
    """Beside a function's name and arguments: where the tool was found, and who called it."""

    namespace: str | None = None
    caller: dict[str, Any] | None = None
    asynchronous: bool | None = msgspec.field(default=None, name="async")

    @property
    def members(self) -> dict[str, Any]:
        """The members of a call item."""
        named = {"namespace": self.namespace, "caller": self.caller, "async": self.asynchronous}
        return {name: value for name, value in named.items() if value is not None}


class CustomCall(FunctionMore, frozen=True, kw_only=True):
    """A call of a custom tool, whose input is free text."""

    name: str
    input: str


class CallMore(msgspec.Struct, frozen=True):
    """A tool call: `custom` goes with type `custom`, `item` with the vendor's own types of calls."""

    function: FunctionMore | None = None
    custom: CustomCall | None = None
    item: dict[str, Any] | None = None


class PartMore(msgspec.Struct, frozen=True):
    """A content part; OpenAI takes an explicit cache breakpoint on it."""

    prompt_cache_breakpoint: dict[str, Any] | None = None


class MessageItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of an answer of several items: its place among them and the length of its text."""

    id: str
    index: int
    length: Annotated[int, Meta(ge=0)]
    phase: str | None = None


class MessageMore(msgspec.Struct, frozen=True):
    """A message."""

    content: str | list[PartMore] | None = None
    phase: str | None = None
    message_items: list[MessageItem] | None = None
    tool_calls: list[CallMore] | None = None

    def part(self, place: int) -> PartMore:
        """The part at this place, empty if the content is no list."""
        return self.content[place] if isinstance(self.content, list) else PartMore()

    def call(self, place: int) -> CallMore:
        """The tool call at this place."""
        return self.tool_calls[place] if self.tool_calls else CallMore()


def messages_of(request: ChatRequest) -> list[MessageMore]:
    """Reads the messages once more. Raises `InvalidRequest` for members of another type, by their paths."""
    return asked.read(request.members["messages"], list[MessageMore], "messages")
