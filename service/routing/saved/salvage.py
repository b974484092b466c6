"""What can still be read of a document that is wrong in places, so that the rest is judged at once. Pure.

What is wrong is dropped; where it cannot be missing, something harmless stands for it. Then faults that only
follow from that are not told (`follows`).
"""

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import msgspec

from service.errors import InvalidRequest, Violation
from service.types import checked
from service.types.saved_router import SavedRouter

_MOST_ROUNDS = 20
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_VARIANT = re.compile(r"(.*\bvariants)\[\d+\](\.weight)?")
_CONTENT = re.compile(r"(.*\bmessage_templates\[\d+\])\.(content_items|tool_calls|role)\b")
_FOLLOWERS_OF_ROLE = ("content", "tool_calls", "tool_call_id")


def salvaged(members: dict[str, Any]) -> tuple[SavedRouter | None, list[Violation]]:
    """What is left of a document without what is wrong with its shape, if anything is; and what is wrong.

    The members are changed.
    """
    told: list[Violation] = []
    numbers = count()
    handled: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        try:
            return checked.decode(msgspec.json.encode(members), SavedRouter), told
        except InvalidRequest as error:
            told = told or list(error.violations)
            paths = set()
            for each in error.violations:
                path = each.field
                # What is still wrong goes with what it is in.
                while path and path in handled:
                    path = _above(path)
                paths.add(path)
            if "" in paths:
                return None, told
            for path in sorted(paths):
                _mend(members, path, numbers)
            handled |= paths
    return None, told


def follows(fault: Violation, wrong: Iterable[str]) -> bool:
    """Whether a fault of what was salvaged only follows from what is wrong at these paths, or is that."""
    field = fault.field
    for path in wrong:
        if field == path or (path and field.startswith((f"{path}.", f"{path}["))):
            return True
        if not field and path.split("[")[0].split(".")[0] in ("routes", "default_route"):
            return True
        if (found := _VARIANT.fullmatch(path)) and field == found[1]:
            return True
        if found := _CONTENT.match(path):
            names = _FOLLOWERS_OF_ROLE if found[2] == "role" else ("content",)
            if field in [f"{found[1]}.{name}" for name in names]:
                return True
    return False


def _mend(members: dict[str, Any], path: str, numbers: Iterator[int]) -> None:
    """Puts what stands for it at a path, or takes away what is there."""
    steps: list[str | int] = [int(place) if place else name for place, name in _STEP.findall(path)]
    *before, last = steps
    inside: Any = members
    for step in before:
        try:
            inside = inside[step]
        except (TypeError, LookupError):
            return  # what is above is wrong itself
    names = [step for step in steps if isinstance(step, str)]
    other = _instead(names, item=isinstance(last, int), number=next(numbers))
    if isinstance(inside, list) and isinstance(last, int) and last < len(inside):
        # Those after it keep their places.
        inside[last] = other
    elif isinstance(inside, dict) and isinstance(last, str):
        if other is None:
            inside.pop(last, None)
        else:
            inside[last] = other


def _instead(names: list[str], *, item: bool, number: int) -> Any:
    """What harmless thing can stand where something is required; None where nothing needs to."""
    alone = f"?{number}"
    variant = {"variant_id": alone, "model_id": "auto"}
    weighted = {"variant": variant, "weight": 100}
    route = {"route_id": alone, "variants": [weighted]}
    condition = {"cel_expression": "true"}
    if item:
        items = {
            "routes": {"route": route, "condition": condition},
            "variants": weighted,
            "message_templates": {"role": "user", "content": ""},
            "content_items": {"text": ""},
            "tool_calls": {"id": alone, "name": alone},
            "sort": {"metric": "SORT_METRIC_PRICE"},
        }
        return items.get(names[-1])
    within = names[-2] if len(names) > 1 else ""
    required = {
        ("", "name"): "x",
        ("routes", "route"): route,
        ("routes", "condition"): condition,
        ("condition", "cel_expression"): "true",
        ("variants", "variant"): variant,
        ("variants", "weight"): 0,
        ("variant", "variant_id"): alone,
        ("variant", "model_id"): "auto",
        ("message_templates", "role"): "user",
        ("content_items", "text"): "",
        ("tool_calls", "id"): alone,
        ("tool_calls", "name"): alone,
        ("sort", "metric"): "SORT_METRIC_PRICE",
        **{(of, "route_id"): alone for of in ("route", "default_route")},
        **{(of, "variants"): [weighted] for of in ("route", "default_route")},
    }
    return required.get((within, names[-1]))


def _above(path: str) -> str:
    """The path of what something is in."""
    if path.endswith("]"):
        return path[: path.rindex("[")]
    return path.rpartition(".")[0]
