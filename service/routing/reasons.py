"""Why a model was chosen, in a sentence for people (`metadata.reasoning`, Inworld 3.2)."""

from collections.abc import Sequence

from service.types.metadata import Attempt
from service.types.plan import Plan, Selection


def sentence(plan: Plan, attempts: Sequence[Attempt], *, failed: bool) -> str:
    """Says why the model that was asked last was asked, and how that ended."""
    model = attempts[-1].model if attempts else plan.targets[0].endpoint.id
    place = next((each.place for each in plan.targets if each.endpoint.id == model), 0)
    fell_over = len({each.model for each in attempts}) > 1
    why = chosen(plan.selection, model, place, fell_over=fell_over)
    if failed and not attempts:
        return f"{why} - nobody was asked"
    return f"{why}{_failures(attempts, model)}{_tries(attempts, model)} - {'failed' if failed else 'success'}"


def chosen(selection: Selection, model: str, place: int = 0, *, fell_over: bool = False) -> str:
    """Says why a model is asked, without how it ended; `place` is which of the named models it serves."""
    return _of_model(selection, model, place, fell_over=fell_over) + _router(selection)


def _of_model(selection: Selection, model: str, place: int, *, fell_over: bool) -> str:
    if selection.reading == "auto":
        pool = "specified models" if selection.pool else "all models"
        return f"Auto-selected '{model}', from {pool}{_order(selection)}{_note(selection, fell_over)}"
    if place:
        why = f", as {selection.passed_over}" if selection.passed_over and not fell_over else ""
        return f"Using fallback model: '{model}'{why}"
    if selection.reading == "pinned" or not selection.order:
        return f"Using specified model: '{model}'"
    named = f"Selected '{model}' for '{selection.requested}'"
    return f"{named}{_order(selection)}{_note(selection, fell_over)}"


def _router(selection: Selection) -> str:
    """Who named the model, if it was not the caller."""
    routed = selection.routed
    if routed is None:
        return ""
    return f", by variant '{routed.variant_id}' of route '{routed.route_id}' of router '{routed.router}'"


def _order(selection: Selection) -> str:
    return f", sorted by {' then '.join(selection.order)}" if selection.order else ""


def _note(selection: Selection, fell_over: bool) -> str:
    if fell_over:
        return ""
    if selection.sticky:
        return ", staying with the conversation's endpoint"
    return ", first in turn to be measured" if selection.explored else ""


def _tries(attempts: Sequence[Attempt], model: str) -> str:
    """At which try the model answered or gave up, where there were several."""
    kinds = [str(each.error_type) for each in attempts[:-1] if each.model == model and not each.success]
    return f", at try {len(kinds) + 1} ({', '.join(kinds)} before)" if kinds else ""


def _failures(attempts: Sequence[Attempt], model: str) -> str:
    """Who failed before, with the kind of each failure; an endpoint that was asked twice is told once."""
    failed = [each for each in attempts if each.model != model and not each.success]
    failures = {each.model: each.error_type for each in failed}
    told = ", ".join(f"'{name}' ({kind})" for name, kind in failures.items())
    return f", after {told} failed" if told else ""
