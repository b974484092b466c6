"""Chooses whom to ask. Pure: a request and snapshots in, a plan out."""

from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import Raw

from service.errors import InvalidRequest, ModelNotFound, NoEndpoint, NotServed, Violation
from service.providers.directory import Directory
from service.routing.candidates import Candidate, Group, Sifter, Standing
from service.routing.choice import Choice, plan_of
from service.routing.conversation import Conversation, conversation_of
from service.routing.explain import Explanation, explained
from service.routing.lots import seeded
from service.routing.names import Meant, resolve, resolve_pool_entry
from service.routing.needs import Needs, needs_of
from service.routing.ordering import WORDS, Draw
from service.routing.rows import Row, Rows, row_of
from service.routing.wishes import Wishes, wishes_of
from service.types.chat_request import ChatRequest
from service.types.flavour import Flavour
from service.types.plan import Plan, Selection
from service.types.routing_options import Reasoning, WebSearchOptions
from service.types.routing_settings import RoutingSettings
from service.types.upstream import Endpoint
from service.types.vitals import HealthView

_KEPT_ROWS = 10_000
_MEASURED = ("latency", "throughput")
_STALE_SECONDS = 60.0
_MAX_TOLD = 50


class Router:
    """Plans requests over one snapshot of endpoints.

    `clock` gives Unix seconds, `draw` numbers from 0 to below 1.
    """

    def __init__(
        self,
        directory: Directory,
        health: HealthView,
        settings: RoutingSettings,
        *,
        clock: Callable[[], float],
        draw: Draw,
    ) -> None:
        self._directory = directory
        self._health = health
        self._settings = settings
        self._clock = clock
        self._draw = draw
        self._rows: dict[str, Row] = {}
        self._everything: Rows | None = None

    def plan(self, request: ChatRequest, flavour: Flavour) -> Plan:
        """Decides whom to ask, in which order.

        Raises `ModelNotFound` for a name that leads nowhere, `NoEndpoint` when nobody is left, and
        `NotServed` for what exists in the contract alone.
        """
        now = self._clock()
        choice = self.choose(request, flavour, now, limit=self._settings.max_attempts)
        if not choice.candidates:
            raise _nobody(self.choose(request, flavour, now))
        first = choice.candidates[0]
        if first.standing is Standing.WELL and self._health.vitals(first.endpoint.id, now).share < 1:
            self._health.probing(first.endpoint.id, now)
        return plan_of(choice, flavour)

    def explain(self, request: ChatRequest, flavour: Flavour) -> Explanation:
        """Tells what `plan` would do and why, and changes nothing.

        Somebody may be left out everywhere: then there is no candidate, and the reasons are told.
        Raises `ModelNotFound` and `NotServed`.
        """
        now = self._clock()
        choice = self.choose(request, flavour, now)
        return explained(choice, self._health, now)

    def choose(
        self, request: ChatRequest, flavour: Flavour, now: float, *, limit: int | None = None
    ) -> Choice:
        """Ranks everybody who may serve the request; with `limit` just so many who are well.

        Changes nothing. Raises `ModelNotFound` and `NotServed`.
        """
        meants = self._meants(request, flavour)
        suffixes = {suffix for meant in meants for suffix in meant.suffixes}
        pool_order = self._settings.auto_sort
        wishes = wishes_of(request, flavour, self._directory, suffixes, pool_order)
        asked = _with_suffixes(request, suffixes)
        needs = needs_of(asked)
        pinned = len(meants) == 1 and meants[0].pinned
        conversation = None if pinned or wishes.order else conversation_of(asked)
        sifter = Sifter(
            asked,
            needs,
            wishes,
            self._health,
            now=now,
            draw=seeded(conversation.key) if conversation and conversation.settled else self._draw,
            admit=self._draw,
            limit=limit,
            spared=meants[0].endpoints[0].id if meants[0].pinned else None,
        )
        groups = self._groups(meants, needs, wishes, flavour, hurried=limit is not None)
        ranked = sifter.sift(groups)
        stayed = self._stay(ranked, conversation, now) if conversation else False
        explored = not stayed and self._explore(ranked, groups, wishes, now)
        selection = Selection(
            reading="auto" if meants[0].auto else "pinned" if meants[0].pinned else "named",
            requested=request.body.model,
            pool=bool(meants[0].auto and request.routing.models),
            order=() if pinned or (len(ranked) == 1 and not meants[0].auto) else _words(groups),
            sticky=stayed,
            explored=explored,
        )
        return Choice(
            request=asked,
            needs=needs,
            wishes=wishes,
            conversation=conversation,
            candidates=ranked,
            excluded=sifter.excluded,
            selection=selection,
        )

    def _meants(self, request: ChatRequest, flavour: Flavour) -> list[Meant]:
        """What the names of the request mean, the model first. With `auto` the others are its pool."""
        named = request.routing.models or []
        if len(named) > self._settings.max_models:
            most = self._settings.max_models
            fault = f"has {len(named)} entries; at most {most} are allowed"
            raise InvalidRequest([Violation("models", fault)])
        first = resolve(request.body.model, self._directory, flavour)
        read = resolve_pool_entry if first.auto else resolve
        others = []
        for place, name in enumerate(named):
            field = f"models[{place}]"
            try:
                others.append(read(name, self._directory, flavour))
            except ModelNotFound as error:
                raise error.renamed(lambda _, field=field: field) from None  # type: ignore[misc]
            except NotServed as error:
                raise NotServed([field], error.why) from None
        return [first, *others]

    def _groups(
        self, meants: Sequence[Meant], needs: Needs, wishes: Wishes, flavour: Flavour, *, hurried: bool
    ) -> list[Group]:
        """Who is ordered with whom: each model by itself, a pool and fallbacks that are sorted as one."""
        first, others = meants[0], meants[1:]
        if first.auto:
            pool = self._all_rows() if not others else Rows(self._unique(others))
            if hurried:  # those who are left out here are named where all reasons are asked for
                pool = pool.able(needs.abilities)
                only = wishes.only
                pool = pool.where(lambda row: only.match(row.endpoint)) if only else pool
            return [Group(rows=pool, orders=wishes.across)]
        places: dict[str, int] = {}
        for place, meant in enumerate(meants):
            for endpoint in meant.endpoints:
                places.setdefault(endpoint.id, place)
        pins = frozenset(meant.endpoints[0].id for meant in meants if meant.pinned)
        single = [
            Group(rows=Rows(self._rows_of(meant)), orders=wishes.within, place=place, pinned=pins)
            for place, meant in enumerate(meants)
        ]
        if wishes.globally:
            return [Group(rows=Rows(self._unique(meants)), orders=wishes.within, places=places, pinned=pins)]
        if wishes.sorts_fallbacks and flavour.sorts_fallbacks and len(others) > 1:
            rows = Rows(self._unique(others))
            return [single[0], Group(rows=rows, orders=wishes.across, places=places, pinned=pins)]
        return single

    def _rows_of(self, meant: Meant) -> list[Row]:
        return self._everything_rows() if meant.auto else [self._row(each) for each in meant.endpoints]

    def _unique(self, meants: Iterable[Meant]) -> list[Row]:
        rows = {row.endpoint.id: row for meant in meants for row in self._rows_of(meant)}
        return list(rows.values())

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

    def _everything_rows(self) -> list[Row]:
        return list(self._all_rows().rows)

    def _stay(self, ranked: list[Candidate], conversation: Conversation, now: float) -> bool:
        """Puts the endpoint that holds the conversation's prompt cache first, unless it is unwell."""
        held = self._health.holder(conversation.key, now)
        if held is None or not (conversation.settled or held[1]):
            return False
        for place, candidate in enumerate(ranked):
            if candidate.endpoint.id == held[0]:
                caches = candidate.endpoint.facts.prompt_caching is not False
                if candidate.standing is not Standing.WELL or not caches:
                    return False
                ranked.insert(0, ranked.pop(place))
                return True
        return False

    def _explore(self, ranked: list[Candidate], groups: Sequence[Group], wishes: Wishes, now: float) -> bool:
        """Now and then puts somebody first of whom nothing recent is known, so that it becomes known."""
        if wishes.order or wishes.alone or groups[0].orders[0] not in _MEASURED or len(ranked) < 2:
            return False
        place = ranked[0].place
        unknown = [
            each
            for each in ranked[1:]
            if each.standing is Standing.WELL and each.place == place and self._is_stale(each, now)
        ]
        if not unknown or self._draw() >= self._settings.explore:
            return False
        chosen = unknown[int(self._draw() * len(unknown))]
        ranked.remove(chosen)
        ranked.insert(0, chosen)
        return True

    def _is_stale(self, candidate: Candidate, now: float) -> bool:
        return now - self._health.vitals(candidate.endpoint.id, now).seen > _STALE_SECONDS


