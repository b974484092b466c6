"""A provider is data: where it is, which language it speaks, which keys open it, what it lists."""

import msgspec

from service.types.secret import Secret
from service.types.upstream import Endpoint


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One configured provider.

    `models` are the ids it lists: bare names find them. With `models_only` no other id is sent to it.
    `by_name_only` keeps it out of every search that does not name it.
    """

    name: str
    dialect: str
    base_url: str
    keys: tuple[Secret, ...] = ()
    models: tuple[str, ...] = ()
    models_only: bool = False
    by_name_only: bool = False

    def endpoint(self, model: str) -> Endpoint:
        """This provider's endpoint of a model."""
        return Endpoint(provider=self.name, model=model, base_url=self.base_url, dialect=self.dialect)
