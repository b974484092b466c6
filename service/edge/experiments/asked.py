"""What is asked of the statistics of a router, by a query string or a typed request."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from google.protobuf import timestamp_pb2

from pointsman.v1 import experiment_service_pb2
from service.edge import own_query, times
from service.errors import InvalidRequest, Violation
from service.store.request_counts import Window

METRIC = r"^[a-z][a-z0-9_.-]{0,63}\Z"
METRIC_WORDS = "1 to 64 lowercase letters, digits, '_', '.' and '-', the first a letter"
ALPHA = 0.05
_METRICS = ("metrics",)
_LOWER = ("lower_is_better", "lowerIsBetter")
LISTS = (*_METRICS, *_LOWER)
"""The parameters of a query that may be repeated, or have commas between."""
_ALPHAS = (0.001, 0.5)
_MOST_METRICS = 100
_LAST_SECOND = 253_402_300_799.0  # of the year 9999
_SHOWN = 100
_ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class StatsAsked:
    """Which requests count, which metrics are judged (none named is all), and how strictly."""

    window: Window = _ALWAYS
    alpha: float = ALPHA
    metrics: tuple[str, ...] = ()
    lower_is_better: frozenset[str] = frozenset()


def of_query(given: Mapping[str, str]) -> StatsAsked:
    """Reads a query string. Raises `InvalidRequest` with every fault."""
    since, until, alpha, metrics, lower = own_query.check(
        given, ("since",), ("until",), ("alpha",), _METRICS, _LOWER
    )
    faults: list[Violation] = []
    return _checked(
        Window(
            _read(since, "since", _moment, faults) if since else None,
            _read(until, "until", _moment, faults) if until else None,
        ),
        _read(alpha, "alpha", _number, faults) if alpha else ALPHA,
        _names(metrics),
        _names(lower),
        faults,
    )


def of_message(request: experiment_service_pb2.GetRouterStatsRequest) -> StatsAsked:
    """Reads a typed request. Raises `InvalidRequest` with every fault."""
    faults: list[Violation] = []
    return _checked(
        Window(
            _of_timestamp(request.since, "since", faults) if request.HasField("since") else None,
            _of_timestamp(request.until, "until", faults) if request.HasField("until") else None,
        ),
        request.alpha if request.HasField("alpha") else ALPHA,
        request.metrics,
        request.lower_is_better,
        faults,
    )


def _checked(
    window: Window,
    alpha: float | None,
    metrics: Iterable[str],
    lower: Iterable[str],
    faults: list[Violation],
) -> StatsAsked:
    least, most = _ALPHAS
    if alpha is not None and not least <= alpha <= most:
        faults.append(Violation("alpha", f"must be a number from {least} to {most}, got {alpha:g}"))
    if window.since is not None and window.until is not None and window.since >= window.until:
        faults.append(Violation("until", "must be later than since"))
    found = [tuple(dict.fromkeys(names)) for names in (metrics, lower)]
    for field, names in zip(("metrics", "lower_is_better"), found, strict=True):
        if len(names) > _MOST_METRICS:
            faults.append(Violation(field, f"may name {_MOST_METRICS} metrics at most, got {len(names)}"))
        if wrong := next((name for name in names if not re.match(METRIC, name)), None):
            faults.append(Violation(field, f"must name metrics ({METRIC_WORDS}), got '{wrong[:_SHOWN]}'"))
    if faults or alpha is None:
        raise InvalidRequest(faults)
    return StatsAsked(window, alpha, found[0], frozenset(found[1]))


def _read(text: str, field: str, how: Callable[[str], float], faults: list[Violation]) -> float | None:
    try:
        return how(text)
    except (ValueError, OverflowError) as error:
        faults.append(Violation(field, f"{error}, got '{text[:_SHOWN]}'"))
        return None


def _moment(text: str) -> float:
    seconds = times.read(text)
    if not 0 <= seconds <= _LAST_SECOND:
        raise ValueError("must be a time from 1970 to 9999")
    return seconds


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"must be a number from {_ALPHAS[0]} to {_ALPHAS[1]}")
    return number


def _of_timestamp(moment: timestamp_pb2.Timestamp, field: str, faults: list[Violation]) -> float | None:
    seconds = moment.seconds + moment.nanos / 1e9
    if not 0 <= seconds <= _LAST_SECOND:
        faults.append(Violation(field, "must be a time from 1970 to 9999"))
        return None
    return seconds


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
