"""What every dialect can do. A dialect is one wire format of one vendor family, and pure."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.chunk import Chunk
from service.types.media import Media
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

    key_header: str
    """The header that carries an API key; `authorization` carries it as a Bearer token."""

    def forces_schemas(self, endpoint: Endpoint) -> bool:
        """Whether a model without structured outputs gives them too, by a tool that is forced."""
        ...

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What the caller would not get in this wire format: each makes the endpoint ineligible.

        What the catalog says of the model is `routing`'s to judge, but where it decides how to say something.
        Never raises: another endpoint may take what this one cannot.

        Cheap, and by the request's own fields: `tools`, `response_format`, `n`, `modalities`, `logprobs`,
        or a content part (`messages[0].content[1]`). Sampling knobs are none: they are dropped by `encode`.
        """
        ...

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """The URLs in the request that `encode` needs in `media`.

        http(s) ones whose bytes this vendor wants, and all of buckets (s3://, gs://), which it may only name
        if they come back.
        """
        ...

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request; names in it what had to be dropped.

        Raises `InvalidRequest` for content that cannot be read (a broken data URL, arguments that are no
        JSON), by the field's path.
        """
        ...

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses the decoder by what the provider says it sends, else by what was asked for."""
        ...

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        ...
