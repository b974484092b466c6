"""Chooses whom to ask. Pure: a request and snapshots in, a plan out."""

from collections.abc import Callable, Sequence

import msgspec

from service.errors import (
    FailedPrecondition,
    InvalidRequest,
    ModelNotFound,
    NotServed,
    RouterNotFound,
    Violation,
)
from service.providers.directory import Directory
from service.routing.candidates import Candidate, Group, Sifter
from service.routing.choice import Choice, plan_of
from service.routing.conversation import Conversation, conversation_of
from service.routing.entries import Entry, entry_of
from service.routing.explain import Explanation, explained, unrouted
from service.routing.lots import seeded
from service.routing.names import resolve, resolve_pool_entry, router_named
from service.routing.needs import Needs, needs_of
from service.routing.ordering import WORDS, Draw
from service.routing.refusals import nobody_left
from service.routing.rows import Row, Rows, row_of
from service.routing.saved.book import EMPTY, RouterBook
from service.routing.saved.compiled import CompiledRouter
from service.routing.saved.evaluation import Decision, NothingMatched, decide, untold, words_of
from service.routing.wishes import Order, Wishes, wishes_of
from service.types.chat_request import ChatRequest
from service.types.flavour import Flavour
from service.types.plan import Plan, Routed, Selection
from service.types.routing_settings import RoutingSettings
from service.types.upstream import Endpoint
from service.types.vitals import HealthView, Standing

_KEPT_ROWS = 10_000
_MEASURED = ("latency", "throughput")
_STALE_SECONDS = 60.0
_PASSED_OVER = {
    Standing.RECOVERING: "comes back only gradually",
    Standing.DOWN: "rests after failures",
    Standing.LIMITED: "has no key that may be used now",
}


