"""What is known of models and of the endpoints that serve them. None is unknown, everywhere."""

from typing import Literal

import msgspec

from service.types.price import Price

Modality = Literal["text", "image", "audio", "video", "file"]


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model, whoever serves it. `id` is `author/slug`; `created` is its release in Unix seconds.

    `intelligence`, `coding` and `math` are benchmark scores in percent on one common scale.
    """

    id: str
    name: str | None = None
    created: int | None = None
    knowledge_cutoff: str | None = None
    open_weights: bool | None = None
    hugging_face_id: str | None = None
    intelligence: float | None = None
    coding: float | None = None
    math: float | None = None

    @property
    def author(self) -> str:
        """Who made it, as the first part of the id says."""
        return self.id.partition("/")[0]


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one endpoint can do, its limits in tokens and its price.

    `efforts` are the reasoning levels it takes, in ascending order; `budget` the smallest and the largest
    number of thinking tokens where it takes a number (None as a bound is unknown); `thinking_off` whether
    reasoning can be turned off. `trains` is whether the provider may train on requests, `zdr` whether it
    retains nothing.
    """

    model: Model | None = None
    input_modalities: tuple[Modality, ...] | None = None
    output_modalities: tuple[Modality, ...] | None = None
    tools: bool | None = None
    structured_outputs: bool | None = None
    temperature: bool | None = None
    reasoning: bool | None = None
    efforts: tuple[str, ...] | None = None
    budget: tuple[int | None, int | None] | None = None
    thinking_off: bool | None = None
    prompt_caching: bool | None = None
    web_search: bool | None = None
    context_length: int | None = None
    max_prompt_tokens: int | None = None
    max_completion_tokens: int | None = None
    price: Price | None = None
    quantization: str | None = None
    zdr: bool | None = None
    trains: bool | None = None
    regions: tuple[str, ...] | None = None
