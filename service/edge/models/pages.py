"""`GET /api/v1/models`: its query becomes a page of models (OpenRouter A11)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from service.edge.models import filters, openrouter, query
from service.edge.models.listing import Listed
from service.edge.models.measured import Measurements
from service.edge.models.sorts import ordered

PATH = "/api/v1/models"
_PAGE = 500
_LARGEST_PAGE = 1000
PARAMETERS = filters.PARAMETERS | {"all", "sort", "offset", "limit"}


def chosen(
    models: Sequence[Listed], given: dict[str, str], now: float, measurements: Measurements
) -> Sequence[Listed]:
    """The models that the query asks for, in its order. `now` is in Unix seconds. Raises `InvalidRequest`."""
    query.check_names(given, PARAMETERS)
    left = filters.select(models, given, now)
    return ordered(left, given["sort"], models, measurements) if "sort" in given else left


def page(models: Sequence[Listed], given: dict[str, str]) -> dict[str, Any]:
    """Prints the page that the query asks for: all, unless it has `offset` or `limit`."""
    offset = query.read(given, "offset", query.whole(0), 0)
    limit = query.read(given, "limit", query.whole(1, _LARGEST_PAGE), _PAGE)
    shown = models[offset : offset + limit] if {"offset", "limit"} & given.keys() else models
    after = offset + len(shown)
    return {
        "data": [openrouter.model(listed) for listed in shown],
        "total_count": len(models),
        "links": {"next": _address(given, after, limit) if shown and after < len(models) else None},
    }


def _address(given: Mapping[str, str], offset: int, limit: int) -> str:
    return f"{PATH}?{urlencode({**given, 'offset': offset, 'limit': limit})}"
