"""The Anthropic Messages dialect, spoken by Anthropic, and by others for Claude and for their own models."""

from collections.abc import Mapping

from service.dialects.anthropic.headers import API_VERSION, headers
from service.dialects.anthropic.messages import Messages
from service.dialects.anthropic.platform import API
from service.dialects.anthropic.request import body, written
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class Anthropic(Messages):
    """POST /v1/messages. Source: Anthropic API reference, Messages; the `anthropic` SDK's types."""

    key_header = "x-api-key"
    platform = API

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        built, dropped = body(request, endpoint, media)
        return UpstreamRequest(
            f"{endpoint.base_url}/v1/messages",
            written(built),
            {**headers(request, built), "anthropic-version": API_VERSION},
            dropped,
        )
