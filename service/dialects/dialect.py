"""What every dialect can do. A dialect is one wire format of one vendor family, and pure."""

from collections.abc import Mapping
from typing import Protocol

from service.errors import ProviderError
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.types.upstream import Endpoint, UpstreamRequest


class Decoder(Protocol):
    """Turns the bytes of one successful answer into chunks; made anew for each answer."""

    @property
    def complete(self) -> bool:
        """Whether the provider has said that the answer ends here."""
        ...

    def feed(self, data: bytes) -> list[Chunk]:
        """Takes the next bytes. Raises `ProviderError` where the provider reports a failure in them."""
        ...

    def end(self) -> list[Chunk]:
        """Takes the end of the bytes. Raises `ProviderError` if they cannot be the whole answer."""
        ...


class Dialect(Protocol):
    """One vendor family's wire format."""

    def encode(self, request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
        """Builds the provider's request. Raises `NotServed` for what this dialect cannot express."""
        ...

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses the decoder by what the provider says it sends, else by what was asked for."""
        ...

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        ...
