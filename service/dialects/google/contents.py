"""The conversation as `systemInstruction` and `contents`.

- System and developer messages that begin the conversation are the system instruction. One that comes later
  is said at its place, by the user: Google has no other role for it, and moving it to the front would change
  what it refers to and undo the prompt cache. A conversation of nothing else is said by the user as a whole.
- Turns of one role that follow each other are one, but results of functions stand alone: recorded clients
  send what the user adds as a turn of its own.
- Who speaks, if a name is given, stands before the text: Google has no member for it (OpenRouter A4).
- Results stand in the order of their calls and follow them at once, whatever was said in between.
- A result that is a JSON object is sent as it is; any other is the object's `output`, the name that Google's
  reference gives it. Images in a result are parts of it since Gemini 3, and of the turn before that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from service.dialects.google.history import Turn
from service.dialects.google.media import images_of, linked, media_part
from service.dialects.google.platform import Platform, since
from service.errors import InvalidRequest, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.message import ContentPart, Message
from service.types.upstream import Endpoint

_SYSTEM = ("system", "developer")
_RESULTS = ("tool", "function")
_objects = msgspec.json.Decoder(dict[str, Raw])

Parts = list[dict[str, Any]]
Numbered = tuple[int, Message]  # its place in the request


class Conversation:
    """Translates the messages of one request."""

    def __init__(
        self, request: ChatRequest, endpoint: Endpoint, platform: Platform, media: Mapping[str, Media]
    ) -> None:
        self._endpoint, self._platform, self._media = endpoint, platform, media
        self._messages = list(enumerate(request.body.messages))
        self._contents: list[dict[str, Any]] = []
        self._names: dict[str, str] = {}  # of functions, by the ids of their calls
        self._order: dict[str, int] = {}  # of the latest turn's calls

    def body(self) -> dict[str, Any]:
        """The members of the request's body. Raises `InvalidRequest` for content that cannot be said."""
        begins = next((place for place, each in self._messages if each.role not in _SYSTEM), 0)
        system: Parts = [part for each in self._messages[:begins] for part in self._parts(*each)]
        turn: list[Numbered] = []
        for numbered in self._messages[begins:]:
            if numbered[1].role == "assistant":
                self._input(turn)
                turn = []
                self._assistant(*numbered)
            else:
                turn.append(numbered)
        self._input(turn)
        if not self._contents:
            raise InvalidRequest([Violation("messages", "must hold some content")])
        return {"contents": self._contents} | ({"systemInstruction": {"parts": system}} if system else {})

    def _input(self, turn: Sequence[Numbered]) -> None:
        """What came between two turns of the assistant."""
        results = [each for each in turn if each[1].role in _RESULTS]
        results.sort(key=lambda each: self._order.get(each[1].tool_call_id or "", len(self._order)))
        answers: Parts = []
        beside: Parts = []
        for place, message in results:
            answers.append(self._result(message, f"messages[{place}]", beside))
        if answers:
            self._contents.append({"role": "user", "parts": answers + beside})
        said = [part for each in turn if each[1].role not in _RESULTS for part in self._parts(*each)]
        if said:
            self._contents.append({"role": "user", "parts": said})

    def _assistant(self, place: int, message: Message) -> None:
        path = f"messages[{place}]"
        media: Parts = [
            linked(url, f"{path}.images[{at}].image_url.url", self._endpoint, self._platform, self._media)
            for at, url in images_of(message)
        ]
        media += [
            media_part(part, f"{path}.content[{at}]", self._endpoint, self._platform, self._media)
            for at, part in enumerate(message.parts)
            if part.type not in ("text", "refusal")
        ]
        self._order = {call.id: order for order, call in enumerate(message.tool_calls or ())}
        self._names |= {call.id: call.function.name for call in message.tool_calls or () if call.function}
        parts = Turn(message, path, self._endpoint, self._platform, media).parts()
        if not parts and message.audio:
            raise InvalidRequest([Violation(f"{path}.audio", "must have its transcript at Google")])
        if not parts:
            return
        if self._contents and self._contents[-1]["role"] == "model":
            self._contents[-1]["parts"] += parts
        else:
            self._contents.append({"role": "model", "parts": parts})

    def _parts(self, place: int, message: Message) -> Parts:
        path = f"messages[{place}]"
        given = [(at, part) for at, part in enumerate(message.parts) if part.type != "text" or part.text]
        parts = [self._part(part, f"{path}.content[{at}]") for at, part in given]
        named = next((part for part in parts if "text" in part), None) if message.name else None
        if named:
            named["text"] = f"{message.name}: {named['text']}"
        return parts

    def _part(self, part: ContentPart, path: str) -> dict[str, Any]:
        if part.type == "text":
            return {"text": part.text}
        return media_part(part, path, self._endpoint, self._platform, self._media)

    def _result(self, message: Message, path: str, beside: Parts) -> dict[str, Any]:
        call_id = message.tool_call_id or ""
        name = self._names.get(call_id) or message.name
        if name is None:
            raise InvalidRequest(
                [Violation(f"{path}.tool_call_id", f"'{call_id}' names no earlier tool call")]
            )
        media = [
            self._part(part, f"{path}.content[{at}]")
            for at, part in enumerate(message.parts)
            if part.type != "text"
        ]
        response: dict[str, Any] = {"name": name, "response": _response(message.text)}
        if call_id:
            response = {"id": call_id, **response}
        if media and since(self._endpoint.model, 3):
            response["parts"] = media
        else:
            beside += media
        return {"functionResponse": response}


def _response(text: str) -> Any:
    try:
        _objects.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"output": text}
    return Raw(text.encode())
