"""What conditions read of a request: its metadata, `messages`, `user`, `model`, `now`. Pure (Inworld 4.3).

Beyond what is documented, `metadata` is all metadata at once, for keys that are no identifiers.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from service.routing.saved.costs import Size, whole
from service.types.chat_request import ChatRequest
from service.types.message import Message

MAX_CHARACTERS = 16_384
"""Of one variable but `messages`."""
MAX_VALUES = 1_024
"""In one variable but `messages`."""
MAX_DEPTH = 16
MAX_MESSAGES = 10_000
"""The CEL library turns no more often."""

OWN = frozenset({"messages", "user", "model", "now"})
"""The variables that hide metadata of the same names."""

METADATA = "metadata"
"""The variable of all metadata; metadata of that name hides it."""

_VALUES_OF_MESSAGE = 5
_VALUES_OF_CALL = 9


class TooLargeError(Exception):
    """A value is not for conditions; the text says why."""


class Facts:
    """The variables of one request, each made when it is first asked for.

    `known` are their values by name, `sizes` how large they are, `unknown` why others have none. `now` is in
    Unix seconds.
    """

    def __init__(self, request: ChatRequest, now: float) -> None:
        self._request = request
        self._now = now
        self.known: dict[str, Any] = {}
        self.sizes: dict[str, Size] = {}
        self.unknown: dict[str, str] = {}

    def learn(self, names: Iterable[str]) -> bool:
        """Makes variables, if they are not there yet; tells whether any was new."""
        before = len(self.known)
        for name in names:
            if name not in self.known and name not in self.unknown:
                try:
                    self.known[name], self.sizes[name] = self._value(name)
                except TooLargeError as error:
                    self.unknown[name] = str(error)
        return len(self.known) > before

    def _value(self, name: str) -> tuple[Any, Size]:
        body = self._request.body
        match name:
            case "messages":
                return _messages(body.messages)
            case "now":
                return datetime.fromtimestamp(self._now, UTC), whole(0, 1)
            case "user":
                return _checked(body.user or "", name)
            case "model":
                return _checked(body.model, name)
        metadata = metadata_of(self._request)
        if name == METADATA and name not in metadata:
            return _checked(metadata, METADATA)
        if name not in metadata:
            raise TooLargeError(f"the request's metadata has no '{name}'")
        return _checked(metadata[name], f"metadata.{name}")


def metadata_of(request: ChatRequest) -> dict[str, Any]:
    """The metadata that conditions read: that of `extra_body`; without it, that at top level."""
    metadata = request.routing.metadata
    return (request.body.metadata if metadata is None else metadata) or {}


def _checked(value: Any, place: str) -> tuple[Any, Size]:
    """A copy that the CEL library can take over. Raises `TooLargeError`."""
    meter = _Meter(place)
    return meter.copy(value, MAX_DEPTH), whole(meter.characters, meter.values)


class _Meter:
    """Copies a JSON value and measures it."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.characters = 0
        self.values = 0

    def copy(self, value: Any, depth: int) -> Any:
        self._count(value)
        if not depth:
            raise TooLargeError(f"{self._place} is nested more than {MAX_DEPTH} deep")
        match value:
            case dict():
                return {self._key(key): self.copy(each, depth - 1) for key, each in value.items()}
            case list():
                return [self.copy(each, depth - 1) for each in value]
            case int() if not -(2**63) <= value < 2**63:
                return self._float(value)
            case _:
                return value

    def _key(self, key: str) -> str:
        self._count(key)
        return key

    def _count(self, value: Any) -> None:
        self.values += 1
        if isinstance(value, str):
            self.characters += len(value)
        if self.characters > MAX_CHARACTERS or self.values > MAX_VALUES:
            raise TooLargeError(
                f"{self._place} holds more than {MAX_CHARACTERS} characters or {MAX_VALUES} values"
            )

    def _float(self, value: int) -> float:
        """CEL's integers have 64 bits."""
        try:
            return float(value)
        except OverflowError:
            raise TooLargeError(f"{self._place} is a number that is too large") from None


def _messages(messages: list[Message]) -> tuple[list[dict[str, Any]], Size]:
    if len(messages) > MAX_MESSAGES:
        raise TooLargeError(f"there are more than {MAX_MESSAGES} messages")
    made = []
    characters = values = widest = deepest = 0
    for message in messages:
        turn: dict[str, Any] = {"role": message.role, "content": message.text}
        size, count = len(turn["content"]) + len(message.role), _VALUES_OF_MESSAGE
        for name in ("name", "tool_call_id"):
            if (text := getattr(message, name)) is not None:
                turn[name] = text
                size, count = size + len(text), count + 2
        if message.tool_calls:
            turn["tool_calls"] = calls = [
                {
                    "id": call.id,
                    "type": call.type,
                    "function": {
                        "name": call.function.name if call.function else "",
                        "arguments": call.function.arguments if call.function else "",
                    },
                }
                for call in message.tool_calls
            ]
            count += 2 + _VALUES_OF_CALL * len(calls)
            size += sum(
                len(call.id)
                + len(call.type)
                + (len(call.function.name) + len(call.function.arguments) if call.function else 0)
                for call in message.tool_calls
            )
        made.append(turn)
        characters, values = characters + size, values + count
        widest, deepest = max(widest, size), max(deepest, count)
    return made, Size(characters, values + 1, len(made), widest, deepest)
