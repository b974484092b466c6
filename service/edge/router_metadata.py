"""`openrouter_metadata`: what the router did, for callers who ask by a header (OpenRouter A10.5)."""

from collections.abc import Callable, Sequence
from typing import Any

from service.errors import TABLE, ErrorKind
from service.types.metadata import Attempt
from service.types.plan import Plan, Target
from service.types.upstream import Endpoint

_LATEST = "~"


def router_metadata(
    plan: Plan | None,
    attempts: Sequence[Attempt],
    answered: Endpoint | None,
    *,
    requested: str,
    title: Callable[[str], str],
) -> dict[str, Any]:
    """Prints it. `answered` is None where nobody did, `plan` where nobody could.

    `title` gives the display name of a provider.
    """
    targets = plan.targets if plan else ()
    summary = f"available={len(targets)}"
    if answered:
        summary += f", selected={title(answered.provider)}"
    return {
        "requested": requested,
        "strategy": _strategy(plan) if plan else "direct",
        "region": None,
        "summary": summary,
        "attempt": len(attempts),
        "is_byok": False,
        "endpoints": {
            "total": len(targets),
            "available": [
                {
                    "provider": title(target.endpoint.provider),
                    "model": model_id(target.endpoint),
                    "selected": answered is not None and target.endpoint.id == answered.id,
                }
                for target in targets
            ],
        },
        "attempts": [_attempt(attempt, targets, title) for attempt in attempts],
    }


def model_id(endpoint: Endpoint) -> str:
    """A model's id whoever serves it, as `author/name`; unknown to the catalog, the endpoint's own."""
    return endpoint.facts.model.id if endpoint.facts.model else endpoint.id


def _strategy(plan: Plan) -> str:
    if plan.selection.reading == "auto":
        return "auto"
    if plan.request.routing.models:
        return "fallback"
    return "latest" if plan.selection.requested.startswith(_LATEST) else "direct"


def _attempt(attempt: Attempt, targets: Sequence[Target], title: Callable[[str], str]) -> dict[str, Any]:
    asked = next((each.endpoint for each in targets if each.endpoint.id == attempt.model), None)
    return {
        "provider": title(attempt.model.partition("/")[0]),
        "model": model_id(asked) if asked else attempt.model,
        "status": _status(attempt),
    }


def _status(attempt: Attempt) -> int:
    """The provider's own; where it gave none, what its failure is told as."""
    if attempt.provider_status is not None or attempt.error_type is None:
        return attempt.provider_status or 200
    return TABLE[ErrorKind(attempt.error_type)].http_status
