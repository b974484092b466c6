"""What a call taught of its endpoint. Pure; it began at `began` and ended at `now`, in Unix seconds."""

from service.dispatch.call import Call
from service.dispatch.failover import course_of
from service.errors import ErrorKind, ProviderError
from service.types.chunk import Usage
from service.types.observation import Observation

_CACHE_COUNTS = ("cached_tokens", "cache_write_tokens")


def answered(call: Call, began: float, now: float, conversation: str | None) -> Observation:
    """Of an answer that is whole, or whose caller went away after it had begun."""
    usage = call.usage if call.complete else None
    # What came while the caller did not read was not waited for: the time that is left says nothing.
    tokens = usage.completion_tokens if usage and not call.slow_reader else None
    streamed = call.question.request.stream
    return Observation(
        at=now,
        provider=call.question.endpoint.provider,
        endpoint=call.question.endpoint.id,
        outcome="ok",
        ttft=call.ttft if streamed else None,
        whole=call.seconds if call.complete and not streamed else None,
        throughput=tokens / call.seconds if tokens and call.seconds else None,
        conversation=conversation,
        cached=_cached(usage),
        began=began,
    )


def left(call: Call, began: float, now: float) -> Observation:
    """Of a call that ended for a reason of the caller's or of ours."""
    endpoint = call.question.endpoint
    return Observation(at=now, provider=endpoint.provider, endpoint=endpoint.id, outcome="none", began=began)


def failed(
    call: Call, error: ProviderError, began: float, now: float, *, excused: bool, max_rest: float
) -> Observation:
    """Of a call that failed; `excused` does not hold it against the endpoint.

    A provider's Retry-After counts for at most `max_rest` seconds.
    """
    course, endpoint = course_of(error), call.question.endpoint
    streamed = call.question.request.stream
    told = error.retry_after is not None
    rest = course.guess if error.retry_after is None else min(error.retry_after, max_rest)
    rests = course.rest is not None and rest > 0
    return Observation(
        at=now,
        provider=endpoint.provider,
        endpoint=endpoint.id,
        outcome="none" if excused else course.outcome,
        ttft=call.ttft if streamed else None,
        at_least=call.seconds if streamed and error.kind is ErrorKind.TTFT_TIMEOUT else None,
        rest_until=now + rest if rests else 0.0,
        key=call.key.fingerprint if rests else "",
        key_wide=rests and course.rest == "provider",
        told=rests and told,
        began=began,
    )


def _cached(usage: Usage | None) -> bool:
    details = (usage.prompt_tokens_details if usage else None) or {}
    return any(isinstance(details.get(name), int) and details[name] > 0 for name in _CACHE_COUNTS)
