"""The OpenAI chat completions dialect, spoken by OpenAI and most other vendors."""

from collections.abc import Mapping, Sequence

from service.dialects import asked
from service.dialects.dialect import Decoder
from service.dialects.openai.decoder import Answers, decoder_of
from service.dialects.openai.request import encode
from service.dialects.plain import Plain
from service.errors import Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class OpenAIChat(Plain):
    """POST /chat/completions. Source: OpenAI API reference, Chat Completions; the `openai` SDK's types."""

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What the row says this vendor does not take."""
        return asked.refused(request, endpoint.quirks.refused, endpoint)

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        del media
        return encode(request, endpoint)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by what comes, else by what was asked for."""
        answers = Answers(endpoint.provider, endpoint.quirks, request)
        return decoder_of(request, endpoint.provider, content_type, answers)
