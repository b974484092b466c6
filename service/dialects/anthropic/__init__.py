"""The Anthropic Messages dialect, spoken by Anthropic, and by others for Claude and for their own models."""

from collections.abc import Mapping

import msgspec

from service.dialects.anthropic.decoder import BodyDecoder, StreamDecoder
from service.dialects.anthropic.headers import API_VERSION, headers
from service.dialects.anthropic.messages import Messages
from service.dialects.anthropic.platform import API
from service.dialects.anthropic.request import body
from service.dialects.anthropic.vertex import AnthropicOnVertex
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest

__all__ = ["Anthropic", "AnthropicOnVertex", "BodyDecoder", "StreamDecoder", "body"]


class Anthropic(Messages):
    """POST /v1/messages. Source: Anthropic API reference, Messages; the `anthropic` SDK's types."""

    key_header = "x-api-key"
    forces_schemas = True
    platform = API

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        built, dropped = body(request, endpoint, media)
        return UpstreamRequest(
            f"{endpoint.base_url}/v1/messages",
            msgspec.json.encode(built),
            {**headers(request, built), "anthropic-version": API_VERSION},
            dropped,
        )
