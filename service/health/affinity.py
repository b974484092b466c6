"""Which endpoint holds a conversation's prompt cache."""

from collections import OrderedDict

import msgspec

_MOST = 100_000


class _Held(msgspec.Struct, frozen=True):
    endpoint: str
    at: float
    cached: bool


class Affinity:
    """The endpoints that answered last, of the newest 100,000 conversations."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def answered(self, conversation: str, endpoint: str, at: float, *, cached: bool) -> None:
        """Notes a good answer. That the endpoint was once seen to use its cache is remembered."""
        known = self._held.get(conversation)
        if known is not None:
            cached = cached or (known.cached and known.endpoint == endpoint)
            if known.at > at:
                cached = cached if known.endpoint == endpoint else known.cached
                endpoint, at = known.endpoint, known.at
            self._held.move_to_end(conversation)
        elif len(self._held) >= self._most:
            self._held.popitem(last=False)
        self._held[conversation] = _Held(endpoint, at, cached)

    def holder(self, conversation: str, now: float, seconds: float) -> tuple[str, bool] | None:
        """Who answered last within `seconds`, and whether it was seen to use its cache."""
        held = self._held.get(conversation)
        return (held.endpoint, held.cached) if held and now < held.at + seconds else None
