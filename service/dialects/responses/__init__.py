"""The OpenAI Responses dialect, for models that are served only there."""

from collections.abc import Mapping, Sequence

from service.dialects.decoding import streamed
from service.dialects.dialect import Decoder
from service.dialects.plain import Plain
from service.dialects.responses.decoder import BodyDecoder, StreamDecoder
from service.dialects.responses.obstacles import obstacles
from service.dialects.responses.request import encode
from service.errors import Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class OpenAIResponses(Plain):
    """POST /responses. Source: OpenAI API reference, Responses; the `openai` SDK's types."""

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What this API has no form for."""
        return obstacles(request, endpoint)

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        del media
        return encode(request, endpoint)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by what comes, else by what was asked for."""
        kind = StreamDecoder if streamed(request, content_type) else BodyDecoder
        return kind(endpoint.provider)
