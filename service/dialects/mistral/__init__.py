"""The dialect of Mistral's chat completions: OpenAI's with departures."""

from collections.abc import Mapping, Sequence

from service.dialects import asked
from service.dialects.dialect import Decoder
from service.dialects.mistral.answer import MistralAnswers
from service.dialects.mistral.messages import video_parts
from service.dialects.mistral.request import encode
from service.dialects.openai import OpenAIChat
from service.dialects.openai.decoder import decoder_of
from service.errors import Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class Mistral(OpenAIChat):
    """POST /v1/chat/completions. Source: the `mistralai` SDK's types, and recorded traffic."""

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """Images and audio in the answer, video in the request, functions of old, and what the row says."""
        names = dict.fromkeys(("image", "audio", *endpoint.quirks.refused))
        return [
            *asked.refused(request, names, endpoint),
            *video_parts(request, endpoint),
        ]

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        del media
        return encode(request, endpoint)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by what comes, else by what was asked for."""
        answers = MistralAnswers(endpoint.provider, endpoint.quirks, request)
        return decoder_of(request, endpoint.provider, content_type, answers)
