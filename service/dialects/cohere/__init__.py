"""The dialect of Cohere's chat, version 2."""

from collections.abc import Mapping, Sequence

from service.dialects.cohere.answer import BodyDecoder
from service.dialects.cohere.request import encode, obstacles
from service.dialects.cohere.stream import StreamDecoder
from service.dialects.dialect import Decoder
from service.dialects.errors import http_error
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class Cohere:
    """POST /v2/chat. Source: the `cohere` SDK's types and its version 2 client, and recorded traffic."""

    key_header = "authorization"
    forces_schemas = False

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What Cohere has no form for."""
        return obstacles(request, endpoint)

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """None: Cohere fetches images by itself, and takes nothing else."""
        del request, endpoint
        return ()

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        del media
        return encode(request, endpoint)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by what comes, else by what was asked for."""
        whole = "json" in content_type or not request.stream
        if whole and "text/event-stream" not in content_type:
            return BodyDecoder(endpoint.provider, request)
        return StreamDecoder(endpoint.provider, request)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return http_error(endpoint.provider, status, headers, body)
