"""What is known of models, whoever serves them, put together from the rows of those who do."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from service.catalog.build.livebench import Scores
from service.catalog.build.models_dev import Json
from service.types.facts import Model

_AUTHORS_OWN = frozenset({
    *("alibaba", "anthropic", "cohere", "deepseek", "google-ai-studio", "inception", "minimax", "mistral"),
    *("moonshotai", "nvidia", "openai", "perplexity", "stepfun", "upstage", "xai", "z-ai"),
})  # fmt: skip
"""Providers who say of a model what its author says, if they are its author."""


_HOST = 3


class Told(NamedTuple):
    """A row that tells of a model: models.dev's own table of models (`provider` is None) or an endpoint's."""

    model: str
    provider: str | None
    row: Json
    hugging_face_id: str | None = None


def described(told: Sequence[Told], names: Mapping[str, str], scores: Mapping[str, Scores]) -> list[Model]:
    """All models, by id. Each detail comes from the first row that has it; see `_rank` for the order.

    Hosts date a model by the day they took it up: where no better source has a date, the first counts.
    `names` are names of models for which there is no row.
    """
    by_model: dict[str, list[Told]] = {model: [] for model in names}
    for each in told:
        by_model.setdefault(each.model, []).append(each)
    return [_model(model, by_model[model], names.get(model), scores) for model in sorted(by_model)]


def _model(model: str, told: list[Told], name: str | None, scores: Mapping[str, Scores]) -> Model:
    told.sort(key=_rank)
    rows = [each.row for each in told]
    dates = [(each, date) for each in told if (date := _seconds(each.row.get("release_date")))]
    own = [date for each, date in dates if _rank(each)[0] < _HOST]
    score = scores.get(model)
    return Model(
        id=model,
        name=_clean(_first(row.get("name") for row in rows) or name),
        created=own[0] if own else min((date for _, date in dates), default=None),
        knowledge_cutoff=_first(row.get("knowledge") for row in rows),
        open_weights=_first(row.get("open_weights") for row in rows),
        hugging_face_id=_first(each.hugging_face_id for each in told)
        or _first(_weights(row) for row in rows),
        intelligence=score.intelligence if score else None,
        coding=score.coding if score else None,
        math=score.math if score else None,
    )


def _rank(told: Told) -> tuple[int, str, str]:
    """models.dev's table, then the author, then OpenRouter (whose rows are of models), then hosts."""
    if told.provider is None:
        rank = 0
    elif told.provider in _AUTHORS_OWN:
        rank = 1
    else:
        rank = {"openrouter": 2}.get(told.provider, _HOST)
    return rank, told.provider or "", str(told.row.get("name"))


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _clean(name: str | None) -> str | None:
    return re.sub(r"\s*\((latest|free|turbo)\)\s*$", "", name, flags=re.IGNORECASE).strip() if name else None


def _seconds(date: str | None) -> int | None:
    """A date of three, two or one part; None where it is none, as in one row (`2025-25-11`)."""
    parts = [int(part) for part in (date or "").split("-") if part.isdigit()]
    if not parts:
        return None
    try:
        year, month, day = (*parts, 1, 1)[:3]
        return int(datetime(year, month, day, tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _weights(row: Json) -> str | None:
    for link in row.get("weights") or ():
        if found := re.match(r"https://huggingface\.co/([^/]+/[^/?#]+)/?$", link["url"]):
            return found[1]
    return None
