"""The newest model of a family: `~anthropic/claude-opus-latest` (OpenRouter A8). Pure."""

import functools
import re

from service.catalog.names import author_key
from service.providers.directory import Directory
from service.types.facts import Model
from service.types.upstream import Endpoint

_NAME = re.compile(r"~([^/]+)/(.+)-latest", re.DOTALL)
# `qwen3.7-max` is of the family `qwen-max`; the one letter of `k2.6` belongs to its number.
_BETWEEN_WORDS = re.compile(r"[^a-z0-9.]+|(?<=[a-z]{2})(?=\d)")
_VERSION = re.compile(r"[a-z]?\d+(\.\d+)*o?")


def newest(name: str, directory: Directory) -> tuple[Endpoint, ...]:
    """Who serves the newest model of a family; nobody, if `name` is not `~author/family-latest`.

    The words of the family all stand in the model's slug, and all others there tell a version: `4.7`, `v3`,
    `4o`, a date. Only listed models of providers that are on count; unknown releases come last.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return ()
    family = _words(found[2])
    models = directory.made_by.get(author_key(found[1]), {})
    of_family = [model for model in models if family and _is_of(family, _words(_slug(model)))]
    return tuple(models[max(of_family, key=_age)]) if of_family else ()


def _is_of(family: frozenset[str], words: frozenset[str]) -> bool:
    return family <= words and all(map(_VERSION.fullmatch, words - family))


def _age(model: Model) -> tuple[int, int, str]:
    """Ascending by release; of models released together, the one with the shorter name is the later one."""
    return model.created or 0, -len(model.id), model.id


def _slug(model: Model) -> str:
    return model.id.partition("/")[2]


@functools.lru_cache(4096)
def _words(slug: str) -> frozenset[str]:
    return frozenset(filter(None, (word.strip(".") for word in _BETWEEN_WORDS.split(slug.casefold()))))
