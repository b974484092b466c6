"""What the dialect and its variant on Vertex AI have in common."""

from collections.abc import Mapping, Sequence

from service.dialects.anthropic.decoder import BodyDecoder, StreamDecoder
from service.dialects.anthropic.obstacles import obstacles
from service.dialects.anthropic.platform import Platform
from service.dialects.anthropic.request_answer import answer_form
from service.dialects.anthropic.request_parts import link_of
from service.dialects.decoding import streamed
from service.dialects.dialect import Decoder
from service.dialects.errors import http_error
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint


class Messages:
    """Everything but the URL and the frame of the body."""

    platform: Platform

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What this model does not take."""
        return obstacles(request, endpoint)

    def forces_schemas(self, endpoint: Endpoint) -> bool:
        """Yes: models of all ages call a tool that they must call."""
        del endpoint
        return True

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """The URLs that Anthropic does not fetch by itself where this is served."""
        del endpoint
        parts = (part for message in request.body.messages for part in message.parts)
        found = (link_of(part, self.platform) for part in parts)
        return tuple(dict.fromkeys(url for url in found if url))

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by content type, else by what was asked for."""
        answer_tool = answer_form(request, endpoint).answer_tool
        kind = StreamDecoder if streamed(request, content_type) else BodyDecoder
        return kind(endpoint.provider, answer_tool)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return http_error(endpoint.provider, status, headers, body)
