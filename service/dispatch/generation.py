"""One running request, read by the door that answers the caller: a plan, attempt after attempt.

The providers are read in a task of its own: so they can be closed the moment the caller goes, and what they
send while the caller is being written to is gathered (`Mailbox`).
"""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.dispatch import observing
from service.dispatch.call import Call
from service.dispatch.errands import Errand, Errands, Rests
from service.dispatch.failover import most_telling
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
    rests: Rests
    observe: Callable[[Observation], None]
    clock: Callable[[], float]
    now: Callable[[], float]


class Generation:
    """Asks the targets of a plan until one answers (`failover`).

    `attempts` are the calls made so far, in order; `endpoint` is the one asked last, and `warnings` say what
    was dropped for it. The first chunks that are taken hold the first content, or are the whole answer.
    """

    def __init__(self, plan: Plan, means: Means, *, running: set["Generation"]) -> None:
        self.endpoint = plan.targets[0].endpoint
        self.attempts: list[Attempt] = []
        self.warnings: list[Warning] = []
        self._plan = plan
        self._means = means
        self._errands = Errands(plan, means.keys, means.rests, means.now)
        self._questions = Questions(plan.request, means.media)
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
            if len(self.attempts) == self._means.routing.max_attempts:
                break
            if self._left() < _LEAST_SECONDS:
                raise self._out_of_time()
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
        question = await self._questions.to(endpoint, streamed=patience is not None)
        limits = means.limits[endpoint.provider]
        began, failure = means.now(), None
        self._call = call = Call(
            question, errand.key, self._mailbox, upstream=means.upstream, limits=limits, clock=means.clock
        )
        self.attempts.append(call.account)
        self.warnings = question.warnings
        try:
            seconds = max(0.0, min(self._left(), limits.total_seconds))
            await call.run(seconds, patience, lambda: self._answered(call, began))
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

    def _may_go_on(self, errand: Errand) -> bool:
        """Whether there is somebody to turn to when this one takes too long to begin."""
        return (
            self._plan.ttft_timeout is not None
            and len(self.attempts) + 1 < self._means.routing.max_attempts
            and self._errands.others_left(errand.target)
        )

    def _observation(
        self, errand: Errand, call: Call, failure: PointsmanError | None, began: float
    ) -> Observation:
        now = self._means.now()
        if isinstance(failure, ProviderError):
            excused, max_rest = self._is_excused(errand, failure), self._means.routing.max_rest_seconds
            return observing.failed(call, failure, began, now, excused=excused, max_rest=max_rest)
        if failure is None and call.begun:
            return observing.answered(call, began, now, self._plan.conversation)
        return observing.left(call, began, now)

    def _is_excused(self, errand: Errand, failure: ProviderError) -> bool:
        """Whether a failure is not the endpoint's: a key was wrong, or others had used up the time."""
        if failure.kind is ErrorKind.PROVIDER_TIMEOUT:
            return self._left() < _LEAST_SECONDS and len(self.attempts) > 1
        return failure.kind is ErrorKind.PROVIDER_AUTH and self._errands.other_keys_left(errand)

    def _out_of_time(self) -> ProviderError:
        provider, seconds = self.endpoint.provider, self._means.routing.deadline_seconds
        text = f"No answer within {seconds:g} s; attempts: {len(self.attempts)}, the last at '{provider}'"
        return ProviderError(ErrorKind.PROVIDER_TIMEOUT, provider, text)

    def _all_failed(self, failures: list[ProviderError]) -> ProviderError:
        rests = self._errands.told_rests()
        if not failures:
            return _nobody_to_ask(rests, self.endpoint.provider)
        error = most_telling(failures, [math.ceil(seconds) for seconds in rests.values()])
        if len(failures) > 1:
            error.message = f"All {len(failures)} attempts failed. {error.message}"
        return error


def _nobody_to_ask(rests: Mapping[str, float], provider: str) -> ProviderError:
    """All who could be asked have asked to be left alone; `rests` are their seconds."""
    seconds = {name: math.ceil(left) for name, left in rests.items()}
    first = min(seconds, key=seconds.__getitem__, default=provider)
    who = ", ".join(f"'{name}' for {left} s" for name, left in seconds.items()) or f"'{provider}'"
    return ProviderError(
        ErrorKind.PROVIDER_RATE_LIMIT,
        first,
        f"Nobody was asked: asked to be left alone by {who}",
        retry_after=seconds.get(first, 0),
    )
