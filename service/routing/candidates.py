"""Who may serve a request, in which order: groups of endpoints ranked, sifted, the unwell put last. Pure."""

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum

import msgspec

from service.routing.exclusions import Exclusion, exclusions
from service.routing.needs import Needs
from service.routing.ordering import Draw, Orderer
from service.routing.rows import Row, Rows
from service.routing.wishes import Order, Wishes
from service.types.chat_request import ChatRequest
from service.types.routing_options import Percentiles as Cutoffs
from service.types.routing_options import ProviderPreferences
from service.types.upstream import Endpoint
from service.types.vitals import HealthView, Percentiles, Vitals


class Standing(IntEnum):
    """How an endpoint is doing, best first: who is worse is asked after all who are better."""

    WELL = 0
    RECOVERING = 1
    DOWN = 2
    LIMITED = 3


class Candidate(msgspec.Struct, frozen=True):
    """One endpoint that may serve the request."""

    row: Row
    place: int
    standing: Standing

    @property
    def endpoint(self) -> Endpoint:
        """Which one."""
        return self.row.endpoint


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Endpoints that are ordered among themselves; one group is asked before the next.

    `places` say which of the named models an endpoint serves, where not all serve the first; `pinned` are
    those that the caller named himself.
    """

    rows: Rows
    orders: tuple[Order, ...]
    place: int = 0
    places: dict[str, int] = {}
    pinned: frozenset[str] = frozenset()


class Sifter:
    """Ranks groups for one request at one moment.

    `admit` decides who of those that recover may go first; `limit` is how many well candidates are enough;
    `spared` is the endpoint that the caller asked for by its id, if he did: `ignore` does not mean it.
    """

    def __init__(
        self,
        request: ChatRequest,
        needs: Needs,
        wishes: Wishes,
        health: HealthView,
        *,
        now: float,
        draw: Draw,
        admit: Draw,
        limit: int | None,
        spared: str | None,
    ) -> None:
        self._request = request
        self._needs = needs
        self._wishes = wishes
        self._health = health
        self._now = now
        self._admit = admit
        self._limit = limit
        self._spared = spared
        self._orderer = Orderer(needs, health, now, draw)
        self._seen: set[str] = set()
        self.excluded: list[Exclusion] = []

    def sift(self, groups: Sequence[Group]) -> list[Candidate]:
        """All groups one after the other; who is unwell comes after all who are well."""
        found: list[Candidate] = []
        for group in groups:
            found += self._group(group)
            if self._limit is not None and _well(found) >= self._limit:
                break
        return sorted(found, key=_by_standing)

    def _group(self, group: Group) -> list[Candidate]:
        preferred: list[Candidate] = []
        others: list[Candidate] = []
        enough = self._limit
        for row in self._ranked(group):
            name = row.endpoint.id
            place = group.places.get(name, group.place)
            if name in self._seen or self._excluded(row, pinned=name in group.pinned):
                continue
            self._seen.add(name)
            standing = self._standing(self._health.vitals(name, self._now))
            candidate = Candidate(row, place, standing)
            (preferred if self._is_preferred(name) else others).append(candidate)
            if enough is not None and standing is Standing.WELL:
                enough -= 1
                if not enough:
                    break
        found = preferred + others
        if not self._wishes.alone:
            return found
        # Who is named in an order is asked in that order; else nobody is asked who is known to fail.
        return found[:1] if self._wishes.order else sorted(found, key=_by_standing)[:1]

    def _ranked(self, group: Group) -> Iterator[Row]:
        """Those whom `order` names first, in that order, then the others."""
        order = self._wishes.order
        if order is None or len(group.rows.rows) == 1:
            yield from self._ordered(group.rows, group.orders)
            return
        ranks = [order.rank(row.endpoint) for row in group.rows.rows]
        for rank in sorted({each for each in ranks if each is not None}):
            named = Rows(row for row, its in zip(group.rows.rows, ranks, strict=True) if its == rank)
            yield from self._ordered(named, group.orders)
        yield from self._ordered(
            Rows(row for row, its in zip(group.rows.rows, ranks, strict=True) if its is None), group.orders
        )

    def _ordered(self, rows: Rows, orders: tuple[Order, ...]) -> Iterator[Row]:
        for place in self._orderer.ordered(rows, orders):
            yield rows.rows[place]

    def _excluded(self, row: Row, *, pinned: bool) -> bool:
        spared = row.endpoint.id == self._spared
        reasons = exclusions(row, self._request, self._needs, self._wishes, pinned=pinned, spared=spared)
        if self._limit is None:
            found = list(reasons)
        else:
            first = next(reasons, None)
            found = [] if first is None else [first]
        self.excluded += found
        return bool(found)

    def _standing(self, vitals: Vitals) -> Standing:
        if vitals.limited_until > self._now:
            return Standing.LIMITED
        if vitals.down:
            return Standing.DOWN
        if vitals.share < 1 and self._admit() >= vitals.share:
            return Standing.RECOVERING
        return Standing.WELL

    def _is_preferred(self, endpoint: str) -> bool:
        """Whether measurements meet the soft limits of the request; what is unknown does (OpenRouter A5)."""
        wanted: ProviderPreferences = self._wishes.provider
        return _meets(
            wanted.preferred_max_latency,
            lambda: self._health.latency(endpoint, self._now),
            lambda actual, limit: actual <= limit,
        ) and _meets(
            wanted.preferred_min_throughput,
            lambda: self._health.throughput(endpoint, self._now),
            lambda actual, limit: actual >= limit,
        )


def _by_standing(candidate: Candidate) -> Standing:
    return candidate.standing


def _well(candidates: Sequence[Candidate]) -> int:
    return sum(each.standing is Standing.WELL for each in candidates)


def _meets(
    wanted: float | Cutoffs | None,
    measured: Callable[[], Percentiles | None],
    compare: Callable[[float, float], bool],
) -> bool:
    if wanted is None:
        return True
    actual = measured()
    if actual is None:
        return True
    limits = wanted if isinstance(wanted, Cutoffs) else Cutoffs(p50=wanted)
    return all(
        compare(getattr(actual, name), limit)
        for name in Cutoffs.__struct_fields__
        if (limit := getattr(limits, name)) is not None
    )
