"""`[[models]]` of the settings: what the operator knows better, or knows at all."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from service.types.facts import Facts, Modality, Model
from service.types.price import Price, PriceTier

Score = Annotated[float, Meta(ge=0, le=100)]
Tokens = Annotated[int, Meta(ge=1)]
Text = Annotated[str, Meta(min_length=1)]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class TierTable(PriceTier, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tier of `PriceTable`."""

    def __post_init__(self) -> None:
        _no_debt(self)


class PriceTable(Price, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`price = { prompt = 0.5, completion = "1.5" }`: USD per million tokens, as `Price` says."""

    tiers: tuple[TierTable, ...] = ()

    def __post_init__(self) -> None:
        _no_debt(self)
        starts = [tier.min_prompt_tokens for tier in self.tiers]
        if any(one >= other for one, other in pairwise(starts)):
            raise ValueError("tiers must ascend by min_prompt_tokens")


class ModelRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One endpoint, `id` being the provider's id of the model. What is not set stays as it was.

    `model` is the model behind it, as `author/slug`; without it, the one that was known or that the id
    names, or else one of its own. The fields from `name` to `math` are that model's, wherever it is served.
    `price` replaces a known price as a whole.
    """

    provider: Text
    id: Text
    model: Annotated[str, Meta(pattern="^[^/]+/.+$")] | None = None

    name: str | None = None
    created: int | None = None
    knowledge_cutoff: str | None = None
    open_weights: bool | None = None
    hugging_face_id: str | None = None
    intelligence: Score | None = None
    coding: Score | None = None
    math: Score | None = None

    input_modalities: tuple[Modality, ...] | None = None
    output_modalities: tuple[Modality, ...] | None = None
    tools: bool | None = None
    structured_outputs: bool | None = None
    temperature: bool | None = None
    reasoning: bool | None = None
    efforts: tuple[Effort, ...] | None = None
    budget: tuple[int | None, int | None] | None = None
    thinking_off: bool | None = None
    prompt_caching: bool | None = None
    web_search: bool | None = None
    context_length: Tokens | None = None
    max_prompt_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    price: PriceTable | None = None
    quantization: str | None = None
    zdr: bool | None = None
    trains: bool | None = None
    regions: tuple[str, ...] | None = None

    def on_model(self, model: Model) -> Model:
        """The model with what this row says of it."""
        return msgspec.structs.replace(model, **self._said(Model.__struct_fields__, besides="id"))

    def on_facts(self, facts: Facts) -> Facts:
        """The facts of the endpoint with what this row says of it."""
        return msgspec.structs.replace(facts, **self._said(Facts.__struct_fields__, besides="model"))

    def _said(self, names: tuple[str, ...], *, besides: str) -> dict[str, object]:
        said = {name: getattr(self, name) for name in names if name != besides}
        return {name: value for name, value in said.items() if value is not None}


def _no_debt(price: Price | PriceTier) -> None:
    for name in price.__struct_fields__:
        amount = getattr(price, name)
        if isinstance(amount, Decimal) and not (amount.is_finite() and amount >= 0):
            raise ValueError(f"{name} must be a price of 0 or more")
