"""Converse's citations to annotations."""

from typing import Any


def annotation(citation: dict[str, Any], span: tuple[int, int]) -> dict[str, Any]:
    """One citation of the text between two positions in the answer.

    A page of the web is a `url_citation`; a document handed in has no URL, and keeps Converse's members.
    """
    web = (citation.get("location") or {}).get("web") or {}
    source = citation.get("source") or ""
    url = web.get("url") or (source if source.startswith(("http://", "https://")) else "")
    place = {"start_index": span[0], "end_index": span[1]}
    if not url:
        return {"type": "file_citation", "file_citation": {**citation, **place}}
    cited = "".join(each.get("text") or "" for each in citation.get("sourceContent") or ())
    content = {"content": cited} if cited else {}
    title = citation.get("title") or web.get("domain") or ""
    return {"type": "url_citation", "url_citation": {"url": url, "title": title, **content, **place}}
