"""What the caller is told when nobody has answered: what ended it, who was not asked, what was answered."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from service.dispatch.failover import most_telling
from service.errors import ErrorKind, ProviderError

_MOST_NAMED = 5


class Pause(NamedTuple):
    """For how many more seconds a provider wants to be left alone.

    `limit` is whether it asked for fewer requests; else it failed.
    """

    seconds: int
    limit: bool

    def with_(self, other: Self) -> "Pause":
        """Both: the one that ends first, and limits only if both are."""
        return Pause(min(self.seconds, other.seconds), self.limit and other.limit)


class Unasked(NamedTuple):
    """A target, by its endpoint's id, that was not asked; `pause` is told where that is why."""

    endpoint: str
    pause: Pause | None


def all_failed(
    failures: Sequence[ProviderError],
    unasked: Sequence[Unasked],
    pauses: Mapping[str, Pause],
    *,
    used_up: bool,
) -> ProviderError:
    """Of a request that came to its end; `used_up` is whether it had no more attempts for who was left."""
    error = most_telling(failures, [pause.seconds for pause in pauses.values()])
    count = len(failures)
    if used_up:
        what = f"Stopped after {_attempts(count)} (routing.max_attempts)"
    elif count > 1:
        what = f"All {count} attempts failed"
    else:
        what = f"{_attempts(count)} failed" if unasked else ""
    if what:
        error.message = f"{what}{_not_asked(unasked)}. {error.message}"
    return error


def out_of_time(
    failures: Sequence[ProviderError], unasked: Sequence[Unasked], deadline: float, provider: str
) -> ProviderError:
    """Of a request whose `deadline`, in seconds, was over before the next could be asked.

    `provider` is the one asked last.
    """
    over = f"The request's {seconds(deadline)} s (routing.deadline_seconds) were over"
    words = f". {failures[-1].message}" if failures else ""
    text = f"{over} after {_attempts(len(failures))}{_not_asked(unasked)}{words}"
    return ProviderError(ErrorKind.PROVIDER_TIMEOUT, provider, text)


def nobody_asked(pauses: Mapping[str, Pause], provider: str) -> ProviderError:
    """Of a request all of whose targets rest as their providers asked; `provider` is the first one's."""
    first = min(pauses, key=lambda name: pauses[name].seconds, default=provider)
    who = "; ".join(
        f"'{name}' asked for a pause (Retry-After), {pause.seconds} s are left"
        for name, pause in pauses.items()
    )
    limits = all(pause.limit for pause in pauses.values())
    return ProviderError(
        ErrorKind.PROVIDER_RATE_LIMIT if limits else ErrorKind.PROVIDER_OVERLOADED,
        first,
        f"Nobody was asked: {who or f'{first!r} asked for a pause'}",
        retry_after=pauses[first].seconds if pauses else 0,
    )


def too_late(provider: str, patience: float) -> ProviderError:
    """Of a call whose first content did not come within `patience` seconds."""
    text = f"Provider '{provider}' gave no content within {seconds(patience)} s"
    return ProviderError(ErrorKind.TTFT_TIMEOUT, provider, text)


def too_long(provider: str, limit: float, deadline: float | None, *, slow_reader: bool) -> ProviderError:
    """Of a call that did not end within `limit` seconds.

    `deadline` is the whole request's, where that was the limit; `slow_reader` is whether the caller was slow.
    """
    if slow_reader:
        text = f"The answer of provider '{provider}' was read too slowly to end within {seconds(limit)} s"
    else:
        text = f"Provider '{provider}' did not finish within {_limit(limit, deadline)}"
    return ProviderError(ErrorKind.PROVIDER_TIMEOUT, provider, text)


def seconds(value: float) -> str:
    """A duration for people."""
    return f"{round(value, 1):g}" if value >= 1 else f"{value:.2g}"


def _limit(limit: float, deadline: float | None) -> str:
    left = f"{seconds(limit)} s"
    if deadline is None:
        return left
    if left == (whole := f"{seconds(deadline)} s"):
        return f"the request's {whole} (routing.deadline_seconds)"
    return f"{left}, all that was left of the request's {whole}"


def _attempts(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count} attempts"


def _not_asked(unasked: Sequence[Unasked]) -> str:
    if not unasked:
        return ""
    names = ", ".join(_name(each) for each in unasked[:_MOST_NAMED])
    more = len(unasked) - _MOST_NAMED
    return f"; not asked: {names}{f' and {more} more' if more > 0 else ''}"


def _name(unasked: Unasked) -> str:
    pause = f" (asked for a pause, {unasked.pause.seconds} s are left)" if unasked.pause else ""
    return f"'{unasked.endpoint}'{pause}"
