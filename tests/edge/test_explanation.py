"""Explanations as JSON and as messages: all that is known, null or absent where nothing is."""

import json
from typing import Any

import msgspec
import pytest

from service.edge import explanation_json, openai_json, typed_explanation
from service.routing.exclusions import Exclusion
from service.routing.explain import Considered, Explanation

KNOWN = Considered(
    model="first/big",
    provider="first",
    place=0,
    standing="well",
    expected_cost=0.00012345,
    first_chance=2 / 3,
    latency=0.25,
    throughput=41.27,
    error_rate=1 / 8,
    requests=8,
    intelligence=71.5,
    coding=None,
    math=60.0,
)
UNKNOWN = Considered(
    model="own/new",
    provider="own",
    place=1,
    standing="recovering",
    expected_cost=None,
    first_chance=None,
    latency=None,
    throughput=None,
    error_rate=None,
    requests=0,
    intelligence=None,
    coding=None,
    math=None,
)
WHOLE = Explanation(
    requested="big",
    reading="named",
    reasoning="Selected 'first/big' for 'big', sorted by lowest price",
    sorted_by=["lowest price"],
    prompt_tokens=12,
    answer_tokens=1000,
    conversation="c0ffee",
    candidates=[KNOWN, UNKNOWN],
    excluded=[Exclusion("third/big", "max_price", "provider.max_price.prompt", "too dear")],
    excluded_count=1,
)
NOBODY = msgspec.structs.replace(
    WHOLE, candidates=[], excluded=[], excluded_count=0, conversation=None, sorted_by=[]
)


def printed(told: Explanation) -> Any:
    return json.loads(openai_json.encode(explanation_json.explanation(told)))


def test_json() -> None:
    assert printed(WHOLE) == {
        "requested": "big",
        "reading": "named",
        "reasoning": "Selected 'first/big' for 'big', sorted by lowest price",
        "sorted_by": ["lowest price"],
        "prompt_tokens": 12,
        "answer_tokens": 1000,
        "conversation": "c0ffee",
        "candidates": [
            {
                "position": 1,
                "model": "first/big",
                "provider": "first",
                "standing": "well",
                "place": 0,
                "expected_cost_usd": 0.00012345,
                "first_chance": 0.6667,
                "latency_ms": 250.0,
                "throughput_tokens_per_second": 41.3,
                "error_rate": 0.125,
                "requests": 8,
                "scores": {"intelligence": 71.5, "coding": None, "math": 60.0},
            },
            {
                "position": 2,
                "model": "own/new",
                "provider": "own",
                "standing": "recovering",
                "place": 1,
                "expected_cost_usd": None,
                "first_chance": None,
                "latency_ms": None,
                "throughput_tokens_per_second": None,
                "error_rate": None,
                "requests": 0,
                "scores": {"intelligence": None, "coding": None, "math": None},
            },
        ],
        "excluded": [
            {
                "model": "third/big",
                "rule": "max_price",
                "field": "provider.max_price.prompt",
                "reason": "too dear",
            }
        ],
        "excluded_count": 1,
        "router": None,
        "route_id": None,
        "variant_id": None,
        "prompt": None,
        "unmatched": [],
    }


def test_json_of_nobody() -> None:
    told = printed(NOBODY)

    assert (told["candidates"], told["excluded"], told["sorted_by"]) == ([], [], [])
    assert told["conversation"] is None


@pytest.mark.parametrize(
    ("cost", "number"),
    [
        (0.0, "0"),
        (3.5e-7, "0.00000035"),
        (1e-12, "0.000000000001"),
        (0.1 + 0.2, "0.3"),
        (1.5, "1.5"),
        (2_000_000.0, "2000000"),
    ],
)
def test_money_has_neither_exponent_nor_noise(cost: float, number: str) -> None:
    told = msgspec.structs.replace(WHOLE, candidates=[msgspec.structs.replace(KNOWN, expected_cost=cost)])

    data = openai_json.encode(explanation_json.explanation(told)).decode()

    assert f'"expected_cost_usd":{number},' in data


def test_typed() -> None:
    told = typed_explanation.explanation(WHOLE)

    first, second = told.candidates
    assert (told.requested, told.reading, list(told.sorted_by)) == ("big", "named", ["lowest price"])
    assert (told.prompt_tokens, told.answer_tokens, told.conversation) == (12, 1000, "c0ffee")
    assert (first.position, first.model, first.expected_cost_usd) == (1, "first/big", 0.00012345)
    assert (first.latency_ms, first.error_rate, first.requests) == (250.0, 0.125, 8)
    assert (first.scores.math, first.scores.HasField("coding")) == (60.0, False)
    assert {field.name for field, _ in second.ListFields()} == {
        *("position", "model", "provider", "standing", "place")
    }
    (excluded,) = told.excluded
    assert told.excluded_count == 1
    assert (excluded.model, excluded.rule) == ("third/big", "max_price")
    assert excluded.field == "routing.provider.max_price.prompt"  # as the typed request names it
    assert excluded.reason == "too dear"


def test_typed_of_nobody() -> None:
    told = typed_explanation.explanation(NOBODY)

    assert not told.candidates
    assert not told.HasField("conversation")
