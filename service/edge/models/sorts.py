"""The orders of `/api/v1/models`, as data (OpenRouter A11). Models without the fact come last."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from service.edge.models.listing import Listed
from service.errors import InvalidRequest, Violation


class Sort(NamedTuple):
    """What a model is ordered by, and whether the largest comes first."""

    value: Callable[[Listed], Any]
    descending: bool = True


def _mean_price(listed: Listed) -> Any:
    price = listed.price
    if price.prompt is None or price.completion is None:
        return None
    return price.prompt + price.completion


SORTS: dict[str, Sort] = {
    "pricing-low-to-high": Sort(_mean_price, descending=False),
    "pricing-high-to-low": Sort(_mean_price),
    "context-high-to-low": Sort(lambda listed: listed.context_length),
    "newest": Sort(lambda listed: listed.model and listed.model.created),
    "intelligence-high-to-low": Sort(lambda listed: listed.model and listed.model.intelligence),
    "coding-high-to-low": Sort(lambda listed: listed.model and listed.model.coding),
}
NO_DATA: dict[str, str] = {
    **dict.fromkeys(("most-popular", "top-weekly"), "how much models are used is not recorded"),
    **dict.fromkeys(("throughput-high-to-low", "latency-low-to-high"), "speed is not measured yet"),
    "agentic-high-to-low": "agentic benchmarks are not in the catalog",
    "design-arena-elo-high-to-low": "Design Arena is not in the catalog",
}


def ordered(models: Sequence[Listed], sort: str, among: Sequence[Listed]) -> list[Listed]:
    """The models in an order; equal ones stay as they are.

    `among` are all that are listed here. Raises `InvalidRequest` for an order that is unknown, or of whose
    fact nothing is known here.
    """
    if sort in NO_DATA:
        raise InvalidRequest([Violation("sort", f"'{sort}' cannot be used here: {NO_DATA[sort]}")])
    if sort not in SORTS:
        raise InvalidRequest([Violation("sort", f"must be one of {', '.join(SORTS)}, got '{sort[:100]}'")])
    value, descending = SORTS[sort]
    if among and all(value(listed) is None for listed in among):
        raise InvalidRequest([Violation("sort", f"'{sort}' cannot be used here: no model here states it")])
    known = [listed for listed in models if value(listed) is not None]
    unknown = [listed for listed in models if value(listed) is None]
    return sorted(known, key=value, reverse=descending) + unknown
