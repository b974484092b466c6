"""Efforts, budgets, and the way from one to the other."""

import pytest

from service.types.thinking import Thinking, nearest
from tests.asking import chat


@pytest.mark.parametrize(
    ("effort", "supported", "found"),
    [
        ("high", ("low", "medium", "high"), "high"),
        ("xhigh", ("low", "medium", "high"), "high"),
        ("minimal", ("low", "high"), "low"),
        ("medium", ("low", "high"), "low"),
        ("minimal", ("none", "high"), "high"),
        ("none", ("low", "high"), "low"),
        ("none", ("none", "low"), "none"),
        ("max", ("none",), "none"),
        ("high", (), "high"),
        ("high", ("odd",), "high"),
    ],
)
def test_the_nearest_effort(effort: str, supported: tuple[str, ...], found: str) -> None:
    assert nearest(effort, supported) == found


@pytest.mark.parametrize(
    ("thinking", "budget"),
    [
        (Thinking(effort="none"), 0),
        (Thinking(effort="minimal"), 100),
        (Thinking(effort="low"), 200),
        (Thinking(effort="medium"), 500),
        (Thinking(effort="high"), 800),
        (Thinking(effort="xhigh"), 950),
        (Thinking(effort="max"), 950),
        (Thinking(effort="low", max_tokens=7), 7),
        (Thinking(), None),
    ],
)
def test_shares_of_a_cap(thinking: Thinking, budget: int | None) -> None:
    assert thinking.budget(1000) == budget


@pytest.mark.parametrize(
    ("budget", "cap", "level"),
    [(100, 1000, "minimal"), (450, 1000, "medium"), (990, 1000, "xhigh"), (6553, None, "low")],
)
def test_a_budget_as_an_effort(budget: int, cap: int | None, level: str) -> None:
    assert Thinking(max_tokens=budget).level(cap) == level
    assert Thinking(max_tokens=budget).level(cap, ("high",)) == "high"


@pytest.mark.parametrize(
    ("members", "thinking", "hidden"),
    [
        ({}, None, False),
        ({"reasoning": {}}, Thinking(effort="medium"), False),
        ({"reasoning": {"exclude": True}}, Thinking(effort="medium"), True),
        ({"include_reasoning": False}, None, True),
        ({"include_reasoning": True}, None, False),
        ({"reasoning_effort": "low"}, Thinking(effort="low"), False),
        ({"reasoning_effort": "low", "reasoning": {"effort": "high"}}, Thinking(effort="high"), False),
        ({"reasoning": {"enabled": False, "effort": "high"}}, Thinking(effort="none"), False),
        ({"reasoning": {"max_tokens": 5}}, Thinking(max_tokens=5), False),
    ],
)
def test_what_a_request_asks_for(members: dict[str, object], thinking: Thinking | None, hidden: bool) -> None:
    request = chat(**members)

    assert (request.thinking, request.hides_thoughts) == (thinking, hidden)
