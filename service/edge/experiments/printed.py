"""Statistics as JSON. What is unknown, or cannot be said yet, is null."""

from typing import Any

from service.edge import times
from service.edge.experiments.statistics import (
    UNIT,
    MetricReport,
    RouteReport,
    RouterReport,
    VariantReport,
)
from service.edge.models import money
from service.experiments.interval import Interval
from service.store.request_counts import Percentiles


def report(told: RouterReport) -> dict[str, Any]:
    """Prints all that is told of a router."""
    since, until = told.window
    return {
        "router": told.router,
        "since": None if since is None else times.rfc3339(since),
        "until": None if until is None else times.rfc3339(until),
        "routes": [_route(each) for each in told.routes],
    }


def kind(boolean: bool | None) -> str | None:
    """The word for what a metric's values are."""
    return None if boolean is None else "boolean" if boolean else "number"


def error_rate(told: VariantReport) -> float | None:
    """The share of failures in the requests whose callers stayed."""
    stayed = told.counts.requests - told.counts.cancelled
    return told.counts.errors / stayed if stayed else None


def _route(told: RouteReport) -> dict[str, Any]:
    return {
        "route_id": told.route_id,
        "variants": [_variant(each) for each in told.variants],
        "metrics": [_metric(each) for each in told.metrics],
    }


def _variant(told: VariantReport) -> dict[str, Any]:
    counts = told.counts
    cost = None
    if counts.cost is not None and counts.priced:
        cost = {
            "sum": money.number(counts.cost),
            "mean": money.number(counts.cost / counts.priced),
            "requests": counts.priced,
        }
    return {
        "variant_id": counts.variant_id,
        "requests": counts.requests,
        "errors": counts.errors,
        "cancelled": counts.cancelled,
        "error_rate": error_rate(told),
        "ttft_ms": _latency(told.first_content),
        "duration_ms": _latency(told.duration),
        "prompt_tokens": counts.prompt_tokens,
        "completion_tokens": counts.completion_tokens,
        "cost": cost,
        "requests_with_fallbacks": counts.with_fallbacks,
        "fallbacks": counts.fallbacks,
    }


def _latency(told: Percentiles | None) -> dict[str, int] | None:
    return told and {"p50": told.p50, "p90": told.p90, "p99": told.p99}


def _metric(told: MetricReport) -> dict[str, Any]:
    judged = told.judgement
    return {
        "metric": told.metric,
        "kind": kind(told.boolean),
        "method": told.method,
        "level": judged.alpha,
        "lower_is_better": told.lower_is_better,
        "unit": UNIT,
        "variants": [
            {
                "variant_id": each.variant_id,
                "observations": each.observations,
                "mean": each.mean,
                **_bounds(each.interval),
            }
            for each in judged.means
        ],
        "differences": [
            {
                "variant_id": each.variant_id,
                "baseline": each.baseline,
                "difference": each.difference,
                **_bounds(each.interval),
            }
            for each in judged.differences
        ],
        "verdict": {
            "state": judged.verdict.state.value,
            "winner": judged.verdict.winner,
            "sentence": judged.verdict.sentence,
        },
    }


def _bounds(interval: Interval | None) -> dict[str, float | None]:
    return {"lower": interval and interval.lower, "upper": interval and interval.upper}
