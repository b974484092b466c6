"""Mistral's answers: OpenAI's, but for content in chunks.

Thinking chunks become reasoning, with a detail for each; references become annotations. In a stream a chunk
comes in pieces: thinking that follows thinking belongs to the same chunk until that is closed.
"""

from typing import Any

from service.dialects.openai.answer import said
from service.dialects.openai.decoder import Answers
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.types.quirks import NO_QUIRKS, Quirks


class MistralAnswers(Answers):
    """Reads one answer's JSON objects."""

    def __init__(self, provider: str, quirks: Quirks = NO_QUIRKS, request: ChatRequest | None = None) -> None:
        super().__init__(provider, quirks, request)
        self._contents: dict[int, _Content] = {}

    def read(self, answer: dict[str, Any], *, whole: bool) -> Chunk:
        """Reads an object, which it takes apart. Raises `ProviderError` or a shape error."""
        for place, choice in enumerate(answer.get("choices") or ()):
            message = said(choice, whole=whole)
            content = self._contents.setdefault(choice.get("index", place), _Content())
            content.take(message, choice, whole=whole)
            for call in message.get("tool_calls") or ():
                if call and call.get("id") == "null":  # how the SDK spells an id that is missing
                    call["id"] = None
        usage = answer.get("usage") or {}
        chunk = super().read(answer, whole=whole)
        tier = usage.get("service_tier")
        chunk.service_tier = chunk.service_tier or (tier if isinstance(tier, str) else None)
        return chunk


class _Content:
    """The content of one choice so far."""

    def __init__(self) -> None:
        self._chars = 0
        self._blocks = 0  # thinking chunks begun
        self._thinking = False  # whether the last one is still open
        self._others: list[Any] = []

    def take(self, message: dict[str, Any], choice: dict[str, Any], *, whole: bool) -> None:
        """Turns the chunks of a message, or of the pieces of one, into the members that OpenAI has."""
        chunks = message.get("content")
        if isinstance(chunks, str):
            self._text(chunks)
        if not isinstance(chunks, list):
            return
        text, details, annotations, images = "", [], [], []
        for chunk in filter(None, chunks):
            match chunk.get("type", "text"):
                case "text":
                    text += chunk["text"]
                    self._text(chunk["text"])
                case "thinking":
                    details.append(self._detail(chunk))
                    annotations += [_cited(piece, self._chars) for piece in _references(chunk)]
                    self._thinking = not whole and not chunk.get("closed")
                case "reference" | "tool_reference":
                    annotations.append(_cited(chunk, self._chars))
                case "image_url":
                    url = chunk["image_url"]
                    image = url if isinstance(url, dict) else {"url": url}
                    images.append({"type": "image_url", "image_url": image})
                case _:
                    self._others.append(chunk)
                    choice["provider_metadata"] = {"content": [*self._others]}
        thoughts = "".join(detail["text"] for detail in details)
        message["content"] = text or None
        message["reasoning"] = thoughts or None
        message["reasoning_details"] = details or None
        message["annotations"] = annotations or None
        message["images"] = images or None

    def _text(self, text: str) -> None:
        self._chars += len(text)
        self._thinking = self._thinking and not text

    def _detail(self, chunk: dict[str, Any]) -> dict[str, Any]:
        if not self._thinking:
            self._blocks += 1
        pieces = chunk.get("thinking") or ()
        text = pieces if isinstance(pieces, str) else "".join(piece.get("text") or "" for piece in pieces)
        signature = {"signature": chunk["signature"]} if chunk.get("signature") else {}
        index = self._blocks - 1
        return {"type": "reasoning.text", "text": text, **signature, "format": "unknown", "index": index}


def _references(chunk: dict[str, Any]) -> list[dict[str, Any]]:
    pieces = chunk.get("thinking")
    return [each for each in pieces if each.get("type") != "text"] if isinstance(pieces, list) else []


def _cited(chunk: dict[str, Any], place: int) -> dict[str, Any]:
    """A reference stands behind the text that it is for."""
    where = {"start_index": place, "end_index": place}
    if url := chunk.get("url"):
        cited = {"url": url, "title": chunk.get("title") or "", **where}
        return {"type": "url_citation", "url_citation": cited}
    said = {name: value for name, value in chunk.items() if name != "type"}
    return {"type": "file_citation", "file_citation": {**said, **where}}
