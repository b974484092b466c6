"""The dialect of Cohere's chat, version 2."""

from collections.abc import Mapping, Sequence

from service.dialects.cohere.answer import BodyDecoder
from service.dialects.cohere.request import encode, obstacles
from service.dialects.cohere.stream import StreamDecoder
from service.dialects.decoding import streamed
from service.dialects.dialect import Decoder
from service.dialects.plain import Plain
from service.errors import Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class Cohere(Plain):
    """POST /v2/chat. Source: the `cohere` SDK's types and its version 2 client, and recorded traffic."""

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What Cohere has no form for."""
        return obstacles(request, endpoint)

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        del media
        return encode(request, endpoint)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by what comes, else by what was asked for."""
        kind = StreamDecoder if streamed(request, content_type) else BodyDecoder
        return kind(endpoint.provider, request)