class Router:
    """Plans requests over one snapshot of endpoints.

    `clock` gives Unix seconds, `draw` numbers from 0 to below 1, `book` the saved routers as they are now.
    """

    def __init__(
        self,
        directory: Directory,
        health: HealthView,
        settings: RoutingSettings,
        *,
        clock: Callable[[], float],
        draw: Draw,
        book: Callable[[], RouterBook] = lambda: EMPTY,
    ) -> None:
        self._directory = directory
        self._health = health
        self._settings = settings
        self._clock = clock
        self._draw = draw
        self._book = book
        self._rows: dict[str, Row] = {}
        self._everything: Rows | None = None

    def plan(self, request: ChatRequest, flavour: Flavour, routed: Callable[[Routed], None] = untold) -> Plan:
        """Decides whom to ask, in which order. `routed` is told where a saved router sends it, plan or not.

        Raises `ModelNotFound` for a name that leads nowhere (`RouterNotFound` for that of a saved router),
        `NoEndpoint` when nobody is left, `NotServed` for what exists in the contract alone, and what a saved
        router raises (`evaluation.decide`).
        """
        now = self._clock()
        decision, asked = None, request
        if (name := router_named(request.body.model)) is not None:
            decision = decide(self._saved(name), request, now, self._draw, routed)
            asked = decision.request
        choice = self.choose(asked, flavour, now, limit=self._settings.max_attempts, decision=decision)
        if not choice.candidates:
            raise nobody_left(self.choose(asked, flavour, now, decision=decision))
        return plan_of(choice, flavour)

    def explain(
        self, request: ChatRequest, flavour: Flavour, router: CompiledRouter | None = None
    ) -> Explanation:
        """Tells what `plan` would do and why, and changes nothing; with `router` what that one would do.

        Somebody may be left out everywhere, or no route be taken: then there is no candidate, and the reasons
        are told. Raises as `plan` does.
        """
        now = self._clock()
        if router is None and (name := router_named(request.body.model)) is not None:
            router = self._saved(name)
        decision, asked = None, request
        if router:
            try:
                decision = decide(router, request, now, self._draw)
            except NothingMatched as error:
                return unrouted(request, error)
            asked = decision.request
        choice = self.choose(asked, flavour, now, decision=decision)
        return explained(choice, self._health, now, requested=request.body.model, decision=decision)

    def _saved(self, name: str) -> CompiledRouter:
        """A saved router. Raises `RouterNotFound`, and `FailedPrecondition` for one that cannot be used."""
        book = self._book()
        router = book.get(name)
        if router is None and (faults := book.faults.get(name)):
            why = InvalidRequest(faults).message
            raise FailedPrecondition(f"Saved router '{name}' cannot be used: {why}")
        if router is None:
            raise RouterNotFound(f"there is no saved router '{name}'")
        return router

    def _more_of(self, error: ModelNotFound, name: str, routed: Routed | None) -> ModelNotFound:
        """The same error, with who named the model; or with what a saved router of its name is asked by."""
        fault, name = error.violations[0].description, name.removeprefix("routers/")
        if routed:
            return type(error)(f"{fault} ({words_of(routed)})")
        if self._book().get(name) is None:
            return error
        return type(error)(f"{fault}; did you mean 'inworld/{name}'?")

    def choose(
        self,
        request: ChatRequest,
        flavour: Flavour,
        now: float,
        *,
        limit: int | None = None,
        decision: Decision | None = None,
    ) -> Choice:
        """Ranks everybody who may serve the request; with `limit` just so many who are well.

        `decision` is the saved router's that made the request what it is. Changes nothing.
        Raises `ModelNotFound` and `NotServed`.
        """
        entries = self._entries(request, flavour, decision.routed if decision else None)
        first = entries[0].meant
        wishes = wishes_of(request, flavour, self._directory, first.suffixes, self._settings.auto_sort)
        needs = needs_of(request)
        pinned = len(entries) == 1 and first.pinned
        # What a router's templates say is no part of anybody's conversation.
        own = request.body.messages[len(decision.prompt) :] if decision else request.body.messages
        conversation = None if pinned or wishes.order else conversation_of(request, own)
        groups = self._groups(entries, needs, wishes, flavour, hurried=limit is not None)
        exploring = self._is_exploring(groups, wishes)
        sifter = Sifter(
            needs,
            wishes,
            self._health,
            now=now,
            draw=seeded(conversation.key) if conversation and conversation.settled else self._draw,
            admit=self._draw,
            stream=request.stream,
            limit=None if exploring else limit,
            pinned=frozenset() if first.auto else _pinned(entries),
            spared=first.endpoints[0].id if first.pinned else None,
        )
        ranked = sifter.sift(groups)
        stayed = self._stay(ranked, sifter, groups, conversation, now) if conversation else False
        explored = exploring and not stayed and self._explore(ranked, now)
        selection = Selection(
            reading="auto" if first.auto else "pinned" if first.pinned else "named",
            requested=request.body.model,
            pool=bool(first.auto and request.routing.models),
            order=() if pinned or (len(ranked) == 1 and not first.auto) else _words(groups),
            sticky=stayed,
            explored=explored,
            passed_over=self._passed_over(ranked, sifter, groups),
            routed=decision.routed if decision else None,
        )
        return Choice(
            request=request,
            needs=needs,
            wishes=wishes,
            conversation=conversation,
            candidates=ranked,
            excluded=sifter.excluded,
            selection=selection,
        )

    def _entries(self, request: ChatRequest, flavour: Flavour, routed: Routed | None) -> list[Entry]:
        """What the names of the request mean, the model first. With `auto` the others are its pool.

        `routed` is what a saved router chose, if one named the model.
        """
        named = request.routing.models or []
        if len(named) > self._settings.max_models:
            most = self._settings.max_models
            fault = f"has {len(named)} entries; at most {most} are allowed"
            raise InvalidRequest([Violation("models", fault)])
        try:
            first = resolve(request.body.model, self._directory, flavour)
        except ModelNotFound as error:
            raise self._more_of(error, request.body.model, routed) from None
        read = resolve_pool_entry if first.auto else resolve
        entries = [entry_of(first, "model", 0, request)]
        for number, name in enumerate(named):
            field = f"models[{number}]"
            try:
                meant = read(name, self._directory, flavour)
            except InvalidRequest as error:
                raise error.renamed(lambda _, field=field: field) from None  # type: ignore[misc]
            except NotServed as error:
                raise NotServed([field], error.why) from None
            entries.append(entry_of(meant, field, number + 1, request))
        return entries

    def _groups(
        self, entries: Sequence[Entry], needs: Needs, wishes: Wishes, flavour: Flavour, *, hurried: bool
    ) -> list[Group]:
        """Who is ordered with whom: each model by itself, a pool and fallbacks that are sorted as one."""
        first, others = entries[0], entries[1:]
        if first.meant.auto and not others:
            pool = self._all_rows()
            if hurried:  # those who are left out here are named where all reasons are asked for
                only = wishes.only
                pool = pool.able(needs.abilities)
                pool = pool.where(lambda row: only.match(row.endpoint)) if only is not None else pool
            return [Group(rows=pool, orders=wishes.across, entry=first, pool=True)]
        if first.meant.auto:
            return [self._joined(others, wishes.across, pool=True, main=first)]
        if wishes.globally:
            return [self._joined(entries, wishes.within(first.meant.suffixes))]
        single = [
            Group(rows=self._rows_of(each), orders=wishes.within(each.meant.suffixes), entry=each)
            for each in entries
        ]
        if wishes.sorts_fallbacks and flavour.sorts_fallbacks and len(others) > 1:
            return [single[0], self._joined(others, wishes.across)]
        return single

    def _joined(
        self,
        entries: Sequence[Entry],
        orders: tuple[Order, ...],
        *,
        pool: bool = False,
        main: Entry | None = None,
    ) -> Group:
        """One group of several models; who is meant by two names is asked by the first of them."""
        rows: dict[str, Row] = {}
        by: dict[str, Entry] = {}
        for entry in entries:
            found = self._rows_of(entry)
            for name, row in zip(found.ids, found.rows, strict=True):
                rows.setdefault(name, row)
                by.setdefault(name, entry)
        # What the suffix of `auto` itself asks for holds for all of its pool.
        if main and main.meant.suffixes:
            by = {name: _with(entry, main) for name, entry in by.items()}
        return Group(rows=Rows(rows.values()), orders=orders, entry=entries[0], entries=by, pool=pool)

    def _rows_of(self, entry: Entry) -> Rows:
        if entry.meant.auto:
            return self._all_rows()
        return Rows([self._row(each) for each in entry.meant.endpoints])

    def _row(self, endpoint: Endpoint) -> Row:
        name = endpoint.id
        row = self._rows.get(name)
        if row is None:
            if len(self._rows) >= _KEPT_ROWS:
                self._rows.clear()
            row = self._rows[name] = row_of(endpoint)
        return row

    def _all_rows(self) -> Rows:
        """Every endpoint that `auto` may pick."""
        if self._everything is None:
            providers = self._directory.providers
            listed = self._directory.listed()
            self._everything = Rows(
                self._row(each) for each in listed if not providers[each.provider].by_name_only
            )
        return self._everything

    def _stay(
        self,
        ranked: list[Candidate],
        sifter: Sifter,
        groups: Sequence[Group],
        conversation: Conversation,
        now: float,
    ) -> bool:
        """Puts the endpoint that holds the conversation's prompt cache first among those of its model.

        Unless it is unwell, or misses a soft limit of the request. Tells whether it is the first of all.
        """
        held = self._health.holder(conversation.key, now)
        if held is None or not (conversation.settled or held[1]):
            return False
        holder = next((each for each in ranked if each.endpoint.id == held[0]), None)
        holder = holder or sifter.one(groups, held[0])
        if holder is None or holder.standing is not Standing.WELL or not holder.preferred:
            return False
        if holder.endpoint.facts.prompt_caching is False:
            return False
        if holder in ranked:
            ranked.remove(holder)
        ahead = [place for place, each in enumerate(ranked) if each.place < holder.place and _is_well(each)]
        ranked.insert(ahead[-1] + 1 if ahead else 0, holder)
        return not ahead

    def _is_exploring(self, groups: Sequence[Group], wishes: Wishes) -> bool:
        """Whether this request is one of those that measure what nobody has measured lately."""
        first = groups[0]
        if wishes.order or wishes.alone or first.orders[0] not in _MEASURED or len(first.rows.rows) < 2:
            return False
        return self._draw() < self._settings.explore

    def _explore(self, ranked: list[Candidate], now: float) -> bool:
        """Puts somebody first of whom nothing recent is known, so that it becomes known."""
        unknown = [
            each
            for each in ranked[1:]
            if _is_well(each) and each.place == ranked[0].place and self._is_stale(each, now)
        ]
        if not unknown:
            return False
        chosen = unknown[int(self._draw() * len(unknown))]
        ranked.remove(chosen)
        ranked.insert(0, chosen)
        return True

    def _is_stale(self, candidate: Candidate, now: float) -> bool:
        return now - self._health.vitals(candidate.endpoint.id, now).seen > _STALE_SECONDS

    def _passed_over(self, ranked: list[Candidate], sifter: Sifter, groups: Sequence[Group]) -> str:
        """Why the first candidate is not of the first model; empty where it is, or where an order decided."""
        if not ranked or ranked[0].place == 0 or groups[0].entries:
            return ""
        primary = next((each for each in ranked if each.place == 0), None)
        if primary:
            return f"'{primary.endpoint.id}' {_PASSED_OVER.get(primary.standing, 'comes later')}"
        ids = set(groups[0].rows.ids)
        return next((each.reason for each in sifter.excluded if each.endpoint in ids), "")


def _pinned(entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset(each.meant.endpoints[0].id for each in entries if each.meant.pinned)


def _is_well(candidate: Candidate) -> bool:
    return candidate.standing is Standing.WELL


def _with(entry: Entry, main: Entry) -> Entry:
    """A name of a pool, with the suffixes of `auto` added to its own."""
    meant = msgspec.structs.replace(entry.meant, suffixes=entry.meant.suffixes | main.meant.suffixes)
    return entry_of(meant, entry.field, entry.place, entry.request)


def _words(groups: Sequence[Group]) -> tuple[str, ...]:
    return tuple(WORDS[order] for order in groups[0].orders)
