"""One chat completion at any door: from its body to its record.

The doors differ in how they print; what happens, and in which order, stands here.
"""

import logging
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

import msgspec

from service.admission import identity
from service.dispatch.dispatcher import Dispatcher
from service.dispatch.generation import Generation
from service.edge.caller import Caller, recorded
from service.edge.chat_request import parse
from service.edge.finish import FinishHold
from service.edge.old_functions import FunctionCalls
from service.errors import ErrorKind, Internal, PointsmanError, RouterNotFound, Unavailable
from service.providers.directory import Directory
from service.routing.reasons import sentence
from service.routing.router import Router
from service.settings import StreamSettings
from service.telemetry.record import RequestRecord
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk, Usage
from service.types.flavour import OPENAI, Flavour
from service.types.fold import fold
from service.types.ids import generation_id
from service.types.metadata import Attempt, Metadata
from service.types.plan import Plan, Routed
from service.types.upstream import Endpoint

_LOG = logging.getLogger(__name__)
_ID_BYTES = 10
_CANCELLED_STATUS = 499
_NOBODY = Caller()


UNASKED = "This saved router is not known, and the store cannot be asked now; try again."


async def _nowhere() -> bool:
    return True


class ChatState(msgspec.Struct, frozen=True):
    """What requests are served from; swapped whole when the configuration is read again.

    `refresh` looks for saved routers that were made elsewhere, and tells whether it could.
    """

    directory: Directory
    router: Router
    dispatcher: Dispatcher
    streaming: StreamSettings
    refresh: Callable[[], Awaitable[bool]] = _nowhere

    async def look_again(self) -> None:
        """Looks for a saved router that is not known here. Raises `Unavailable` when that cannot be done."""
        if not await self.refresh():
            raise Unavailable(UNASKED)


