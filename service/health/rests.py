"""Which credentials rest where: after 429, after Retry-After, after a key was refused."""

import msgspec

_MANY = 10_000


class Rest(msgspec.Struct, frozen=True):
    """Until when a credential is left alone, in Unix seconds, and whether the provider said so itself."""

    until: float
    told: bool


class Rests:
    """By place (an endpoint, or a whole provider) and the credential's fingerprint."""

    def __init__(self) -> None:
        self._rests: dict[tuple[str, str], Rest] = {}
        self._last = 0.0

    def add(self, place: str, key: str, rest: Rest, now: float) -> None:
        """Notes a rest; the longer one of two counts."""
        known = self._rests.get((place, key))
        if known is not None and known.until >= rest.until:
            return
        if len(self._rests) >= _MANY:
            self._rests = {where: each for where, each in self._rests.items() if each.until > now}
            if len(self._rests) >= _MANY:
                del self._rests[next(iter(self._rests))]
        self._rests[place, key] = rest
        self._last = max(self._last, rest.until)

    def any(self, now: float) -> bool:
        """Whether anything rests at all."""
        return now < self._last

    def of(self, place: str, key: str, now: float) -> Rest | None:
        """The rest of a credential at a place, None when it may be used."""
        rest = self._rests.get((place, key))
        return rest if rest and now < rest.until else None
