"""Which credentials rest where: after 429, after Retry-After, after a key was refused."""

import heapq
from collections.abc import Iterator

import msgspec

_MANY = 10_000


class Rest(msgspec.Struct, frozen=True):
    """Until when a credential is left alone, in Unix seconds.

    `told` is whether the provider said so itself, `limit` whether it wanted fewer requests; else it failed.
    """

    until: float
    told: bool
    limit: bool


# A place, a key, and whether it was told: what the provider said and what was guessed end by themselves.
_Where = tuple[str, str, bool]


class _Noted(msgspec.Struct, frozen=True):
    since: float
    rest: Rest


class Rests:
    """By place (an endpoint, or a whole provider) and the credential's fingerprint; at most 10,000.

    A rest has a beginning: what was noted by a clock that was ahead does not count once it is set back.
    """

    def __init__(self) -> None:
        self._noted: dict[_Where, _Noted] = {}
        self._ends: list[tuple[float, _Where]] = []  # a heap; of rests that grew longer also their old ends
        self._lasts: dict[str, float] = {}  # when the last rest of each provider ends

    def add(self, provider: str, place: str, key: str, rest: Rest, *, since: float, now: float) -> None:
        """Notes a rest; of two that were told, and of two that were guessed, the longer one counts."""
        where = (place, key, rest.told)
        known = self._noted.get(where)
        if known is not None and known.since <= now and known.rest.until >= rest.until:
            return
        self._make_room(now)
        self._noted[where] = _Noted(since, rest)
        heapq.heappush(self._ends, (rest.until, where))
        self._lasts[provider] = max(self._lasts.get(provider, 0.0), rest.until)

    def any(self, provider: str, now: float) -> bool:
        """Whether any credential of a provider rests, at one of its endpoints or all."""
        return now < self._lasts.get(provider, 0.0)

    def of(self, provider: str, endpoint: str, key: str, now: float) -> Rest | None:
        """The rest of a credential at an endpoint or its whole provider, None when it may be used.

        What the provider said comes before what was guessed, even if that is longer.
        """
        return max(self._running(provider, endpoint, key, now), key=_told_then_until, default=None)

    def until(self, provider: str, endpoint: str, key: str, now: float) -> float:
        """When the last rest of a credential at an endpoint ends, 0 when it may be used."""
        return max((rest.until for rest in self._running(provider, endpoint, key, now)), default=0.0)

    def _running(self, provider: str, endpoint: str, key: str, now: float) -> Iterator[Rest]:
        for place in (endpoint, provider):
            for told in (True, False):
                noted = self._noted.get((place, key, told))
                if noted is not None and noted.since <= now < noted.rest.until:
                    yield noted.rest

    def _make_room(self, now: float) -> None:
        """Drops rests that are over, and if there are too many those that end first."""
        ends = self._ends
        while ends and (ends[0][0] <= now or len(self._noted) >= _MANY):
            until, where = heapq.heappop(ends)
            noted = self._noted.get(where)
            if noted is not None and noted.rest.until == until:
                del self._noted[where]
        if len(ends) > 2 * _MANY:
            self._ends = [(noted.rest.until, where) for where, noted in self._noted.items()]
            heapq.heapify(self._ends)


def _told_then_until(rest: Rest) -> tuple[bool, float]:
    return rest.told, rest.until
