"""One candidate, whole or piece by piece, to a choice.

What Google says beyond OpenAI's words goes into `reasoning_details`: thoughts, signatures and the tools that
Google ran itself, each with the place where it stood, so that `history` can put the turn together again; and
into `provider_metadata`, under Google's names.
"""

from collections.abc import Collection
from typing import Any

from service.dialects.google.calls import Calls
from service.dialects.google.finish import FAILURES, UNSPECIFIED, finish_reason
from service.dialects.google.grounding import annotations
from service.dialects.google.history import FORMAT
from service.dialects.google.logprobs import logprobs_of
from service.dialects.google.names import text_of
from service.dialects.google.server_tools import ServerTools
from service.dialects.google.speech import Speech
from service.types.chunk import ChunkChoice, Delta

# Members of a candidate that have a place of their own.
_PLACED = frozenset({"content", "index", "finishReason", "logprobsResult"})
_NO_PARTS: tuple[dict[str, Any], ...] = ()


class Failed(Exception):
    """The model failed and there is nothing of an answer; says Google's reason and message."""


class Choice:
    """What came of one candidate so far."""

    def __init__(self, index: int, known: Collection[str]) -> None:
        self.index = index
        self.finished = False
        self._calls = Calls(index, known)
        self._server_tools = ServerTools()
        self._speech = Speech()
        self._content = ""
        self._block = -1  # the index of the latest part
        self._thinking = False  # whether the latest part is a thought that may go on
        self._images = 0
        self._usable = False
        self._metadata: dict[str, Any] = {}
        self._cited: list[dict[str, Any]] = []

    def read(self, candidate: dict[str, Any]) -> ChunkChoice:
        """Takes the next piece. Raises `Failed`, and a shape error for what is not Google's."""
        delta = Delta()
        for part in (candidate.get("content") or {}).get("parts") or _NO_PARTS:
            self._part(part, delta)
        choice = ChunkChoice(index=self.index, delta=delta)
        if result := candidate.get("logprobsResult"):
            choice.logprobs = logprobs_of(result)
        new = [each for each in annotations(candidate, self._content) if each not in self._cited]
        if new:
            self._cited += new
            delta.annotations = new
        self._note(candidate, choice)
        native = text_of(candidate.get("finishReason"))
        if native and native != UNSPECIFIED:
            self._finish(native, candidate.get("finishMessage"), choice)
        return choice

    @property
    def reason(self) -> str:
        """What ended an answer that does not say so."""
        return finish_reason("STOP", calls=self._calls.count > 0)

    @property
    def usable(self) -> bool:
        """Whether there is anything that a caller could use."""
        return self._usable

    def _note(self, candidate: dict[str, Any], choice: ChunkChoice) -> None:
        noted = {name: value for name, value in candidate.items() if name not in _PLACED}
        total = (candidate.get("logprobsResult") or {}).get("logProbabilitySum")
        if total is not None:
            noted["logProbabilitySum"] = total
        for name, value in noted.items():
            known: Any = self._metadata.get(name)
            both = isinstance(known, dict) and isinstance(value, dict)
            self._metadata[name] = known | value if both else value
        if noted:
            choice.extra["provider_metadata"] = dict(self._metadata)

    def _finish(self, native: str, message: Any, choice: ChunkChoice) -> None:
        delta = choice.delta
        if rest := self._speech.end():
            delta.audio = {**(delta.audio or {}), "data": ((delta.audio or {}).get("data") or "") + rest}
        if native in FAILURES and not self._usable:
            raise Failed(f"{native}: {message}" if message else native)
        choice.native_finish_reason = native
        choice.finish_reason = finish_reason(native, calls=self._calls.count > 0)
        if choice.finish_reason == "content_filter" and isinstance(message, str):
            delta.refusal = message
        self.finished = True

    def _part(self, part: dict[str, Any], delta: Delta) -> None:
        signature = text_of(part.get("thoughtSignature"))
        if isinstance(text := part.get("text"), str):
            if part.get("thought"):
                self._thought(text, signature, delta)
            else:
                self._text(text, signature, delta)
        elif isinstance(call := part.get("functionCall"), dict):
            self._call(call, signature, delta)
        elif isinstance(blob := part.get("inlineData"), dict) and not part.get("thought"):
            self._blob(blob, signature, delta)
        elif part:
            self._next()
            piece = self._server_tools.read(part, self._block, len(self._content))
            self._detail(delta, piece)
            self._usable = True

    def _thought(self, text: str, signature: str | None, delta: Delta) -> None:
        if not self._thinking:
            self._next()
        detail = {"type": "reasoning.text", "text": text} | ({"signature": signature} if signature else {})
        self._detail(delta, {**detail, "format": FORMAT, **self._place()})
        delta.reasoning = (delta.reasoning or "") + text
        # A signature closes the part that it stands on.
        self._thinking = not signature
        self._usable = True

    def _text(self, text: str, signature: str | None, delta: Delta) -> None:
        if signature:
            self._next()
            self._sign(delta, signature, content_length=len(text))
        elif text:
            self._thinking = False
        if text:
            delta.content = (delta.content or "") + text
            self._content += text
            self._usable = True

    def _call(self, piece: dict[str, Any], signature: str | None, delta: Delta) -> None:
        self._next()
        call = self._calls.read(piece)
        if call is not None:
            delta.tool_calls = [*(delta.tool_calls or ()), call]
            self._usable = True
        signature = signature or self._calls.signature
        if call is None:
            self._calls.signature = signature
        elif signature:
            self._sign(delta, signature, id=call.id)
            self._calls.signature = None

    def _blob(self, blob: dict[str, Any], signature: str | None, delta: Delta) -> None:
        kind, data = str(blob.get("mimeType") or "application/octet-stream"), blob.get("data") or ""
        self._next()
        self._usable = True
        if kind.startswith("audio/"):
            known = delta.audio or {}
            sound = (known.get("data") or "") + self._speech.take(data)
            # L16 is OpenAI's pcm16: 16-bit samples without a header, the rate in the media type.
            form = "pcm16" if kind.lower().startswith(("audio/l16", "audio/pcm")) else kind[6:]
            delta.audio = {"data": sound, "format": form, "mime_type": kind}
            return
        image = {
            "type": "image_url",
            "image_url": {"url": f"data:{kind};base64,{data}"},
            "index": self._images,
        }
        delta.images = [*(delta.images or ()), image]
        if signature:
            self._sign(delta, signature, image=self._images)
        self._images += 1

    def _sign(self, delta: Delta, signature: str, **what: Any) -> None:
        """Keeps a signature; `id` is the call's, `image` the image's that it stands on, or it is on text."""
        detail = {"type": "reasoning.encrypted", "data": signature, "id": None, **what}
        self._detail(delta, {**detail, "format": FORMAT, **self._place()})

    def _detail(self, delta: Delta, detail: dict[str, Any]) -> None:
        delta.reasoning_details = [*(delta.reasoning_details or ()), detail]

    def _place(self) -> dict[str, int]:
        return {"index": self._block, "content_index": len(self._content)}

    def _next(self) -> None:
        self._block += 1
        self._thinking = False
