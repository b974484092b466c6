"""Sources of an answer as annotations: `groundingMetadata` and `citationMetadata`.

Google counts in bytes of UTF-8, and of a text whose beginning differs between its tools; the text of a
segment says where it really is.
Source: `google.genai.types.Segment`, `GroundingChunk`, `Citation`; recorded answers.
"""

from collections.abc import Iterator
from typing import Any

Annotation = dict[str, Any]


def annotations(candidate: dict[str, Any], content: str) -> Iterator[Annotation]:
    """The sources that one candidate names; `content` is its text so far."""
    grounding = candidate.get("groundingMetadata") or {}
    chunks = grounding.get("groundingChunks") or []
    cited: set[int] = set()
    for support in grounding.get("groundingSupports") or ():
        span = _span(support.get("segment") or {}, content)
        for index in support.get("groundingChunkIndices") or ():
            if 0 <= index < len(chunks):
                cited.add(index)
                yield _annotation(chunks[index], span)
    for index, chunk in enumerate(chunks):
        if index not in cited:
            yield _annotation(chunk, {})
    citations = candidate.get("citationMetadata") or {}
    # The API's name for them is `citationSources` at AI Studio and `citations` at Vertex AI.
    for citation in citations.get("citationSources") or citations.get("citations") or ():
        yield _citation(citation, content)


def _annotation(chunk: dict[str, Any], span: dict[str, int]) -> Annotation:
    for kind, source in chunk.items():
        if not isinstance(source, dict):
            continue
        url = source.get("uri") or source.get("sourceUri")
        if kind == "image":
            url = source.get("sourceUri") or source.get("imageUri")
        if url:
            cited = {"url": url, "title": source.get("title"), "content": source.get("text")}
            return _url_citation(cited, span)
    source = next((each for each in chunk.values() if isinstance(each, dict)), {})
    return {"type": "file_citation", "file_citation": {**source, **span}}


def _citation(citation: dict[str, Any], content: str) -> Annotation:
    span = _span(citation, content)
    if url := citation.get("uri"):
        return _url_citation({"url": url, "title": citation.get("title")}, span)
    return {"type": "file_citation", "file_citation": {**citation, **span}}


def _url_citation(cited: dict[str, Any], span: dict[str, int]) -> Annotation:
    known = {name: value for name, value in cited.items() if value is not None}
    return {"type": "url_citation", "url_citation": {**known, **span}}


def _span(segment: dict[str, Any], content: str) -> dict[str, int]:
    """The characters that a segment names; nothing if it cannot be found in the text."""
    if "endIndex" not in segment:
        return {}
    data = content.encode()
    start, end = segment.get("startIndex", 0), segment["endIndex"]
    text = segment.get("text")
    if 0 <= start <= end <= len(data):
        before, named = data[:start].decode("utf-8", "replace"), data[start:end].decode("utf-8", "replace")
        if text is None or named == text:
            return {"start_index": len(before), "end_index": len(before) + len(named)}
    found = content.find(text) if text else -1
    return {"start_index": found, "end_index": found + len(text)} if text and found >= 0 else {}
