"""The OpenAI chat completions dialect, spoken by OpenAI and most other vendors."""

from collections.abc import Mapping

from service.dialects.dialect import Decoder
from service.dialects.openai.decoder import BodyDecoder, StreamDecoder
from service.dialects.openai.error import http_error
from service.dialects.openai.request import encode
from service.errors import ProviderError
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint, UpstreamRequest


class OpenAIChat:
    """POST /chat/completions. Source: OpenAI API reference, Chat Completions; the `openai` SDK's types."""

    def encode(self, request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
        """Builds the provider's request."""
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
        """Reads an HTTP error."""
        return http_error(endpoint.provider, status, headers, body)
