"""The AWS Bedrock dialect: Converse and ConverseStream, for all model families that Bedrock serves."""

from collections.abc import Mapping, Sequence

from service.dialects.bedrock.answer import Reading
from service.dialects.bedrock.decoder import BodyDecoder, StreamDecoder
from service.dialects.bedrock.families import family_of
from service.dialects.bedrock.faults import http_error
from service.dialects.bedrock.formats import answer_tool
from service.dialects.bedrock.obstacles import obstacles
from service.dialects.bedrock.parts import links
from service.dialects.bedrock.request import encode
from service.dialects.dialect import Decoder
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class Bedrock:
    """POST /model/M/converse[-stream]. Source: botocore's `bedrock-runtime` model; recorded traffic."""

    key_header = "authorization"

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What Converse has no form for, or this model is known not to do."""
        return obstacles(request, endpoint)

    def forces_schemas(self, endpoint: Endpoint) -> bool:
        """Yes; where a family cannot, that is an obstacle of its own."""
        del endpoint
        return True

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """All http(s) links, and objects of buckets: Bedrock takes bytes, or objects in S3."""
        del endpoint
        return links(request)

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        return encode(request, endpoint, media)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by content type, else by what was asked for."""
        reading = Reading(
            claude=family_of(endpoint).claude,
            answer_tool=answer_tool(request, endpoint),
            known_ids=frozenset(
                call.id for message in request.body.messages for call in message.tool_calls or ()
            ),
        )
        streamed = "eventstream" in content_type or ("json" not in content_type and request.stream)
        decoder: type[StreamDecoder | BodyDecoder] = StreamDecoder if streamed else BodyDecoder
        return decoder(endpoint.provider, reading)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return http_error(endpoint.provider, status, headers, body)
