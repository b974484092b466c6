"""Reads the package genai-prices: today's price of an endpoint, if it knows just that endpoint."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import metadata

from genai_prices import types
from genai_prices.data_snapshot import get_snapshot

from service.catalog.build.models_dev import amount, answers_chat
from service.types.price import Price, PriceTier

AS_OF = date(2026, 11, 21)
"""The day whose prices are taken: the file must not depend on when it is built."""

_PER_MILLION = {
    "prompt": "input_mtok",
    "completion": "output_mtok",
    "input_cache_read": "cache_read_mtok",
    "input_cache_write": "cache_write_mtok",
    "input_cache_write_1h": "cache_write_1h_mtok",
    "internal_reasoning": "output_reasoning_mtok",
    "audio": "input_audio_mtok",
    "audio_output": "output_audio_mtok",
    "input_audio_cache": "cache_audio_read_mtok",
    "image_output": "output_image_mtok",
}
_PER_THOUSAND = {"request": "requests_kcount", "web_search": "web_searches_kcount"}
_TIERED = frozenset(PriceTier.__struct_fields__)

_BEFORE = re.compile(r"((us|eu|au|jp|apac|ca|global)\.)?")
_AFTER = re.compile(r"\d{0,4}([-@](20\d{6}|20\d\d-\d\d-\d\d|default))?(-v\d+)?(:\d+)?")


def version() -> str:
    """The version of the package that is installed."""
    return metadata.version("genai-prices")


class Prices:
    """The prices of the package."""

    def __init__(self) -> None:
        self._providers = {provider.id: provider for provider in get_snapshot().providers}

    def of(self, provider: str, model_id: str, *, free: bool) -> Price | None:
        """The price of an endpoint; None where the package does not know it.

        Its own search matches by beginnings and parts of ids, and falls back on other providers. Here an
        endpoint is known only to its own provider, and only where the id is spelt out, but for a region
        before and a date or version after it.
        """
        model = self._providers[provider].find_model(model_id)
        if model is None or not any(_same(text, model_id) for text in _spelt(model)):
            return None
        return _price(model, free=free)

    def own(self, provider: str) -> Iterator[tuple[str, types.ModelInfo, Price]]:
        """All ids that the package spells out for a provider, with their prices."""
        for model in self._providers[provider].models:
            price = _price(model, free=False)
            for text in sorted({model.id, *_texts(model.match, exact=True)}):
                is_id = re.fullmatch(r"[a-z0-9][a-z0-9./@:-]*[a-z0-9]", text) and ":free" not in text
                found = self._providers[provider].find_model(text) is model
                if price and is_id and found and answers_chat(text):
                    yield text, model, price


def _spelt(model: types.ModelInfo) -> set[str]:
    return {model.id, *_texts(model.match)}


def _texts(clause: object, *, exact: bool = False) -> Iterator[str]:
    """The texts of a condition; only whole ids if `exact`."""
    match clause:
        case types.ClauseEquals():
            yield clause.equals
        case types.ClauseStartsWith() if not exact:
            yield clause.starts_with
        case types.ClauseContains() if not exact:
            yield clause.contains
        case types.ClauseEndsWith() if not exact:
            yield clause.ends_with
        case types.ClauseOr():
            for each in clause.or_:
                yield from _texts(each, exact=exact)


def _same(text: str, model_id: str) -> bool:
    before, found, after = model_id.lower().partition(text.lower())
    # Four digits may follow only where the text breaks off inside a date.
    cut = re.search(r"-20\d\d$", text) is not None
    return bool(
        found and _BEFORE.fullmatch(before) and _AFTER.fullmatch(after) and (cut or not after[:1].isdigit())
    )


def _price(model: types.ModelInfo, *, free: bool) -> Price | None:
    """In our names; None without both a price of the prompt and one of the completion."""
    told = _of_the_day(model).__dict__
    amounts: dict[str, Decimal] = {}
    tiers: dict[int, dict[str, Decimal]] = {}
    for ours, theirs in _PER_MILLION.items():
        said = told.get(theirs)
        base = said.base if isinstance(said, types.TieredPrices) else said
        if base is not None and (base > 0 or free):
            amounts[ours] = amount(base)
            if isinstance(said, types.TieredPrices) and ours in _TIERED:
                for tier in said.tiers:
                    tiers.setdefault(tier.start, {})[ours] = amount(tier.price)
    for ours, theirs in _PER_THOUSAND.items():
        said = told.get(theirs)
        if isinstance(said, Decimal) and said > 0:
            amounts[ours] = amount(said / 1000)
    if not {"prompt", "completion"} <= amounts.keys():
        return None
    steps = tuple(PriceTier(min_prompt_tokens=start, **tiers[start]) for start in sorted(tiers))
    return Price(**amounts, tiers=steps)


def _of_the_day(model: types.ModelInfo) -> types.ModelPrice:
    """Of prices that change with the hour, the one that holds for most of the day."""
    if isinstance(model.prices, types.ModelPrice):
        return model.prices
    hours = [model.get_prices(datetime(*AS_OF.timetuple()[:3], hour, tzinfo=UTC)) for hour in range(24)]
    return max(hours, key=lambda price: sum(price is other for other in hours))
