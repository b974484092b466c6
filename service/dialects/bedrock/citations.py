"""Converse's citations to annotations."""

from typing import Any


def annotation(citation: dict[str, Any], span: tuple[int, int]) -> dict[str, Any]:
    """One citation of the text between two positions in the answer.

    A page of the web is a `url_citation`; a document handed in has no URL, and keeps Converse's members.
    """
    location = citation.get("location")
    web = location.get("web") if isinstance(location, dict) else None
    web = web if isinstance(web, dict) else {}
    source = _text(citation.get("source"))
    url = _text(web.get("url")) or (source if source.startswith(("http://", "https://")) else "")
    place = {"start_index": span[0], "end_index": span[1]}
    if not url:
        return {"type": "file_citation", "file_citation": {**citation, **place}}
    pieces = citation.get("sourceContent")
    cited = "".join(_text(each.get("text")) for each in _objects(pieces))
    content = {"content": cited} if cited else {}
    title = _text(citation.get("title")) or _text(web.get("domain"))
    return {"type": "url_citation", "url_citation": {"url": url, "title": title, **content, **place}}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
