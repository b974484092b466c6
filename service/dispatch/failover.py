"""What follows when a call fails before its first content: one table, `TABLE`, read by `course_of`.

| What failed | Held against | What rests | What happens next |
|---|---|---|---|
| a rate limit (429), a quota | a limit | the key here | next key, then next target |
| the key is refused (401, 402) | the endpoint, if its last key | the key | next key, then next target |
| the key may not do this (403) | the endpoint, if its last key | the key here | next key, then next target |
| overload (503, 529) | the endpoint | the key here, if there is a Retry-After | next target |
| other 5xx, timeouts, silence, garbage | the endpoint | | next target |
| no connection, or one that breaks | the endpoint | | the same once more, then next target |
| the model is missing (404) | the endpoint | | next target |
| prompt too long, request too large | nobody | | next target |
| `fallback.ttft_timeout` | nobody | | next target |
| our concurrency limit | nobody | | next target at another provider |
| a refusal of the content | nobody | | stop; where refusals fall over, next model |
| a bad request, 422, a bad image | nobody | | stop |
| a fault of ours | nobody | | stop |

After the first content nothing is retried. When all attempts have failed, the caller learns of the most
telling failure: `most_telling`.

Source: Inworld 2.4, 3.4; OpenRouter A3.2.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Literal, NamedTuple

from service.errors import ErrorKind, ProviderError
from service.types.observation import Outcome


class Then(Enum):
    """What happens next; each member says what is asked no more."""

    STOP = "anybody"
    KEY = "this key"
    AGAIN = "this target, if it was the second time"
    TARGET = "this target"
    PROVIDER = "this provider"
    MODEL = "this model, if refusals fall over; else anybody"


class Course(NamedTuple):
    """One row of the table.

    `outcome` is what the failure says of the endpoint, `rest` where the key rests; `guess` is for how many
    seconds if the provider does not say, 0 for not at all.
    """

    then: Then
    outcome: Outcome = "failed"
    rest: Literal["endpoint", "provider"] | None = None
    guess: float = 0.0


_CALLERS_FAULT = Course(Then.STOP, "none")
_UNFIT = Course(Then.TARGET, "none")

TABLE: dict[ErrorKind, Course] = {
    ErrorKind.PROVIDER_RATE_LIMIT: Course(Then.KEY, "limited", "endpoint", 5.0),
    ErrorKind.PROVIDER_QUOTA: Course(Then.KEY, "limited", "endpoint", 60.0),
    ErrorKind.PROVIDER_AUTH: Course(Then.KEY, "failed", "provider", 60.0),
    ErrorKind.PROVIDER_OVERLOADED: Course(Then.TARGET, "failed", "endpoint"),
    ErrorKind.PROVIDER_FAILURE: Course(Then.TARGET),
    ErrorKind.PROVIDER_TIMEOUT: Course(Then.TARGET),
    ErrorKind.PROVIDER_INVALID_RESPONSE: Course(Then.TARGET),
    ErrorKind.PROVIDER_UNREACHABLE: Course(Then.AGAIN),
    ErrorKind.PROVIDER_MODEL_NOT_FOUND: Course(Then.TARGET),
    ErrorKind.PROVIDER_CONTEXT_LENGTH: _UNFIT,
    ErrorKind.PROVIDER_TOO_LARGE: _UNFIT,
    ErrorKind.TTFT_TIMEOUT: _UNFIT,
    ErrorKind.CONCURRENCY_LIMIT: Course(Then.PROVIDER, "none"),
    ErrorKind.PROVIDER_CONTENT_POLICY: Course(Then.MODEL, "none"),
    ErrorKind.PROVIDER_BAD_REQUEST: _CALLERS_FAULT,
    ErrorKind.PROVIDER_UNPROCESSABLE: _CALLERS_FAULT,
    ErrorKind.PROVIDER_INVALID_IMAGE: _CALLERS_FAULT,
}

# Often it is one model that a key may not use.
_FORBIDDEN = Course(Then.KEY, "failed", "endpoint", 60.0)


def course_of(failure: ProviderError) -> Course:
    """The row of a failure."""
    if failure.kind is ErrorKind.PROVIDER_AUTH and failure.status == 403:
        return _FORBIDDEN
    return TABLE[failure.kind]


_LIMITS = (ErrorKind.PROVIDER_RATE_LIMIT, ErrorKind.PROVIDER_QUOTA)
_UNAVAILABLE = (502, 503, 504)


def most_telling(failures: Sequence[ProviderError], rests: Sequence[int] = ()) -> ProviderError:
    """Chooses what the caller learns when all attempts have failed.

    Only limits: the one that ends first, or when the first of `rests` ends (keys that were not tried, in
    seconds). Else the last that made a provider unavailable, else any limit, else the last.
    """
    limits = [failure for failure in failures if failure.kind in _LIMITS]
    if len(limits) == len(failures):
        chosen = min(limits, key=_wait)
        known = (*rests, chosen.retry_after)
        chosen.retry_after = min((seconds for seconds in known if seconds is not None), default=None)
        return chosen
    unavailable = [failure for failure in failures if failure.row.http_status in _UNAVAILABLE]
    return (unavailable or limits or list(failures))[-1]


def _wait(failure: ProviderError) -> float:
    return float("inf") if failure.retry_after is None else failure.retry_after
