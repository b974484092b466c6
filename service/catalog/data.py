"""The shape of `data.json`, which `build` writes and `catalog` reads."""

import msgspec

from service.types.facts import Facts, Model


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where data of the file comes from: a project, its licence, the state used, and what was taken."""

    name: str
    address: str
    licence: str
    state: str
    taken: str


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One endpoint. `model` is the id of the model behind it.

    A row that is not `listed` is known, but not offered: deprecated by its vendor, or no more than a price.
    """

    model: str | None = None
    listed: bool = True
    facts: Facts = Facts()


class File(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `aliases` are other names of models: dated ones of a model that has one date only.

    `endpoints` are rows by provider and by the vendor's id of the model.
    """

    sources: tuple[Source, ...]
    models: tuple[Model, ...]
    aliases: dict[str, str]
    endpoints: dict[str, dict[str, Row]]
