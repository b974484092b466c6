"""What a candidate says that has no place in OpenAI's words: `provider_metadata`, under Google's names."""

from typing import Any

# Lists that a stream tells piece by piece; of all else the latest counts.
_GROWING = ("citationSources", "citations")


class Metadata:
    """Gathers the metadata of one candidate."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}
        self._parts: list[dict[str, Any]] = []
        self._changed = False

    def add(self, members: dict[str, Any]) -> None:
        """Takes members of the candidate; objects are joined."""
        for name, value in members.items():
            known: Any = self._known.get(name)
            both = isinstance(known, dict) and isinstance(value, dict)
            self._known[name] = _joined(known, value) if both else value
            self._changed = True

    def add_part(self, index: int, members: dict[str, Any]) -> None:
        """Takes what stands on a part besides its content."""
        if members:
            self._parts.append({"partIndex": index, **members})
            self._changed = True

    def take(self) -> dict[str, Any] | None:
        """All of it; None if nothing is new since it was taken last."""
        if not self._changed:
            return None
        self._changed = False
        return self._known | ({"parts": list(self._parts)} if self._parts else {})


def _joined(known: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    joined = known | new
    for name in _GROWING:
        before, after = known.get(name), new.get(name)
        if isinstance(before, list) and isinstance(after, list) and before[-len(after) :] != after:
            joined[name] = before + after
    return joined