def _with_suffixes(request: ChatRequest, suffixes: set[str]) -> ChatRequest:
    """Adds what a suffix of the model's name asks for, unless the request says it itself (OpenRouter A8)."""
    if "online" in suffixes and "web_search_options" not in request.members:
        request = msgspec.structs.replace(
            request,
            body=msgspec.structs.replace(request.body, web_search_options=WebSearchOptions()),
            members={**request.members, "web_search_options": Raw(b"{}")},
        )
    if "thinking" in suffixes and request.thinking is None:
        request = msgspec.structs.replace(request, reasoning=Reasoning(enabled=True))
    return request


def _words(groups: Sequence[Group]) -> tuple[str, ...]:
    return tuple(WORDS[order] for order in groups[0].orders)


def _nobody(choice: Choice) -> Exception:
    """Says who was left out for what."""
    excluded = choice.excluded
    rules = list(dict.fromkeys(each.rule for each in excluded))
    if rules == ["web_search"]:
        return NotServed(["model"], "web search is left to the models' vendors, and none of these has it")
    violations = list(dict.fromkeys(each.violation for each in excluded))
    if not violations:
        violations = [Violation("model", "no endpoint is left that can serve this request")]
    more = len(violations) - _MAX_TOLD
    if more > 0:
        violations = [*violations[:_MAX_TOLD], Violation("model", f"and {more} more reasons")]
    if choice.selection.reading == "pinned" and rules == ["wire_format"]:
        return InvalidRequest(violations)
    return NoEndpoint(violations, rules)
