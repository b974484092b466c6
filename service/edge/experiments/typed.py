"""Statistics as messages. What is unknown, or cannot be said yet, is absent."""

from pointsman.v1 import router_stats_pb2
from service.edge import times
from service.edge.experiments.printed import error_rate, kind
from service.edge.experiments.statistics import (
    UNIT,
    MetricReport,
    RouteReport,
    RouterReport,
    VariantReport,
)
from service.store.request_counts import Percentiles


def report(told: RouterReport) -> router_stats_pb2.RouterStats:
    """All that is told of a router."""
    since, until = told.window
    return router_stats_pb2.RouterStats(
        router=told.router,
        since=None if since is None else times.timestamp(since),
        until=None if until is None else times.timestamp(until),
        routes=[_route(each) for each in told.routes],
    )


def _route(told: RouteReport) -> router_stats_pb2.RouteStats:
    return router_stats_pb2.RouteStats(
        route_id=told.route_id,
        variants=[_variant(each) for each in told.variants],
        metrics=[_metric(each) for each in told.metrics],
    )


def _variant(told: VariantReport) -> router_stats_pb2.VariantStats:
    counts = told.counts
    cost = None
    if counts.cost is not None and counts.priced:
        cost = router_stats_pb2.CostStats(
            sum=counts.cost, mean=counts.cost / counts.priced, requests=counts.priced
        )
    return router_stats_pb2.VariantStats(
        variant_id=counts.variant_id,
        requests=counts.requests,
        errors=counts.errors,
        cancelled=counts.cancelled,
        error_rate=error_rate(told),
        ttft_ms=_latency(told.first_content),
        duration_ms=_latency(told.duration),
        prompt_tokens=counts.prompt_tokens,
        completion_tokens=counts.completion_tokens,
        cost=cost,
        requests_with_fallbacks=counts.with_fallbacks,
        fallbacks=counts.fallbacks,
    )


def _latency(told: Percentiles | None) -> router_stats_pb2.LatencyStats | None:
    return told and router_stats_pb2.LatencyStats(p50=told.p50, p90=told.p90, p99=told.p99)


def _metric(told: MetricReport) -> router_stats_pb2.MetricStats:
    judged = told.judgement
    return router_stats_pb2.MetricStats(
        metric=told.metric,
        kind=kind(told.boolean) or "",
        method=told.method or "",
        level=judged.alpha,
        lower_is_better=told.lower_is_better,
        unit=UNIT,
        variants=[
            router_stats_pb2.MetricMean(
                variant_id=each.variant_id,
                observations=each.observations,
                mean=each.mean,
                lower=each.interval and each.interval.lower,
                upper=each.interval and each.interval.upper,
            )
            for each in judged.means
        ],
        differences=[
            router_stats_pb2.MetricDifference(
                variant_id=each.variant_id,
                baseline=each.baseline,
                difference=each.difference,
                lower=each.interval and each.interval.lower,
                upper=each.interval and each.interval.upper,
            )
            for each in judged.differences
        ],
        verdict=router_stats_pb2.MetricVerdict(
            state=judged.verdict.state.value,
            winner=judged.verdict.winner,
            sentence=judged.verdict.sentence,
        ),
    )
