"""The parts of one candidate, whole or piece by piece, to the members of a delta.

What Google says beyond OpenAI's words goes into `reasoning_details`: thoughts, signatures and the tools that
Google ran itself, each with the place where it stood, so that `history` can put the turn together again. What
has no signature and stands before something else has its place told by a detail without data.
"""

from collections.abc import Collection, Sequence
from typing import Any

from service.dialects.google.calls import Calls
from service.dialects.google.details import FORMAT
from service.dialects.google.gathered import Gathered
from service.dialects.google.metadata import Metadata
from service.dialects.google.names import text_of
from service.dialects.google.server_tools import ServerTools
from service.dialects.google.speech import Speech, standard_base64
from service.types.chunk import ToolCallDelta

_NO_PLACE = ("text", "thought", "thoughtSignature", "functionCall", "inlineData", "audioTranscription")
_BLOB = ("mimeType", "data")


class Parts:
    """Everything that came in the parts of one candidate so far."""

    def __init__(self, choice: int, known: Collection[str], metadata: Metadata) -> None:
        self.usable = False  # whether there is anything that a caller could use: thoughts are not
        self.starts: list[int] = []  # where in the content Google's parts begin
        self._calls = Calls(choice, known)
        self._server_tools = ServerTools()
        self._speech = Speech()
        self._metadata = metadata
        self._content: list[str] = []
        self._length = 0
        self._block = -1  # the index of the latest part that has one
        self._latest = ""  # the kind of the latest part
        self._thinking = False  # whether the latest part is a thought that may go on
        self._images = 0
        self._unplaced: list[dict[str, Any]] = []  # details of what stands last, which need no telling yet
        self._signed_call = False  # whether a call that stands with the next one was signed
        self._told_call = False  # whether the place of a call was told

    @property
    def content(self) -> str:
        """The text so far."""
        self._content = ["".join(self._content)]
        return self._content[0]

    @property
    def calls(self) -> bool:
        """Whether the caller has something to run."""
        return self._calls.count > 0

    def read(self, parts: Sequence[dict[str, Any]], out: Gathered) -> None:
        """Takes the parts of the next piece."""
        for place, part in enumerate(parts):
            self._count(part, goes_on=place == 0)
            self._part(part, out)

    def end(self, out: Gathered) -> None:
        """What waited for more that does not come: sound, and a call that was cut off."""
        if rest := self._speech.end():
            out.sound.append(rest)
        if call := self._calls.end():
            self._called(call, None, out)

    def _count(self, part: dict[str, Any], *, goes_on: bool) -> None:
        """Notes where a part begins; the first of a piece may be more of the text that came last."""
        text = isinstance(part.get("text"), str)
        kind = "thought" if text and part.get("thought") else "text" if text else ""
        if not (goes_on and kind and kind == self._latest):
            self.starts.append(self._length)
        self._latest = kind

    def _part(self, part: dict[str, Any], out: Gathered) -> None:
        signature = text_of(part.get("thoughtSignature"))
        if isinstance(said := part.get("audioTranscription"), dict):
            self._transcribed(said, out)
        if isinstance(text := part.get("text"), str):
            if part.get("thought"):
                self._thought(text, signature, out)
            else:
                self._text(text, signature, out)
        elif isinstance(call := part.get("functionCall"), dict):
            self._call(call, signature, out)
        elif isinstance(blob := part.get("inlineData"), dict) and not part.get("thought"):
            self._blob(blob, signature, out)
        elif part.keys() - {"audioTranscription"}:
            self._next(out)
            out.details.append(self._server_tools.read(part, self._block, self._length))
            self.usable |= not part.get("thought") and any(isinstance(each, dict) for each in part.values())
            return
        self._note({name: value for name, value in part.items() if name not in _NO_PLACE})

    def _thought(self, text: str, signature: str | None, out: Gathered) -> None:
        begins = not self._thinking
        if begins:
            self._next(out)
        detail = {"type": "reasoning.text", "text": text} | ({"signature": signature} if signature else {})
        # Where it stands is said once: there are clients that join whatever comes in pieces.
        out.details.append(detail | (self._place() if begins else {"index": self._block}))
        out.reasoning.append(text)
        # A signature closes the part that it stands on.
        self._thinking = not signature

    def _text(self, text: str, signature: str | None, out: Gathered) -> None:
        if signature:
            self._next(out)
            out.details.append(self._signed(signature, content_length=len(text)))
        elif text:
            self._tell_places(out)
            self._thinking = False
        if text:
            out.content.append(text)
            self._content.append(text)
            self._length += len(text)
            self.usable = True

    def _call(self, piece: dict[str, Any], signature: str | None, out: Gathered) -> None:
        if not self._calls.open:
            self._next(out, call=True)
        self._calls.signature = signature or self._calls.signature
        if call := self._calls.read(piece):
            self._called(call, self._calls.signature, out)

    def _called(self, call: ToolCallDelta, signature: str | None, out: Gathered) -> None:
        out.calls.append(call)
        self.usable = True
        signature = signature or self._calls.signature
        self._calls.signature = None
        detail = self._signed(signature or "", id=call.id)
        if signature:
            out.details.append(detail)
            # Calls stand together: those before this one stand before it in the echo too.
            self._unplaced, self._signed_call, self._told_call = [], True, True
        elif not self._signed_call:
            # One of which nothing is told would be taken to stand with the calls before it.
            (out.details if self._told_call else self._unplaced).append(detail)

    def _blob(self, blob: dict[str, Any], signature: str | None, out: Gathered) -> None:
        kind = text_of(blob.get("mimeType")) or ""
        self._next(out)
        self.usable = True
        if kind.lower().startswith("audio/"):
            out.sound.append(self._speech.take(blob.get("data") or ""))
            # L16 is OpenAI's pcm16: 16-bit samples without a header, the rate in the media type.
            form = "pcm16" if kind.lower().startswith(("audio/l16", "audio/pcm")) else kind[6:]
            out.audio = {"format": form, "mime_type": kind}
        elif kind.lower().startswith("image/"):
            self._image(f"data:{kind};base64,{standard_base64(blob.get('data') or '')}", signature, out)
        else:
            self._note({"inlineData": blob})
            return
        rest = {name: value for name, value in blob.items() if name not in _BLOB}
        self._note({"inlineData": rest} if rest else {})

    def _image(self, url: str, signature: str | None, out: Gathered) -> None:
        out.images.append({"type": "image_url", "image_url": {"url": url}, "index": self._images})
        detail = self._signed(signature or "", image=self._images)
        self._images += 1
        if signature:
            out.details.append(detail)
        else:
            self._unplaced.append(detail)

    def _transcribed(self, said: dict[str, Any], out: Gathered) -> None:
        if text := text_of(said.get("text")):
            out.transcript.append(text)
            self.usable = True
        rest = {name: value for name, value in said.items() if name != "text"}
        self._note({"audioTranscription": rest} if rest else {})

    def _note(self, members: dict[str, Any]) -> None:
        self._metadata.add_part(len(self.starts) - 1, members)

    def _signed(self, signature: str, **what: Any) -> dict[str, Any]:
        """A signature; `id` is the call's, `image` the image's that it stands on, or it is on text."""
        return {"type": "reasoning.encrypted", "data": signature, "id": None, **what, **self._place()}

    def _place(self) -> dict[str, Any]:
        return {"format": FORMAT, "index": self._block, "content_index": self._length}

    def _next(self, out: Gathered, *, call: bool = False) -> None:
        if not (call and all(detail["id"] for detail in self._unplaced)):
            self._tell_places(out)
        if not call:
            self._signed_call = False
        self._block += 1
        self._thinking = False

    def _tell_places(self, out: Gathered) -> None:
        """What stood last until now is followed by something, and needs its place."""
        out.details += self._unplaced
        self._told_call |= any(detail["id"] for detail in self._unplaced)
        self._unplaced, self._signed_call = [], False
