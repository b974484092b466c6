"""Annotations of a text part, in chat completions' shapes.

Indices of a part's annotations count within the part; in the answer's content they count from its beginning,
so they are moved by what stands before the part.
"""

from typing import Any

# Places in the text, by the members that hold them (SDK: `ResponseOutputText.annotations`). The `index` of a
# file path is none: it counts files.
_PLACES = {
    "url_citation": ("start_index", "end_index"),
    "container_file_citation": ("start_index", "end_index"),
    "file_citation": ("index",),
}


def moved(annotation: dict[str, Any], offset: int) -> dict[str, Any]:
    """One annotation: its members nested under its type, its places moved by `offset` characters."""
    kind = str(annotation.get("type"))
    members = {name: value for name, value in annotation.items() if name != "type"}
    for name in _PLACES.get(kind, ()):
        if isinstance(members.get(name), int):
            members[name] += offset
    # Files are cited in several ways, which clients tell from each other by their members.
    shown = "file_citation" if kind == "container_file_citation" else kind
    return {"type": shown, shown: members}
