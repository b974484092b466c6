"""What `/api/v1/models` can be filtered by, as data (OpenRouter A11).

A model of which a filter's fact is unknown does not pass it. A filter whose fact is unknown of every model
is no filter but a mistake: it is refused, as are those for which Pointsman has no data at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from service.dialects.supported import NAMES
from service.edge.models import query
from service.edge.models.listing import Listed, Offer, slug
from service.errors import InvalidRequest, Violation

_DAY_SECONDS = 86_400
_MODALITIES = ("text", "image", "audio", "video", "file")
_LONGEST_NUMBER = 20


class Filter(NamedTuple):
    """How a parameter is read, whether a model's fact is known, and whether a model passes."""

    read: Callable[[str], Any]
    knows: Callable[[Listed], Any]
    passes: Callable[[Listed, Any], Any]


class OfferFilter(NamedTuple):
    """As `Filter`, for facts of single endpoints: those that do not pass are no part of what is listed."""

    read: Callable[[str], Any]
    knows: Callable[[Offer], Any]
    passes: Callable[[Offer, Any], Any]


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text) if len(text) <= _LONGEST_NUMBER else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError("must be a number of 0 or more")
    return amount


def _between(name: str, how: Callable[[str], Any], value: Callable[[Listed], Any]) -> dict[str, Filter]:
    """The filters `min_NAME` and `max_NAME`, bounds included."""

    def known(listed: Listed) -> bool:
        return value(listed) is not None

    return {
        f"min_{name}": Filter(how, known, lambda listed, least: known(listed) and value(listed) >= least),
        f"max_{name}": Filter(how, known, lambda listed, most: known(listed) and value(listed) <= most),
    }


def _matches(listed: Listed, text: str) -> bool:
    searched = f"{listed.id} {listed.name}".casefold()
    return all(word in searched for word in text.casefold().split())


def _made(listed: Listed, wanted: Sequence[str]) -> bool:
    """A model of which it is unknown what it makes is taken to answer with text, as all of chat does."""
    return "all" in wanted or bool({*wanted} & {*(listed.output_modalities or ("text",))})


def _slugs(text: str) -> frozenset[str]:
    return frozenset(map(slug, query.words()(text)))


FILTERS: dict[str, Filter] = {
    "q": Filter(str, bool, _matches),
    "supported_parameters": Filter(
        query.words(*NAMES),
        lambda listed: listed.parameters,
        lambda listed, of: {*of} <= {*listed.parameters},
    ),
    "input_modalities": Filter(
        query.words(*_MODALITIES),
        lambda listed: listed.input_modalities,
        lambda listed, of: {*of} <= {*listed.input_modalities},
    ),
    "output_modalities": Filter(query.words(*_MODALITIES, "all"), bool, _made),
    "context": Filter(
        query.whole(0),
        lambda listed: listed.context_length,
        lambda listed, least: (listed.context_length or 0) >= least,
    ),
    "model_authors": Filter(
        _slugs, lambda listed: listed.model, lambda listed, of: listed.model and listed.model.author in of
    ),
    **_between("price", _amount, lambda listed: listed.price.prompt),
    **_between("output_price", _amount, lambda listed: listed.price.completion),
    **_between("intelligence_index", _amount, lambda listed: listed.model and listed.model.intelligence),
    **_between("coding_index", _amount, lambda listed: listed.model and listed.model.coding),
}

OFFER_FILTERS: dict[str, OfferFilter] = {
    "providers": OfferFilter(_slugs, bool, lambda offer, of: offer.provider_slugs & of),
    "zdr": OfferFilter(
        query.one_of("true"), lambda offer: offer.facts.zdr is not None, lambda offer, _: offer.facts.zdr
    ),
    "region": OfferFilter(
        query.one_of("eu", "us"),
        lambda offer: offer.facts.regions,
        lambda offer, wanted: any(
            region == wanted or region.startswith(f"{wanted}-") for region in offer.facts.regions or ()
        ),
    ),
}

NO_DATA: dict[str, str] = {
    "category": "what models are used for is not recorded",
    "arch": "model families are not in the catalog",
    "distillable": "licences are not in the catalog",
    **dict.fromkeys(("min_agentic_index", "max_agentic_index"), "agentic benchmarks are not in the catalog"),
    **dict.fromkeys(("min_tool_success_rate", "max_tool_success_rate"), "tool calls are not measured yet"),
    "use_rss": "the list is served as JSON alone",
}
_AGES = ("min_age_days", "max_age_days")
PARAMETERS = frozenset({*FILTERS, *OFFER_FILTERS, *NO_DATA, *_AGES})


def select(models: Sequence[Listed], given: Mapping[str, str], now: float) -> Sequence[Listed]:
    """The models that pass every filter given. `now` is in Unix seconds. Raises `InvalidRequest`."""
    check_data(given, NO_DATA)
    asked = {"output_modalities": "text", **given}
    left = models
    for name, narrow in OFFER_FILTERS.items():
        if name in asked:
            wanted = query.read(asked, name, narrow.read, None)
            _check_known(name, (narrow.knows(offer) for listed in models for offer in listed.offers))
            narrowed = [_narrowed(listed, narrow, wanted) for listed in left]
            left = [listed for listed in narrowed if listed.offers]
    for name, each in {**FILTERS, **_ages(now)}.items():
        if name in asked:
            wanted = query.read(asked, name, each.read, None)
            _check_known(name, map(each.knows, models))
            left = [listed for listed in left if each.passes(listed, wanted)]
    return left


def check_data(given: Mapping[str, str], missing: Mapping[str, str]) -> None:
    """Raises `InvalidRequest` naming every parameter for which there is no data, with the reason."""
    violations = [
        Violation(name, f"cannot be used here: {why}") for name, why in missing.items() if name in given
    ]
    if violations:
        raise InvalidRequest(violations)


def _check_known(name: str, known: Iterable[Any]) -> None:
    told = list(known)
    if told and not any(told):
        raise InvalidRequest([Violation(name, "cannot be used here: no model here states it")])


def _narrowed(listed: Listed, narrow: OfferFilter, wanted: Any) -> Listed:
    kept = tuple(offer for offer in listed.offers if narrow.passes(offer, wanted))
    return Listed(listed.id, listed.model, kept)


def _ages(now: float) -> dict[str, Filter]:
    def days(listed: Listed) -> float | None:
        created = listed.model and listed.model.created
        return (now - created) / _DAY_SECONDS if created else None

    return _between("age_days", query.whole(0), days)
