"""What a dialect hands to the upstream client, and where it goes."""

import msgspec


class UpstreamRequest(msgspec.Struct, frozen=True):
    """A finished HTTP request but for its credential, which belongs to the attempt."""

    url: str
    body: bytes
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class Endpoint(msgspec.Struct, frozen=True):
    """One model at one provider. `id` is what callers see and may send back: `provider/model`."""

    provider: str
    model: str
    base_url: str
    dialect: str

    @property
    def id(self) -> str:
        """The model's id with its provider."""
        return f"{self.provider}/{self.model}"
