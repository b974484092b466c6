"""Finds endpoints by the names of models."""

from collections.abc import Mapping, Sequence

from service.catalog.names import id_key, key
from service.types.facts import Facts, Model

Place = tuple[str, str]
"""A provider's slug and the vendor's id of a model."""


class NameIndex:
    """All names, by what their spellings have in common."""

    def __init__(
        self,
        models: Mapping[str, Model],
        aliases: Mapping[str, str],
        endpoints: Mapping[str, Mapping[str, Facts]],
        unlisted: frozenset[Place],
    ) -> None:
        """As in `Catalog`."""
        self._models: dict[str, dict[str, None]] = {}
        for name, model in (*((each, each) for each in models), *aliases.items()):
            for spelling in {id_key(name), key(name.partition("/")[2])}:
                self._models.setdefault(spelling, {})[model] = None
        self._serving: dict[str, list[Place]] = {}
        self._spelt: dict[str, list[Place]] = {}
        for provider, rows in endpoints.items():
            for model_id, facts in rows.items():
                place = (provider, model_id)
                if facts.model:
                    self._serving.setdefault(facts.model.id, []).append(place)
                for spelling in {id_key(model_id), key(model_id.rpartition("/")[2])}:
                    self._spelt.setdefault(spelling, []).append(place)
        self._unlisted = unlisted

    def find(self, name: str) -> Sequence[Place]:
        """See `Catalog.named`."""
        spelling = id_key(name)
        models = self._models.get(spelling)
        if models and "/" not in spelling:
            # A tuned copy under the same name is meant only by those who name its author.
            most = max(len(self._serving.get(model, ())) for model in models)
            models = {model: None for model in models if len(self._serving.get(model, ())) == most}
        found = self._spelt.get(spelling, []) if models is None else self._served(models)
        return tuple(place for place in found if place not in self._unlisted) or tuple(found)

    def _served(self, models: Mapping[str, None]) -> list[Place]:
        return [place for model in models for place in self._serving.get(model, ())]

    def model(self, name: str) -> str | None:
        """The id of the one model that a name means."""
        models = tuple(self._models.get(id_key(name), ()))
        return models[0] if len(models) == 1 else None
