"""The orders of `/api/v1/models`, as data (OpenRouter A11). Models without the fact come last."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from service.edge.models.listing import Listed
from service.edge.models.measured import Measured, Measurements
from service.errors import InvalidRequest, Violation
from service.types.vitals import Percentiles


class Sort(NamedTuple):
    """What a model is ordered by, and whether the largest comes first."""

    value: Callable[[Listed], Any]
    descending: bool = True


class MeasuredSort(NamedTuple):
    """As `Sort`, by the median of what was measured; of a model's endpoints the best one counts."""

    value: Callable[[Measured], Percentiles | None]
    best: Callable[[Iterable[float]], float]
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
MEASURED_SORTS: dict[str, MeasuredSort] = {
    "throughput-high-to-low": MeasuredSort(lambda known: known.throughput, max),
    "latency-low-to-high": MeasuredSort(lambda known: known.latency, min, descending=False),
}
NO_DATA: dict[str, str] = {
    **dict.fromkeys(("most-popular", "top-weekly"), "how much models are used is not recorded"),
    "agentic-high-to-low": "agentic benchmarks are not in the catalog",
    "design-arena-elo-high-to-low": "Design Arena is not in the catalog",
}


def ordered(
    models: Sequence[Listed], sort: str, among: Sequence[Listed], measurements: Measurements
) -> list[Listed]:
    """The models in an order; equal ones stay as they are.

    `among` are all that are listed here. Raises `InvalidRequest` for an order that is unknown, or of whose
    fact nothing is known here; measurements are no such fact, as they come and go with the traffic.
    """
    if sort in NO_DATA:
        raise InvalidRequest([Violation("sort", f"'{sort}' cannot be used here: {NO_DATA[sort]}")])
    if measured := MEASURED_SORTS.get(sort):
        return _sorted(models, _reader(measured, measurements), descending=measured.descending)
    if sort not in SORTS:
        names = ", ".join((*SORTS, *MEASURED_SORTS))
        raise InvalidRequest([Violation("sort", f"must be one of {names}, got '{sort[:100]}'")])
    value, descending = SORTS[sort]
    if among and all(value(listed) is None for listed in among):
        raise InvalidRequest([Violation("sort", f"'{sort}' cannot be used here: no model here states it")])
    return _sorted(models, value, descending=descending)


def _reader(sort: MeasuredSort, measurements: Measurements) -> Callable[[Listed], float | None]:
    def value(listed: Listed) -> float | None:
        known = [found for offer in listed.offers if (found := measurements.of(offer.endpoint.id))]
        medians = [spread.p50 for each in known if (spread := sort.value(each))]
        return sort.best(medians) if medians else None

    return value


def _sorted(models: Sequence[Listed], value: Callable[[Listed], Any], *, descending: bool) -> list[Listed]:
    values = {listed.id: value(listed) for listed in models}
    known = [listed for listed in models if values[listed.id] is not None]
    unknown = [listed for listed in models if values[listed.id] is None]
    return sorted(known, key=lambda listed: values[listed.id], reverse=descending) + unknown