class ChatCall:
    """One request's life. Use as a context manager: leaving it closes the provider and writes the record."""

    def __init__(
        self,
        state: ChatState,
        *,
        door: str,
        request_id: str | None,
        record: Callable[[RequestRecord], None],
        flavour: Flavour = OPENAI,
        caller: Caller = _NOBODY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._door = door
        self._request_id = request_id
        self._record = record
        self._flavour = flavour
        self._caller = caller
        self._clock = clock
        self._started = clock()
        self._unix_time = time.time()
        self._request: ChatRequest | None = None
        self._model: str | None = None
        self._routed: Routed | None = None
        self._plan: Plan | None = None
        self._generation: Generation | None = None
        self._old_functions: FunctionCalls | None = None
        self._usage: Usage | None = None
        self._first_content_ms: int | None = None
        self._error: PointsmanError | None = None
        self._answered = False
        self._committed = False
        self.generation_id = str(generation_id(self._unix_time, os.urandom(_ID_BYTES)))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._generation:
                await self._generation.aclose()
        finally:
            self._record(self._build_record())

    @property
    def id(self) -> str:
        """The completion's id."""
        return f"{self._flavour.id_prefix}{self.generation_id}"

    @property
    def created(self) -> int:
        """When the request came, in Unix seconds."""
        return int(self._unix_time)

    @property
    def model(self) -> str:
        """The id of the model that is used; it can be sent back as it is."""
        return self._generation.endpoint.id if self._generation else ""

    @property
    def endpoint(self) -> Endpoint | None:
        """Who is asked, or was asked last; None before anybody is."""
        return self._generation.endpoint if self._generation else None

    @property
    def plan(self) -> Plan | None:
        """Whom to ask, once that is decided."""
        return self._plan

    @property
    def requested(self) -> list[str]:
        """The names of the models that the caller asked for; empty if his request could not be read."""
        request = self._request
        return [request.body.model, *(request.routing.models or ())] if request else []

    def title(self, provider: str) -> str:
        """The display name of a provider."""
        known = self._state.directory.providers.get(provider)
        return (known and known.title) or provider

    def http_status(self, error: PointsmanError) -> int:
        """The status that an error has at this door."""
        return self._flavour.nobody_status if error.kind is ErrorKind.NO_ENDPOINT else error.row.http_status

    async def open(self, data: bytes) -> ChatRequest:
        """Reads the body, decides where it goes and starts the call. Raises `PointsmanError`.

        A saved router that is not known here may have been made elsewhere just now: it is looked for once.
        """
        self._request = request = parse(data, self._flavour, self._caller.session_id)
        self._old_functions = FunctionCalls() if request.old_functions else None
        self._model = request.body.model
        try:
            plan = self._state.router.plan(request, self._flavour, self._note_route)
        except RouterNotFound:
            await self._state.look_again()
            plan = self._state.router.plan(request, self._flavour, self._note_route)
        self._plan = plan
        self._generation = self._state.dispatcher.start(plan)
        return plan.request

    async def whole(self) -> Chunk:
        """Waits for the whole answer: one chunk whose deltas are whole. Raises `PointsmanError`."""
        generation = self._running()
        chunks: list[Chunk] = []
        while (batch := await generation.take()) is not None:
            chunks += batch
            self._note(batch)
        answer = fold(chunks)
        answer.metadata = self.metadata()
        for choice in answer.choices:
            choice.delta.role = "assistant"
            for call in choice.delta.tool_calls or ():
                # Clients parse it, and some vendors leave it out where a function takes none.
                call.arguments = call.arguments or "{}"
        return self._by_asked_names([answer])[0]

    async def stream(self) -> AsyncGenerator[list[Chunk]]:
        """Yields chunks that leave together; an empty list is a sign of life during silence.

        Nothing is yielded before the first content, or a sign of life in its place: until then a failure
        can still become an error status. Raises `PointsmanError`.
        """
        generation, settings = self._running(), self._state.streaming
        hold = self._finish_hold()
        ended = False
        ping_at = self._started + settings.commit_seconds
        while True:
            wake_at = min(ping_at, hold.deadline or ping_at)
            try:
                batch = await generation.take(max(0.0, wake_at - self._clock()))
            except TimeoutError:
                out = hold.expire(self._clock())
                if not out and self._clock() >= ping_at:
                    self._committed = True
                    yield []
                    ping_at = self._clock() + settings.ping_seconds
            else:
                self._note(batch or ())
                out = hold.end() if batch is None else hold.feed(batch, self._clock())
                ended = batch is None
            if out:
                self._committed = True
                yield self._by_asked_names(out)
                ping_at = self._clock() + settings.ping_seconds
            if ended or (hold.done and hold.deadline and self._clock() >= hold.deadline):
                return

    def answered(self) -> None:
        """Notes that the caller has been given the whole answer."""
        self._answered = True

    def fail(self, error: Exception) -> PointsmanError:
        """Notes how the request failed; a fault of ours goes to the log and comes back as `Internal`."""
        if not isinstance(error, PointsmanError):
            _LOG.error("internal error in %s", self.generation_id, exc_info=error)
            error = Internal()
        self._error = error
        return error

    def metadata(self) -> Metadata:
        """The account as it stands now."""
        return Metadata(
            attempts=self._attempts(),
            generation_id=self.generation_id,
            reasoning=self._reasoning(),
            route_id=self._routed.route_id if self._routed else None,
            variant_id=self._routed.variant_id if self._routed else None,
            total_duration_ms=self._elapsed_ms(),
            warnings=self._generation.warnings if self._generation else [],
        )

    def _running(self) -> Generation:
        assert self._generation, "open() comes first"  # noqa: S101 - an invariant, not a check of input
        return self._generation

    def _finish_hold(self) -> FinishHold:
        assert self._request, "open() comes first"  # noqa: S101 - an invariant, not a check of input

        return FinishHold(
            self._request.choices,
            include_usage=self._request.include_usage or self._flavour.usage_apart,
            wait=self._state.streaming.usage_seconds,
            account=self.metadata,
        )

    def _by_asked_names(self, chunks: list[Chunk]) -> list[Chunk]:
        """Tells calls by OpenAI's earlier names to a caller who uses them; changes the chunks in place."""
        if self._old_functions:
            for chunk in chunks:
                self._old_functions.tell(chunk)
        return chunks

    def _note(self, batch: Sequence[Chunk]) -> None:
        """Keeps what is known so far, for the record of a call that does not reach its end."""
        if self._first_content_ms is None and any(chunk.has_content for chunk in batch):
            self._first_content_ms = self._elapsed_ms()
        for chunk in batch:
            self._usage = chunk.usage or self._usage

    def _attempts(self) -> list[Attempt]:
        return self._generation.attempts if self._generation else []

    def _reasoning(self) -> str:
        if self._plan is None:
            return ""
        return sentence(self._plan, self._attempts(), failed=self._error is not None)

    def _note_route(self, routed: Routed) -> None:
        self._routed = routed

    def _elapsed_ms(self) -> int:
        return round((self._clock() - self._started) * 1000)

    def _build_record(self) -> RequestRecord:
        attempts = self._attempts()
        status = "error" if self._error else "ok" if self._answered else "cancelled"
        http_status = _CANCELLED_STATUS
        if self._answered or self._committed:
            http_status = 200
        elif self._error:
            http_status = self.http_status(self._error)
        return RequestRecord(
            generation_id=self.generation_id,
            request_id=self._request_id,
            door=self._door,
            stream=bool(self._request and self._request.stream),
            requested_model=self._model,
            model=self.model or None,
            plan=self._reasoning() or None,
            # What a vendor says may repeat what the caller said.
            attempts=[msgspec.structs.replace(attempt, error_message=None) for attempt in attempts],
            usage=self._usage,
            status=status,
            error_type=self._error.kind.value if self._error else None,
            http_status=http_status,
            time_to_first_token_ms=self._first_content_ms,
            duration_ms=self._elapsed_ms(),
            unix_time=self._unix_time,
            key_id=key.key_id if (key := identity.caller.get()) else None,
            router=self._routed.router if self._routed else None,
            route_id=self._routed.route_id if self._routed else None,
            variant_id=self._routed.variant_id if self._routed else None,
            **recorded(self._caller, self._request),
        )
