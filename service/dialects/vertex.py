"""Vertex AI serves two languages: Anthropic's for Claude, Google's for all else, told apart by model id."""

from collections.abc import Mapping, Sequence

from service.dialects.anthropic.vertex import AnthropicOnVertex
from service.dialects.dialect import Decoder, Dialect
from service.dialects.google.vertex import GeminiOnVertex
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest

_CLAUDE: Dialect = AnthropicOnVertex()
_GEMINI: Dialect = GeminiOnVertex()


class Vertex:
    """The dialect of one endpoint is that of its model. An API key (express mode) has a header of its own."""

    key_header = "x-goog-api-key"

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What the caller would not get."""
        return _of(endpoint).obstacles(request, endpoint)

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """The URLs whose bytes are needed."""
        return _of(endpoint).links(request, endpoint)

    def encode(
        self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]
    ) -> UpstreamRequest:
        """Builds the provider's request."""
        return _of(endpoint).encode(request, endpoint, media)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses the decoder."""
        return _of(endpoint).decoder(request, endpoint, content_type)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return _of(endpoint).error(endpoint, status, headers, body)


def _of(endpoint: Endpoint) -> Dialect:
    name = endpoint.model.rpartition("/")[2]
    return _CLAUDE if name.startswith("claude") else _GEMINI
