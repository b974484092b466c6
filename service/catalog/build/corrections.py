"""What the sources have wrong, and what is right, each with its source."""

from collections.abc import Mapping
from typing import Any

import msgspec

from service.types.facts import Facts

_TEXT = ("text",)

FACTS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    # OpenRouter, which passes on to OpenAI, says yes; so does the guide "Function calling" since June 2023.
    ("openai", "gpt-3.5-turbo"): {"tools": True},
    # models.dev gives these audio in and images out; OpenAI's own rows of the same models do not.
    ("azure", "gpt-5.1"): {"input_modalities": ("text", "image"), "output_modalities": _TEXT},
    ("azure", "gpt-5.1-chat"): {"input_modalities": ("text", "image"), "output_modalities": _TEXT},
    ("azure", "gpt-5.1-codex"): {"input_modalities": ("text", "image"), "output_modalities": _TEXT},
}
"""By provider and the vendor's id: the fields of `Facts` to replace."""

READS_FILES = {
    # Recorded: gpt-5-mini and gpt-4.1-nano read PDFs; the guide "File inputs": models that see read PDFs too.
    "openai": "image",
    # Recorded: nova-2-lite and pixtral-large read document blocks, which Converse turns into text and pages.
    "amazon-bedrock": "image",
    # Recorded: mistral-medium reads `document_url` parts; the guide "Document QnA": any chat model does.
    "mistral": "text",
}
"""By provider: what a model must read to read files too, which models.dev says of only a part of them."""

UNPROVEN = {
    # Recorded: minimax-m2 answers by `outputConfig.textFormat`, and the row says no.
    "amazon-bedrock": ("structured_outputs",),
    # OpenRouter, which passes on to OpenAI, says yes of the same models (gpt-5.2-pro, gpt-5.4-pro).
    "openai": ("structured_outputs",),
}
"""By provider: what models.dev denies without ground; there its no is taken as unknown."""


def corrected(provider: str, model_id: str, facts: Facts) -> Facts:
    """The facts of an endpoint with what is known better."""
    place = (provider, model_id)
    changes: dict[str, Any] = {name: None for name in UNPROVEN.get(provider, ()) if not getattr(facts, name)}
    kinds = facts.input_modalities
    if kinds and READS_FILES.get(provider) in kinds and "file" not in kinds:
        changes["input_modalities"] = (*kinds, "file")
    return msgspec.structs.replace(facts, **{**changes, **FACTS.get(place, {})})
