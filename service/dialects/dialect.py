"""What every dialect can do. A dialect is one wire format of one vendor family, and pure."""

from collections.abc import Mapping
from typing import Protocol

from service.errors import ProviderError
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.types.upstream import Endpoint, UpstreamRequest


class Decoder(Protocol):
    """Turns the bytes of one successful answer into chunks; made anew for each answer.

    Failures are raised by `end` alone: what came before one is the reader's, however the bytes are split.
    """

    @property
    def complete(self) -> bool:
        """Whether no more bytes are wanted: the answer has ended, or failed as `end` will say."""
        ...

    def feed(self, data: bytes) -> list[Chunk]:
        """Takes the next bytes and returns the chunks they complete. A failure in them sets `complete`."""
        ...

    def end(self) -> list[Chunk]:
        """Takes the end of the bytes. Raises `ProviderError` for a failure or an answer cut off."""
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
