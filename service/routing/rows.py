"""What planning reads of endpoints, laid out so that thousands are ordered in a millisecond. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from service.dialects import DIALECTS
from service.routing.needs import Needs, lacking
from service.types.price import Price
from service.types.upstream import Endpoint

UNKNOWN = math.inf
_MILLION = 1_000_000
SCORES = ("intelligence", "coding", "math")


class Row(NamedTuple):
    """One endpoint in numbers.

    `lacks` are the abilities it is known not to have. Prices are USD per token, `UNKNOWN` where not known;
    `tiered` is whether they depend on the size of the prompt. `context` is `UNKNOWN` where not known.
    """

    endpoint: Endpoint
    lacks: int
    prompt: float
    completion: float
    fee: float
    tiered: bool
    context: float

    def cost(self, needs: Needs) -> float:
        """The expected cost of a request in USD, `UNKNOWN` where a price is not known."""
        prompt, completion = self.prompt, self.completion
        if self.tiered and self.endpoint.facts.price:
            tiered = at_size(self.endpoint.facts.price, needs.prompt_tokens)
            prompt, completion = _per_token(tiered.prompt), _per_token(tiered.completion)
        return prompt * needs.prompt_tokens + completion * needs.answer_tokens + self.fee

    def score(self, metric: str) -> float | None:
        """A benchmark score of the model, None where it is not ranked."""
        model = self.endpoint.facts.model
        found: float | None = getattr(model, metric) if model else None
        return found


def row_of(endpoint: Endpoint) -> Row:
    """Reads an endpoint once."""
    facts = endpoint.facts
    price = facts.price or Price()
    return Row(
        endpoint=endpoint,
        lacks=lacking(facts, forces_schemas=DIALECTS[endpoint.dialect].forces_schemas(endpoint)),
        prompt=_per_token(price.prompt),
        completion=_per_token(price.completion),
        fee=float(price.request or 0),
        tiered=bool(price.tiers),
        context=UNKNOWN if facts.context_length is None else facts.context_length,
    )


class Rows:
    """Some endpoints, with their columns made as they are wanted and kept."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: Sequence[Row] = tuple(rows)
        self._ids: list[str] | None = None
        self._able: dict[int, Rows] = {}
        self._columns: dict[str, list[float]] = {}
        self._prices: list[tuple[float, float, float]] | None = None
        self._tiered: list[int] = []

    @property
    def ids(self) -> list[str]:
        """The ids of the endpoints."""
        if self._ids is None:
            self._ids = [row.endpoint.id for row in self.rows]
        return self._ids

    def able(self, abilities: int) -> "Rows":
        """Those that are not known to lack any of these."""
        found = self._able.get(abilities)
        if found is None:
            kept = [row for row in self.rows if not row.lacks & abilities]
            found = self if len(kept) == len(self.rows) else Rows(kept)
            self._able[abilities] = found
        return found

    def where(self, keep: Callable[[Row], bool]) -> "Rows":
        """Those that pass."""
        return Rows(row for row in self.rows if keep(row))

    def costs(self, needs: Needs) -> list[float]:
        """The expected cost of a request at each."""
        if self._prices is None:
            self._prices = [(row.prompt, row.completion, row.fee) for row in self.rows]
            self._tiered = [place for place, row in enumerate(self.rows) if row.tiered]
        size, length = needs.prompt_tokens, needs.answer_tokens
        found = [prompt * size + completion * length + fee for prompt, completion, fee in self._prices]
        for place in self._tiered:
            found[place] = self.rows[place].cost(needs)
        return found

    def deficits(self, metric: str) -> list[float]:
        """How far each is from the best conceivable score: lowest first; `UNKNOWN` where not ranked."""
        column = self._columns.get(metric)
        if column is None:
            scores = (row.score(metric) for row in self.rows)
            column = [UNKNOWN if score is None else -score for score in scores]
            self._columns[metric] = column
        return column


def at_size(price: Price, prompt_tokens: int) -> Price:
    """The prices for a prompt of that size; what a tier leaves out is as without it."""
    for tier in reversed(price.tiers):
        if prompt_tokens > tier.min_prompt_tokens:
            names = [name for name in tier.__struct_fields__ if name != "min_prompt_tokens"]
            told = {name: its for name in names if (its := getattr(tier, name)) is not None}
            return msgspec.structs.replace(price, **told)
    return price


def _per_token(price: Decimal | None) -> float:
    return UNKNOWN if price is None else float(price) / _MILLION
