"""What is known of every model and of every endpoint that serves it, and which names mean which.

An endpoint is a provider's slug and the vendor's own id of the model. The data is built from public sources
(`build`), ships with the code, and the operator's `[[models]]` come over it.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from types import MappingProxyType

import msgspec

from service.catalog.data import File, Source
from service.catalog.model_row import ModelRow
from service.catalog.name_index import NameIndex, Place
from service.types.facts import Facts, Model

_DATA = "data.json"
_PROFILES = ("us.", "eu.", "apac.", "au.", "jp.", "ca.")
_UNKNOWN = Facts()
_OWN = ("price", "zdr", "trains", "regions")


class Catalog:
    """Immutable; `with_rows` makes another."""

    def __init__(
        self,
        models: Mapping[str, Model],
        endpoints: Mapping[str, Mapping[str, Facts]],
        *,
        unlisted: frozenset[Place] = frozenset(),
        aliases: Mapping[str, str] = MappingProxyType({}),
        sources: tuple[Source, ...] = (),
    ) -> None:
        """`unlisted` are endpoints that are known, but not offered; `aliases` other names of models."""
        self.models: Mapping[str, Model] = MappingProxyType(dict(models))
        self.sources = sources
        self._endpoints = endpoints
        self._unlisted = unlisted
        self._aliases = aliases
        self._names = NameIndex(models, aliases, endpoints, unlisted)

    @classmethod
    def load(cls) -> "Catalog":
        """The data that ships with the code."""
        data = resources.files(__package__).joinpath(_DATA).read_bytes()
        file = msgspec.json.decode(data, type=File)
        models = {model.id: model for model in file.models}
        endpoints = {
            provider: {
                model_id: msgspec.structs.replace(row.facts, model=models.get(row.model or ""))
                for model_id, row in rows.items()
            }
            for provider, rows in file.endpoints.items()
        }
        unlisted = frozenset(
            (provider, model_id)
            for provider, rows in file.endpoints.items()
            for model_id, row in rows.items()
            if not row.listed
        )
        return cls(models, endpoints, unlisted=unlisted, aliases=file.aliases, sources=file.sources)

    @property
    def providers(self) -> Sequence[str]:
        """The slugs of all providers that have an endpoint here."""
        return tuple(self._endpoints)

    def facts(self, provider: str, model: str, like: str | None = None) -> Facts:
        """What is known of an endpoint; nothing, if there is no row.

        A provider can be `like` another one: then what that one's endpoint can do and its limits are taken
        over where it has no word of its own, but neither its price nor what it does with data.

        An id with a region before it (`eu.`) is a way to an endpoint of that name without one: it can do
        the same, for the same price where it has no row of its own.
        """
        own = _found(self._endpoints.get(provider, {}), model)
        if like is None:
            return own
        others = _found(self._endpoints.get(like, {}), model)
        told = {name: value for name in Facts.__struct_fields__ if (value := getattr(own, name)) is not None}
        return msgspec.structs.replace(others, **{**dict.fromkeys(_OWN), **told})

    def listed(self, provider: str) -> Sequence[str]:
        """The vendor's ids that a provider offers: not deprecated, and with more known than a price."""
        rows = self._endpoints.get(provider, {})
        return tuple(model for model in rows if (provider, model) not in self._unlisted)

    def named(self, name: str) -> Sequence[Place]:
        """Provider and id of all endpoints that a bare or author-qualified name means.

        The name of a model means all that serve it, those that are not offered only if no other does. A
        vendor's own spelling that is no model's name (`Llama-3.3-70B-Instruct-Turbo`) means just the
        endpoints that spell it so. Case does not count, nor which separators stand between the words.
        """
        return self._names.find(name)

    def model(self, name: str) -> Model | None:
        """The model that a bare or author-qualified name means, if it means one."""
        found = self._names.model(name)
        return self.models.get(found) if found else None

    def with_rows(self, rows: Iterable[ModelRow]) -> "Catalog":
        """This catalog with rows added, and fields of rows overridden, in order."""
        models = dict(self.models)
        endpoints = {provider: dict(known) for provider, known in self._endpoints.items()}
        unlisted = set(self._unlisted)
        for row in rows:
            known = endpoints.setdefault(row.provider, {})
            facts = known.get(row.id, _UNKNOWN)
            model_id = self._model_of(row, facts)
            models[model_id] = row.on_model(models.get(model_id) or Model(id=model_id))
            known[row.id] = msgspec.structs.replace(row.on_facts(facts), model=models[model_id])
            unlisted.discard((row.provider, row.id))
        for known in endpoints.values():
            for model, facts in known.items():
                if facts.model and facts.model is not models[facts.model.id]:
                    known[model] = msgspec.structs.replace(facts, model=models[facts.model.id])
        return Catalog(
            models, endpoints, unlisted=frozenset(unlisted), aliases=self._aliases, sources=self.sources
        )

    def _model_of(self, row: ModelRow, facts: Facts) -> str:
        if row.model:
            # A new model may be named like an endpoint's id, but not like a model under another spelling.
            return self._names.model(row.model) or row.model
        if facts.model:
            return facts.model.id
        return self._names.model(row.id) or f"{row.provider}/{row.id}"


def _found(rows: Mapping[str, Facts], model: str) -> Facts:
    facts = rows.get(model)
    if facts is None and model.startswith(_PROFILES):
        facts = rows.get(model.partition(".")[2])
    return _UNKNOWN if facts is None else facts
