"""What is asked of statistics: read strictly, with all faults at once, in both doors alike."""

import math
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from pointsman.v1.experiment_service_pb2 import GetRouterStatsRequest
from service.edge.experiments.asked import StatsAsked, of_message, of_query
from service.errors import InvalidRequest
from service.store.request_counts import Window

SECOND = 1_700_000_000


@pytest.mark.parametrize(
    ("query", "message", "asked"),
    [
        ({}, {}, StatsAsked()),
        (
            {"since": "2023-11-14T22:13:20.5Z", "until": "2023-11-15T00:13:21+02:00"},
            {"since": Timestamp(seconds=SECOND, nanos=500_000_000), "until": Timestamp(seconds=SECOND + 1)},
            StatsAsked(window=Window(SECOND + 0.5, SECOND + 1)),
        ),
        ({"alpha": "0.5"}, {"alpha": 0.5}, StatsAsked(alpha=0.5)),
        ({"alpha": "1e-3"}, {"alpha": 0.001}, StatsAsked(alpha=0.001)),
        (
            {"metrics": "stars, error,,stars", "lower_is_better": "stars"},
            {"metrics": ["stars", "error", "stars"], "lower_is_better": ["stars"]},
            StatsAsked(metrics=("stars", "error"), lower_is_better=frozenset({"stars"})),
        ),
        ({"lowerIsBetter": "a"}, {"lower_is_better": ["a"]}, StatsAsked(lower_is_better=frozenset({"a"}))),
    ],
)
def test_what_is_asked(query: dict[str, str], message: dict[str, Any], asked: StatsAsked) -> None:
    assert of_query(query) == asked
    assert of_message(GetRouterStatsRequest(router="r", **message)) == asked


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"sinse": "x"}, ["sinse: is no query parameter; there are since, until, alpha, metrics,"]),
        (
            {"since": "yesterday", "alpha": "much"},
            [
                "since: must be a time such as 2026-01-31T12:00:00Z, got 'yesterday'",
                "alpha: must be a number from 0.001 to 0.5, got 'much'",
            ],
        ),
        ({"alpha": "0.51"}, ["alpha: must be a number from 0.001 to 0.5, got 0.51"]),
        ({"alpha": "nan"}, ["alpha: must be a number from 0.001 to 0.5, got 'nan'"]),
        ({"since": "1969-12-31T23:59:59Z"}, ["since: must be a time from 1970 to 9999"]),
        ({"since": "0001-01-01T00:00:00+14:00"}, ["since: "]),
        ({"until": "9999-12-31T23:59:59-14:00"}, ["until: "]),
        (
            {"since": "2023-11-14T22:13:20Z", "until": "2023-11-14T22:13:20Z"},
            ["until: must be later than since"],
        ),
        ({"metrics": "Stars"}, ["metrics: must name metrics (1 to 64 lowercase", "got 'Stars'"]),
        ({"lower_is_better": "a b"}, ["lower_is_better: must name metrics"]),
        (
            {"metrics": ",".join(f"m{n}" for n in range(101))},
            ["metrics: may name 100 metrics at most"],
        ),
    ],
)
def test_faults_of_a_query(query: dict[str, str], faults: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        of_query(query)

    for fault in faults:
        assert fault in caught.value.message


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ({"alpha": math.nan}, ["alpha"]),
        ({"alpha": 0.0, "metrics": ["A"]}, ["alpha", "metrics"]),
        ({"since": Timestamp(seconds=-1), "until": Timestamp(seconds=2**40)}, ["since", "until"]),
        ({"since": Timestamp(seconds=9), "until": Timestamp(seconds=8)}, ["until"]),
    ],
)
def test_faults_of_a_message(message: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        of_message(GetRouterStatsRequest(router="r", **message))

    assert [each.field for each in caught.value.violations] == fields
