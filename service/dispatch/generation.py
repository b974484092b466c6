"""One running request, read by the door that answers the caller: a plan, attempt after attempt.

The providers are read in a task of its own: so they can be closed the moment the caller goes, and what they
send while the caller is being written to is gathered (`Mailbox`).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.dispatch import endings, observing
from service.dispatch.call import Call, Limit
from service.dispatch.errands import Errand, Errands, Health
from service.dispatch.keys import Keys
from service.dispatch.mailbox import Mailbox
from service.dispatch.question import Questions
from service.errors import ErrorKind, Internal, PointsmanError, ProviderError
from service.settings import UpstreamSettings
from service.types.chunk import Chunk
from service.types.metadata import Attempt, Warning  # noqa: A004 - the contract's word
from service.types.observation import Observation
from service.types.plan import Plan
from service.types.routing_settings import RoutingSettings
from service.upstream.client import UpstreamClient
from service.upstream.media import MediaFetcher

_LOG = logging.getLogger(__name__)
_LEAST_SECONDS = 0.01  # timers are not exact; no call is made in less


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What running plans takes, the same for all of them.

    `limits` are those of one call, by provider. `clock` measures, `now` gives Unix seconds.
    """

    upstream: UpstreamClient
    media: MediaFetcher
    keys: Keys
    limits: Mapping[str, UpstreamSettings]
    routing: RoutingSettings
    health: Health
    observe: Callable[[Observation], None]
    clock: Callable[[], float]
    now: Callable[[], float]


class Generation:
    """Asks the targets of a plan until one answers (`failover`).

    `attempts` are the calls made so far, in order; `endpoint` is the one asked last, and `warnings` say what
    means nothing here, and what was dropped for that endpoint. The first chunks that are taken hold the first
    content, or are the whole answer.
    """

    def __init__(self, plan: Plan, means: Means, *, running: set["Generation"]) -> None:
        self.endpoint = plan.targets[0].endpoint
        self.attempts: list[Attempt] = []
        self.warnings: list[Warning] = list(plan.warnings)
        self._plan = plan
        self._means = means
        self._errands = Errands(plan, means.keys, means.health, means.now, most=means.routing.max_attempts)
        self._questions = Questions(means.media)
        self._mailbox = Mailbox()
        self._call: Call | None = None
        self._deadline = means.clock() + means.routing.deadline_seconds
        self._task = asyncio.create_task(self._run())
        running.add(self)
        self._task.add_done_callback(lambda _: running.discard(self))

    async def take(self, timeout: float | None = None) -> list[Chunk] | None:  # noqa: ASYNC109 - a poll
        """Gives the chunks that have come, None at the end. Raises `PointsmanError` or TimeoutError."""
        return await self._mailbox.take(timeout)

    def interrupt(self, error: PointsmanError) -> None:
        """Ends the request with an error of ours: the reader gets it after all that came before."""
        if self._call and not self._mailbox.closed:
            self._call.fail(error)
        self._mailbox.close(error)
        self._task.cancel()

    async def aclose(self) -> None:
        """Ends the request: at once if it runs, in the background if only its last bytes are awaited."""
        if (self._call and self._call.complete) or self._task.done():
            return
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            await self._ask_all()
        except PointsmanError as error:
            self._mailbox.close(error)
        except Exception:  # noqa: BLE001 - the reader must learn of it, whatever it is
            _LOG.exception("a request failed for a reason of ours")
            self._mailbox.close(Internal())
        finally:
            self._mailbox.close()

    async def _ask_all(self) -> None:
        failures: list[ProviderError] = []
        for errand in self._errands:
            if self._left() < _LEAST_SECONDS:
                raise self._out_of_time(failures)
            try:
                await self._ask(errand)
            except ProviderError as error:
                begun = self._call and self._call.begun
                if begun or not self._errands.close(errand, error):
                    raise
                failures.append(error)
            else:
                return
        raise self._all_failed(failures)

    async def _ask(self, errand: Errand) -> None:
        """Makes one attempt. Raises `PointsmanError`."""
        means = self._means
        self.endpoint = endpoint = errand.target.endpoint
        patience = self._plan.ttft_timeout if self._may_go_on(errand) else None
        question = await self._questions.to(
            endpoint, errand.target.request or self._plan.request, streamed=patience is not None
        )
        self._errands.begin(errand)
        limits = means.limits[endpoint.provider]
        began, failure = means.now(), None
        self._call = call = Call(
            question,
            errand.key,
            self._mailbox,
            upstream=means.upstream,
            limits=limits,
            clock=means.clock,
            note=errand.note,
        )
        self.attempts.append(call.account)
        self.warnings = [*self._plan.warnings, *question.warnings]
        try:
            await call.run(self._limit(limits), patience, lambda: self._answered(call, began))
        except PointsmanError as error:
            failure = error
            raise
        finally:
            if not call.complete:
                means.observe(self._observation(errand, call, failure, began))

    def _answered(self, call: Call, began: float) -> None:
        """What was learnt is known before the caller can ask again."""
        self._means.observe(observing.answered(call, began, self._means.now(), self._plan.conversation))
        self._mailbox.close()

    def _left(self) -> float:
        """Seconds until the deadline."""
        return self._deadline - self._means.clock()

    def _limit(self, limits: UpstreamSettings) -> Limit:
        """How long one call may take."""
        left = max(0.0, self._left())
        if left < limits.total_seconds:
            return Limit(left, deadline=self._means.routing.deadline_seconds)
        return Limit(limits.total_seconds)

    def _may_go_on(self, errand: Errand) -> bool:
        """Whether there is somebody to turn to when this one takes too long to begin."""
        return self._plan.ttft_timeout is not None and self._errands.others_left(errand.target)

    def _observation(
        self, errand: Errand, call: Call, failure: PointsmanError | None, began: float
    ) -> Observation:
        now = self._means.now()
        if isinstance(failure, ProviderError):
            excused, max_rest = self._is_excused(errand, call, failure), self._means.routing.max_rest_seconds
            return observing.failed(call, failure, began, now, excused=excused, max_rest=max_rest)
        if failure is None and call.begun:
            return observing.answered(call, began, now, self._plan.conversation)
        return observing.left(call, began, now)

    def _is_excused(self, errand: Errand, call: Call, failure: ProviderError) -> bool:
        """Whether a failure is not the endpoint's: a key was wrong, the caller or others took the time."""
        match failure.kind:
            case ErrorKind.PROVIDER_TIMEOUT:
                used_by_others = self._left() < _LEAST_SECONDS and len(self.attempts) > 1
                return call.slow_reader or used_by_others
            case ErrorKind.PROVIDER_UNREACHABLE:
                return call.slow_reader
            case ErrorKind.PROVIDER_AUTH:
                return self._errands.other_keys_left(errand)
        return False

    def _out_of_time(self, failures: list[ProviderError]) -> ProviderError:
        unasked, deadline = self._errands.unasked(), self._means.routing.deadline_seconds
        return endings.out_of_time(failures, unasked, deadline, self.endpoint.provider)

    def _all_failed(self, failures: list[ProviderError]) -> ProviderError:
        errands = self._errands
        if not failures:
            return endings.nobody_asked(errands.pauses(), self.endpoint.provider)
        return endings.all_failed(failures, errands.unasked(), errands.pauses(), used_up=errands.used_up())
