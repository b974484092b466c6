"""Citations that vendors put beside the choices, told as annotations.

xAI and Perplexity have a list of URLs, `citations`, and Perplexity `search_results` with titles; Z.AI has
`web_search`. Source: their API references. The lists stay where they stood, too.
"""

from collections.abc import Iterator
from typing import Any

from service.types.chunk import Chunk, ChunkChoice, Delta


class Citations:
    """What one answer has cited so far: Perplexity's streams repeat the lists in every chunk."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, chunk: Chunk) -> None:
        """Adds annotations to the first choice for URLs that no annotation has named yet."""
        for choice in chunk.choices:
            self._told.update(filter(None, map(_url, choice.delta.annotations or ())))
        new = [cited for cited in _listed(chunk.extra) if self._is_new(cited["url"])]
        if not new:
            return
        if not chunk.choices:
            chunk.choices.append(ChunkChoice(index=0, delta=Delta()))
        delta = chunk.choices[0].delta
        delta.annotations = [
            *(delta.annotations or ()),
            *({"type": "url_citation", "url_citation": cited} for cited in new),
        ]

    def _is_new(self, url: str) -> bool:
        known = url in self._told
        self._told.add(url)
        return not known


def _url(annotation: Any) -> str | None:
    cited = annotation.get("url_citation") if isinstance(annotation, dict) else None
    url = cited.get("url") if isinstance(cited, dict) else None
    return url if isinstance(url, str) else None


def _listed(extra: dict[str, Any]) -> list[dict[str, str]]:
    found = {cited["url"]: cited for name in ("search_results", "web_search") for cited in _in(extra, name)}
    cited = list(_in(extra, "citations"))
    # What was found is what was cited only where nothing else says so.
    return [found.get(each["url"], each) for each in cited] or list(found.values())


def _in(extra: dict[str, Any], name: str) -> Iterator[dict[str, str]]:
    values = extra.get(name)
    for value in values if isinstance(values, list) else ():
        members = value if isinstance(value, dict) else {"url": value}
        url = members.get("url") or members.get("link")
        if isinstance(url, str):
            title = members.get("title")
            yield {"url": url, "title": title} if isinstance(title, str) else {"url": url}
