"""Who may serve a request, in which order: groups of endpoints ranked, sifted, the unwell put last. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from service.routing.entries import Entry
from service.routing.exclusions import Exclusion, exclusions
from service.routing.needs import Needs
from service.routing.ordering import Draw, Orderer
from service.routing.rows import Row, Rows
from service.routing.wishes import Order, Wishes
from service.types.routing_options import Percentiles as Cutoffs
from service.types.upstream import Endpoint
from service.types.vitals import HealthView, Percentiles, Standing, standing_of


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint that may serve the request.

    `entry` is the name that it is asked by, `place` which of the named models it serves. `named` is whether
    `provider.order` names it, `preferred` whether it meets the soft limits of the request.
    """

    row: Row
    entry: Entry
    place: int
    standing: Standing
    named: bool
    preferred: bool

    @property
    def endpoint(self) -> Endpoint:
        """Which one."""
        return self.row.endpoint


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Endpoints that are ordered among themselves; one group is asked before the next.

    `entry` is the name that all of them serve, but for those in `entries`, by id. `pool` is whether they are
    one pool, whatever their names.
    """

    rows: Rows
    orders: tuple[Order, ...]
    entry: Entry
    entries: Mapping[str, Entry] = msgspec.field(default_factory=dict)
    pool: bool = False


class Sifter:
    """Ranks groups for one request at one moment.

    `admit` decides who of those that recover may go first; `limit` is how many well candidates are enough,
    None for all. `pinned` are the endpoints that the caller named by their ids, `spared` is the one that he
    asked for so, if he did: `ignore` does not mean it.
    """

    def __init__(
        self,
        needs: Needs,
        wishes: Wishes,
        health: HealthView,
        *,
        now: float,
        draw: Draw,
        admit: Draw,
        stream: bool,
        limit: int | None,
        pinned: frozenset[str],
        spared: str | None,
    ) -> None:
        self._needs = needs
        self._wishes = wishes
        self._health = health
        self._now = now
        self._admit = admit
        self._limit = limit
        self._pinned = pinned
        self._spared = spared
        self._orderer = Orderer(needs, health, now, draw, stream=stream)
        self._seen: set[str] = set()
        self.excluded: list[Exclusion] = []

    def sift(self, groups: Sequence[Group]) -> list[Candidate]:
        """All groups one after the other; who is unwell comes after all who are well."""
        found: list[Candidate] = []
        for group in groups:
            found += self._group(group)
            if self._limit is not None and sum(map(_goes_ahead, found)) >= self._limit:
                break
        return sorted(found, key=_turn)

    def one(self, groups: Sequence[Group], endpoint: str) -> Candidate | None:
        """One endpoint of the groups, if it may serve the request and was not reached."""
        for group in groups:
            for row in group.rows.rows if endpoint in group.rows.ids else ():
                if row.endpoint.id == endpoint:
                    return self._candidate(row, group)
        return None

    def _group(self, group: Group) -> list[Candidate]:
        preferred: list[Candidate] = []
        others: list[Candidate] = []
        enough = self._limit
        for row in self._ranked(group):
            candidate = self._candidate(row, group)
            if candidate is None:
                continue
            (preferred if candidate.preferred else others).append(candidate)
            if enough is not None and candidate.preferred and _goes_ahead(candidate):
                enough -= 1
                if not enough:
                    break
        found = preferred + others
        # Without fallbacks nobody is asked who is known to fail, unless he is named in an order.
        return sorted(found, key=_turn)[:1] if self._wishes.alone else found

    def _candidate(self, row: Row, group: Group) -> Candidate | None:
        name = row.endpoint.id
        entry = group.entries.get(name, group.entry)
        if name in self._seen or self._is_excluded(row, entry):
            return None
        self._seen.add(name)
        vitals = self._health.vitals(name, self._now)
        admitted = vitals.share >= 1 or self._admit() < vitals.share
        order = self._wishes.order
        return Candidate(
            row=row,
            entry=entry,
            place=0 if group.pool else entry.place,
            standing=standing_of(vitals, self._now, admitted=admitted),
            named=order is not None and order.rank(row.endpoint) is not None,
            preferred=self._is_preferred(name),
        )

    def _ranked(self, group: Group) -> Iterator[Row]:
        """Those whom `order` names first, in that order, then the others."""
        order = self._wishes.order
        if order is None or len(group.rows.rows) == 1:
            yield from self._ordered(group.rows, group.orders)
            return
        ranked: dict[int | None, list[Row]] = {}
        for row in group.rows.rows:
            ranked.setdefault(order.rank(row.endpoint), []).append(row)
        others = ranked.pop(None, [])
        for rank in sorted(rank for rank in ranked if rank is not None):
            yield from self._ordered(Rows(ranked[rank]), group.orders)
        yield from self._ordered(Rows(others), group.orders)

    def _ordered(self, rows: Rows, orders: tuple[Order, ...]) -> Iterator[Row]:
        for place in self._orderer.ordered(rows, orders):
            yield rows.rows[place]

    def _is_excluded(self, row: Row, entry: Entry) -> bool:
        name = row.endpoint.id
        reasons = exclusions(
            row, entry, self._needs, self._wishes, pinned=name in self._pinned, spared=name == self._spared
        )
        if self._limit is None:
            found = list(reasons)
        else:
            first = next(reasons, None)
            found = [] if first is None else [first]
        self.excluded += found
        return bool(found)

    def _is_preferred(self, endpoint: str) -> bool:
        """Whether measurements meet the soft limits of the request; what is unknown does (OpenRouter A5)."""
        wanted = self._wishes.provider
        return _meets(
            wanted.preferred_max_latency,
            lambda: self._health.latency(endpoint, self._now),
            lambda actual, limit: actual <= limit,
        ) and _meets(
            wanted.preferred_min_throughput,
            lambda: self._health.throughput(endpoint, self._now),
            lambda actual, limit: actual >= limit,
        )


def _turn(candidate: Candidate) -> Standing:
    """Who is worse is asked after all who are better; an order that was asked for is kept."""
    return Standing.WELL if candidate.named else candidate.standing


def _goes_ahead(candidate: Candidate) -> bool:
    return _turn(candidate) is Standing.WELL


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
