"""No condition holds a worker up, whatever it says and whatever it is given."""

import random
import time
import timeit
from typing import Any

import msgspec
import pytest

from service.edge.chat_request import parse
from service.routing.saved import costs
from service.routing.saved.conditions import Conditions
from service.routing.saved.facts import Facts
from service.types.chat_request import ChatRequest
from tests.routing.scene import NOW

# Ten times what is meant: only what is slower by its nature fails here.
BOUND_SECONDS = 10 * costs.BUDGET / 1e9
TAGS = ["".join(random.Random(number).choices("xa", k=10)) for number in range(100)]
LONG = "xa" * 8_000

# The worst that could be thought of, for each kind of work.
NASTY = [
    'messages.exists(m, m.content.matches("a(x|a){100}y"))',
    'messages.exists(m, m.content.matches("a(x|a){900}y"))',
    r'messages.exists(m, m.content.matches("\\pL{3}y"))',
    'messages.exists(m, m.content.matches("(([ax]*)*a){100}y"))',
    'messages.exists(m, m.content.matches("(?i).*(refund|chargeback).*"))',
    'messages.exists(m, "x".matches("((x|a)*a(x|a){30}){30}"))',
    'messages.exists(m, m.content.contains("' + "x" * 2_000 + 'y"))',
    "messages.exists(m, m.content.contains(long))",
    "messages.exists(m, tags.exists(t, m.content.contains(t + 'y')))",
    "messages.map(m, m).size() == 3",
    "messages.filter(m, true).filter(m, true).map(m, m.content).size() == 0",
    "messages.map(m, m.content + m.content).map(x, x + x).map(x, x + x).size() == 3",
    "messages.map(m, messages.map(n, m.content + n.content)).size() == 3",
    "messages.exists(m, messages.exists(n, messages.exists(o, m.content + n.content == o.content)))",
    "messages.exists(m, messages == messages && false)",
    "messages.exists(m, messages.last().content == 'zz')",
    "messages.all(m, {m.content: m, m.content + 'b': m} != {'a': m})",
    "messages.all(m, [m, m, [m, messages]] != [[m], messages])",
    "tags.all(a, tags.all(b, a != b + long))",
    "[long]" + ".map(a, a + a)" * 6 + ".size() == 0",
    "messages.all(m, string(bytes(m.content + long)) != 'y')",
]
SHAPES = [
    (1, 10_000),
    (1, 1_000_000),
    (10, 1_000),
    (100, 100),
    (100, 10_000),
    (1_000, 10),
    (10_000, 1),
    (10_000, 200),
]


def _chat(count: int, length: int) -> ChatRequest:
    lots = random.Random(count)
    texts = [
        "".join(lots.choices("xa", k=min(length, 10_000))) * (length // 10_000 or 1)
        for _ in range(min(count, 50))
    ]
    body: dict[str, Any] = {
        "model": "m",
        "messages": [{"role": "user", "content": texts[number % len(texts)]} for number in range(count)],
        "extra_body": {"metadata": {"tags": TAGS, "long": LONG}},
    }
    return parse(msgspec.json.encode(body))


REQUESTS = {shape: _chat(*shape) for shape in SHAPES}


@pytest.mark.parametrize("expression", NASTY, ids=[each[:60] for each in NASTY])
def test_no_condition_takes_long(expression: str) -> None:
    conditions = Conditions({"p": expression})
    if conditions.faults:  # which bounds it best
        assert "too" in conditions.faults[0].description
        return
    for request in REQUESTS.values():
        facts = Facts(request, NOW)
        facts.learn(conditions.reads(0))
        started = time.process_time()
        conditions.of(facts).why_not(0)
        assert time.process_time() - started < BOUND_SECONDS


def test_what_is_ordinary_is_evaluated_at_any_size() -> None:
    ordinary = {
        "tier": "tags.exists(t, t == 'x')",
        "size": "messages.size() > 3 || messages.last().content.size() > 100",
        "last": 'messages.last().content.matches("(?i).*(refund|chargeback).*")',
        "first": "messages[0].content.startsWith('xxxx')",
        "words": "messages.exists(m, m.content.contains('parcel'))",
    }
    conditions = Conditions(ordinary)
    assert not conditions.faults

    for shape, request in REQUESTS.items():
        evaluation = conditions.of(Facts(request, NOW))
        for place, name in enumerate(ordinary):
            assert "too large" not in (evaluation.why_not(place) or ""), (shape, name)


def test_compiling_is_bounded_too() -> None:
    for expression in (
        "true" + " || true" * 500,
        "x" + " + x" * 1_000,
        "[" * 2_000,
        "!" * 4_000 + "true",
        *NASTY,
    ):
        started = time.process_time()
        Conditions({"p": expression})
        assert time.process_time() - started < BOUND_SECONDS


def test_a_plain_condition_takes_microseconds() -> None:
    conditions = Conditions({"one": "tier == 'gold' && turns < 10", "two": "tier == 'free'"})
    request = parse(
        msgspec.json.encode(
            {
                "model": "m",
                "messages": [{"role": "user", "content": "Hi"}],
                "extra_body": {"metadata": {"tier": "free", "turns": 3}},
            }
        )
    )

    def look() -> None:
        evaluation = conditions.of(Facts(request, NOW))
        assert evaluation.why_not(0) is not None
        assert evaluation.why_not(1) is None

    assert min(timeit.repeat(look, number=100, repeat=5)) / 100 < 0.000_5
