"""A provider is data: where it is, which language it speaks, which keys open it, what it lists."""

import functools
import re

import msgspec

from service.types.account import Account
from service.types.facts import Facts
from service.types.quirks import Quirks
from service.types.secret import Secret
from service.types.upstream import Endpoint, Site


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One configured provider.

    `models` are the ids it lists in place of the catalog's; None leaves it to the catalog. With `models_only`
    no other id is sent to it. `by_name_only` keeps it out of every search that does not name it. `catalog` is
    its name in the catalog, `like` the one whose models have the same abilities and limits where the catalog
    knows none of its own. `by_model` are patterns of model ids that are served in another dialect,
    `model_quirks` those of models with other quirks. `zdr` and `trains` are what it says of all its endpoints
    (`Facts`), where nothing is said of one. `max_concurrent` is how many calls it gets at a time from each
    worker, where that is not as for all.
    """

    name: str
    title: str = ""
    dialect: str
    base_url: str
    keys: tuple[Secret, ...] = ()
    account: Account | None = None
    site: Site = Site()
    headers: dict[str, str] = {}
    quirks: Quirks = Quirks()
    by_model: tuple[tuple[str, str], ...] = ()
    model_quirks: tuple[tuple[str, Quirks], ...] = ()
    models: tuple[str, ...] | None = None
    models_only: bool = False
    by_name_only: bool = False
    catalog: str = ""
    like: str | None = None
    aliases: tuple[str, ...] = ()
    zdr: bool | None = None
    trains: bool | None = None
    max_concurrent: int | None = None

    def endpoint(self, model: str, facts: Facts | None = None) -> Endpoint:
        """This provider's endpoint of a model."""
        return Endpoint(
            provider=self.name,
            model=model,
            base_url=self.base_url,
            dialect=next((to for pattern, to in self.by_model if _matches(pattern, model)), self.dialect),
            site=self.site,
            quirks=self._quirks(model),
            facts=self._promised(facts or Facts()),
            headers=self.headers,
        )

    def _promised(self, facts: Facts) -> Facts:
        if self.zdr is None and self.trains is None:
            return facts
        zdr = self.zdr if facts.zdr is None else facts.zdr
        trains = self.trains if facts.trains is None else facts.trains
        return msgspec.structs.replace(facts, zdr=zdr, trains=trains)

    def _quirks(self, model: str) -> Quirks:
        return next((its for pattern, its in self.model_quirks if _matches(pattern, model)), self.quirks)


def _matches(pattern: str, model: str) -> bool:
    return _compiled(pattern).fullmatch(model) is not None


_compiled = functools.cache(re.compile)
