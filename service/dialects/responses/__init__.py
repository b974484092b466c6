"""The OpenAI Responses dialect, for models that are served only there."""

from collections.abc import Mapping, Sequence

from service.dialects.dialect import Decoder
from service.dialects.errors import http_error
from service.dialects.responses.decoder import BodyDecoder, StreamDecoder
from service.dialects.responses.obstacles import obstacles
from service.dialects.responses.request import encode
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class OpenAIResponses:
    """POST /responses. Source: OpenAI API reference, Responses; the `openai` SDK's types."""

    key_header = "authorization"
    forces_schemas = False

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What this API has no form for."""
        return obstacles(request, endpoint)

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """None: the vendor fetches by itself."""
        del request, endpoint
        return ()

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        del media
        return encode(request, endpoint)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by content type: some servers answer a streaming request with one JSON body."""
        if "text/event-stream" in content_type:
            return StreamDecoder(endpoint.provider)
        if "json" in content_type or not request.stream:
            return BodyDecoder(endpoint.provider)
        return StreamDecoder(endpoint.provider)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return http_error(endpoint.provider, status, headers, body)
