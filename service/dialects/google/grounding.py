"""Sources of an answer as annotations: `groundingMetadata` and `citationMetadata`.

Google counts in bytes of UTF-8 from the beginning of a part, and of a text whose beginning differs between
its tools; the text of a segment says where it really is. In a stream the sources come before, with or after
the text that they are for: so all are gathered, and told at the end.
Source: `google.genai.types.Segment`, `GroundingChunk`, `Citation`; recorded answers.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from service.dialects.google.names import text_of

Annotation = dict[str, Any]
_key = msgspec.json.Encoder().encode


class Sources:
    """The sources of one candidate; each is told once."""

    def __init__(self) -> None:
        self._chunks: list[dict[str, Any]] = []  # what the indices of supports mean
        self._waiting: list[dict[str, Any]] = []  # supports whose chunks have not come yet
        self._supports: list[tuple[dict[str, Any], dict[str, Any]]] = []  # segments and chunks
        self._listed: list[dict[str, Any]] = []
        self._citations: list[dict[str, Any]] = []
        self._cited: set[bytes] = set()
        self._told: set[bytes] = set()

    def add(self, candidate: dict[str, Any]) -> None:
        """Takes what the next piece of the candidate names."""
        grounding = candidate.get("groundingMetadata") or {}
        if chunks := grounding.get("groundingChunks"):
            self._chunks = chunks
            self._listed += chunks
        self._waiting += grounding.get("groundingSupports") or ()
        if self._chunks and self._waiting:
            for support in self._waiting:
                for index in support.get("groundingChunkIndices") or ():
                    if 0 <= index < len(self._chunks):
                        self._supports.append((support.get("segment") or {}, self._chunks[index]))
            self._waiting = []
        citations = candidate.get("citationMetadata") or {}
        # The API's name for them is `citationSources` at AI Studio and `citations` at Vertex AI.
        self._citations += citations.get("citationSources") or citations.get("citations") or ()

    def take(self, content: str, parts: Sequence[int]) -> list[Annotation]:
        """What has not been told yet; `parts` are the places in `content` where Google's parts begin."""
        if not (self._supports or self._listed or self._citations):
            return []
        new = []
        for annotation in self._annotations(_Places(content, parts)):
            key = _key(annotation)
            if key not in self._told:
                self._told.add(key)
                new.append(annotation)
        self._supports, self._listed, self._citations = [], [], []
        return new

    def _annotations(self, places: "_Places") -> Iterator[Annotation]:
        for segment, chunk in self._supports:
            self._cited.add(_key(chunk))
            yield _annotation(chunk, places.span(segment))
        for chunk in self._listed:
            if _key(chunk) not in self._cited:
                yield _annotation(chunk, {})
        for citation in self._citations:
            yield _citation(citation, places.span(citation))


class _Places:
    """Where segments are in a text, in characters."""

    def __init__(self, text: str, parts: Sequence[int]) -> None:
        self._text, self._parts = text, parts
        # How many bytes stand before each character, and before the end; each its place if all are ASCII.
        self._bytes: Sequence[int] = (
            range(len(text) + 1) if text.isascii() else list(accumulate(map(_width, text), initial=0))
        )

    def span(self, segment: dict[str, Any]) -> dict[str, int]:
        """The characters that a segment names; nothing if it cannot be found in the text."""
        start, end = _number(segment.get("startIndex")) or 0, _number(segment.get("endIndex"))
        if end is None:
            return {}
        text = text_of(segment.get("text"))
        for base in self._bases(segment):
            if start <= end <= self._bytes[-1] - base:
                first, last = bisect_left(self._bytes, base + start), bisect_left(self._bytes, base + end)
                if text is None or self._text[first:last] == text:
                    return {"start_index": first, "end_index": last}
        found = self._text.find(text) if text else -1
        return {"start_index": found, "end_index": found + len(text)} if text and found >= 0 else {}

    def _bases(self, segment: dict[str, Any]) -> Iterator[int]:
        part = _number(segment.get("partIndex"))
        if part is not None and part < len(self._parts):
            yield self._bytes[self._parts[part]]
        yield 0


def _annotation(chunk: dict[str, Any], span: dict[str, int]) -> Annotation:
    for kind, source in chunk.items():
        if not isinstance(source, dict):
            continue
        url = text_of(source.get("uri")) or text_of(source.get("sourceUri"))
        if kind == "image":
            url = text_of(source.get("sourceUri")) or text_of(source.get("imageUri"))
        if url:
            return _url_citation(url, span, title=source.get("title"), content=source.get("text"))
    source = next((each for each in chunk.values() if isinstance(each, dict)), {})
    return {"type": "file_citation", "file_citation": {**source, **span}}


def _citation(citation: dict[str, Any], span: dict[str, int]) -> Annotation:
    if url := text_of(citation.get("uri")):
        return _url_citation(url, span, title=citation.get("title"))
    return {"type": "file_citation", "file_citation": {**citation, **span}}


def _url_citation(url: str, span: dict[str, int], **cited: Any) -> Annotation:
    known = {name: value for name, value in cited.items() if isinstance(value, str)}
    return {"type": "url_citation", "url_citation": {"url": url, **known, **span}}


def _width(character: str) -> int:
    """Its bytes in UTF-8 (RFC 3629)."""
    code = ord(character)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
