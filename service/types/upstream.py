"""What a dialect hands to the upstream client, and where it goes."""

import msgspec

from service.types.facts import Facts
from service.types.quirks import Quirks


class Dropped(msgspec.Struct, frozen=True):
    """A parameter that was left out of a provider's request, and why."""

    param: str
    reason: str


class UpstreamRequest(msgspec.Struct, frozen=True):
    """A finished HTTP request but for its credential, which belongs to the attempt.

    `url` is percent-encoded already and is sent as it stands.
    """

    url: str
    body: bytes
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    dropped: tuple[Dropped, ...] = ()


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where a provider that has no single address serves: fields of clouds."""

    project: str | None = None
    location: str | None = None
    region: str | None = None
    api_version: str | None = None


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one provider. `id` is what callers see and may send back: `provider/model`.

    `headers` go with every request; they hold no secret.
    """

    provider: str
    model: str
    base_url: str
    dialect: str
    site: Site = Site()
    quirks: Quirks = Quirks()
    facts: Facts = Facts()
    headers: dict[str, str] = {}

    @property
    def id(self) -> str:
        """The model's id with its provider."""
        return f"{self.provider}/{self.model}"
