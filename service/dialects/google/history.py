"""An assistant's earlier turn as Google's parts, with the thoughts and signatures that belong to them.

The decoder notes for every part of Google's that an OpenAI message has no place for where it stood: its
`index` among the parts and, as `content_index`, how many characters of the content came before it. From that
the turn is put together as it was: signatures are valid only on the part they came with
(ai.google.dev/gemini-api/docs/thought-signatures).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Raw

from service.dialects import asked
from service.dialects.google.details import Detail, details_of, number
from service.dialects.google.media import check_block
from service.dialects.google.names import text_of
from service.dialects.google.platform import Platform, since
from service.errors import InvalidRequest, Violation
from service.types.message import Message, ToolCall
from service.types.upstream import Endpoint

# base64 of "skip_thought_signature_validator": what Google's page on thought signatures names for calls that
# no Gemini model made; recorded at both addresses.
FOREIGN_SIGNATURE = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
_LAST = 2**31


class _Placed(NamedTuple):
    """A part that stood after `offset` characters of the content; `covers` of them are its own text."""

    offset: int
    place: int
    part: dict[str, Any]
    covers: int = 0


class Turn:
    """What was said in one assistant turn; `media` are the parts of its images, in their order."""

    def __init__(
        self, message: Message, path: str, endpoint: Endpoint, platform: Platform, media: list[dict[str, Any]]
    ) -> None:
        self._message, self._path, self._endpoint, self._platform = message, path, endpoint, platform
        self._media = media
        self._text = message.text + (message.refusal or "") or _spoken(message)
        self._details = details_of(message)

    def parts(self) -> list[dict[str, Any]]:
        """The turn's parts. Raises `InvalidRequest` for arguments that are no JSON object."""
        placed = sorted(
            (*self._thoughts(), *self._images(), *self._calls()), key=lambda each: (each.offset, each.place)
        )
        parts: list[dict[str, Any]] = []
        cursor = 0
        for each in placed:
            offset = min(each.offset, len(self._text))
            if offset > cursor:
                parts.append({"text": self._text[cursor:offset]})
                cursor = offset
            if "text" in each.part and not each.part.get("thought"):
                each.part["text"] = self._text[cursor : offset + each.covers]
                cursor = max(cursor, min(offset + each.covers, len(self._text)))
            parts.append(each.part)
        if cursor < len(self._text):
            parts.append({"text": self._text[cursor:]})
        return parts

    def _thoughts(self) -> Iterator[_Placed]:
        calls = {call.id for call in self._message.tool_calls or ()}
        for detail in self._details:
            offset, index = number(detail, "content_index"), number(detail, "index")
            kind = detail.get("type")
            if kind == "reasoning.text":
                thought = {"text": text_of(detail.get("text")) or "", "thought": True}
                yield _Placed(offset or 0, index or 0, thought | _signed(detail.get("signature")))
            elif _is_signature(detail) and detail.get("id") not in calls and number(detail, "image") is None:
                signed = {"text": "", **_signed(detail.get("data"))}
                if len(signed) == 1:  # it told the place of a call that is no longer there
                    continue
                if offset is None:  # from another router: it signs all of the text
                    yield _Placed(0, index or 0, signed, len(self._text))
                else:
                    yield _Placed(offset, index or 0, signed, number(detail, "content_length") or 0)
            elif kind == "reasoning.server_tool_call":
                yield from self._blocks(detail)

    def _blocks(self, detail: dict[str, Any]) -> Iterator[_Placed]:
        for prefix in ("", "result_"):
            block = detail.get(f"{prefix}block")
            if isinstance(block, dict) and (self._platform.tool_blocks or not _AI_STUDIO_BLOCKS & set(block)):
                check_block(block, f"{self._path}.reasoning_details", self._endpoint, self._platform)
                offset = number(detail, f"{prefix}content_index") or 0
                yield _Placed(offset, number(detail, f"{prefix}index") or 0, dict(block))

    def _images(self) -> Iterator[_Placed]:
        told = {number(detail, "image"): detail for detail in self._details}
        for place, part in enumerate(self._media):
            detail = told.get(place, {})
            where = self._where(detail) or (len(self._text), _LAST)
            yield _Placed(*where, part | _signed(detail.get("data")))

    def _calls(self) -> Iterator[_Placed]:
        calls = self._message.tool_calls or ()
        told = {text_of(detail.get("id")): detail for detail in self._details if _is_signature(detail)}
        details = [told.get(call.id, {}) for call in calls]
        signed = any(text_of(detail.get("data")) for detail in details)
        places = [self._where(detail) for detail in details]
        # Parallel calls stand together: one without a place of its own goes with those around it.
        where = next(filter(None, places), (len(self._text), _LAST))
        for at, call in enumerate(calls):
            where = places[at] or where
            signature = details[at].get("data")
            if at == 0 and not signed and since(self._endpoint.model, 3):
                signature = FOREIGN_SIGNATURE
            part = {"functionCall": self._call(call, f"{self._path}.tool_calls[{at}]")}
            yield _Placed(*where, part | _signed(signature))

    def _where(self, detail: Detail) -> tuple[int, int] | None:
        offset, index = number(detail, "content_index"), number(detail, "index")
        return None if index is None else (len(self._text) if offset is None else offset, index)

    def _call(self, call: ToolCall, path: str) -> dict[str, Any]:
        if call.function is None:
            raise InvalidRequest([Violation(f"{path}.type", f"'{call.type}' calls have no form at Google")])
        text = call.function.arguments
        asked.arguments(call, f"{path}.function.arguments")
        # Checked above, and sent as the model wrote them.
        return {"id": call.id, "name": call.function.name, "args": Raw(text.encode()) if text.strip() else {}}


_AI_STUDIO_BLOCKS = {"toolCall", "toolResponse", "partMetadata"}


def _is_signature(detail: Detail) -> bool:
    return detail.get("type") == "reasoning.encrypted"


def _spoken(message: Message) -> str:
    """What was said aloud in an earlier turn, which Google takes back as text only."""
    return text_of((message.audio or {}).get("transcript")) or ""


def _signed(signature: Any) -> dict[str, Any]:
    return {"thoughtSignature": signature} if isinstance(signature, str) and signature else {}
