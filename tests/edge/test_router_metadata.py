"""`openrouter_metadata`, judged by OpenRouter's own types, too."""

import json
from typing import Any

import pytest
from openrouter.components import OpenRouterMetadata

from service.edge.chat_request import parse
from service.edge.router_metadata import router_metadata
from service.types.facts import Facts, Model
from service.types.flavour import OPENROUTER
from service.types.metadata import Attempt
from service.types.plan import Plan, Selection, Target
from service.types.upstream import Endpoint

FAILED = Attempt(model="acme/m-1", error_type="provider_timeout")
LIMITED = Attempt(model="acme/m-1", error_type="provider_rate_limit", provider_status=429)
ANSWERED = Attempt(model="other/m", success=True)


def _endpoint(provider: str, model: str, author_id: str | None) -> Endpoint:
    facts = Facts(model=Model(id=author_id)) if author_id else Facts()
    return Endpoint(provider=provider, model=model, base_url="", dialect="openai", facts=facts)


ACME, OTHER = _endpoint("acme", "m-1", "author/m"), _endpoint("other", "m", None)


def _plan(model: str = "m", **members: Any) -> Plan:
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], **members}
    return Plan(
        request=parse(json.dumps(body).encode(), OPENROUTER),
        targets=(Target(ACME), Target(OTHER, 1)),
        selection=Selection(reading="auto" if model == "auto" else "named", requested=model),
    )


def _told(plan: Plan | None, attempts: list[Attempt], answered: Endpoint | None) -> dict[str, Any]:
    titles = {"acme": "Acme AI"}
    told = router_metadata(plan, attempts, answered, requested="m", title=lambda name: titles.get(name, name))
    OpenRouterMetadata.model_validate(told)
    return told


def test_who_was_available_asked_and_selected() -> None:
    assert _told(_plan(), [LIMITED, FAILED, ANSWERED], OTHER) == {
        "requested": "m",
        "strategy": "direct",
        "region": None,
        "summary": "available=2, selected=other",
        "attempt": 3,
        "is_byok": False,
        "endpoints": {
            "total": 2,
            "available": [
                {"provider": "Acme AI", "model": "author/m", "selected": False},
                {"provider": "other", "model": "other/m", "selected": True},
            ],
        },
        "attempts": [
            {"provider": "Acme AI", "model": "author/m", "status": 429},
            {"provider": "Acme AI", "model": "author/m", "status": 504},
            {"provider": "other", "model": "other/m", "status": 200},
        ],
    }


@pytest.mark.parametrize(
    ("plan", "attempts", "told"),
    [
        (_plan(), [FAILED], ("available=2", 1, 2)),
        (_plan(), [], ("available=2", 0, 2)),
        (None, [], ("available=0", 0, 0)),
    ],
    ids=["all failed", "nobody asked", "nobody could"],
)
def test_failures_select_nobody(
    plan: Plan | None, attempts: list[Attempt], told: tuple[str, int, int]
) -> None:
    printed = _told(plan, attempts, None)

    assert (printed["summary"], printed["attempt"], printed["endpoints"]["total"]) == told
    assert not any(each["selected"] for each in printed["endpoints"]["available"])


@pytest.mark.parametrize(
    ("plan", "strategy"),
    [
        (_plan(), "direct"),
        (_plan("m", models=["n"]), "fallback"),
        (_plan("auto"), "auto"),
        (_plan("auto", models=["n"]), "auto"),
        (_plan("~author/family-latest"), "latest"),
        (None, "direct"),
    ],
)
def test_strategies(plan: Plan | None, strategy: str) -> None:
    assert _told(plan, [], None)["strategy"] == strategy
