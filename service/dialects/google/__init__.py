"""The dialect of Google's Gemini models, generateContent, as AI Studio speaks it."""

from collections.abc import Mapping, Sequence

import msgspec

from service.dialects import asked
from service.dialects.decoding import streamed
from service.dialects.dialect import Decoder
from service.dialects.google import config, tools
from service.dialects.google.answer import earlier_ids
from service.dialects.google.decoder import BodyDecoder, StreamDecoder
from service.dialects.google.errors import status_error
from service.dialects.google.media import file_violation, links
from service.dialects.google.platform import AI_STUDIO, Platform
from service.dialects.google.request import encode
from service.dialects.plain import Plain
from service.dialects.urls import segment
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest


class Google(Plain):
    """POST /v1beta/models/M:generateContent. Sources: ai.google.dev/api/generate-content; `google-genai`."""

    key_header = "x-goog-api-key"
    platform: Platform = AI_STUDIO

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What this model does not give, tools that Google does not have, files by an id it cannot know."""
        files = [
            Violation(f"messages[{place}].content[{at}].file.file_id", why)
            for place, message in enumerate(request.body.messages)
            for at, part in enumerate(message.parts)
            if (why := file_violation(part, self.platform))
        ]
        return [
            *asked.refused(request, endpoint.quirks.refused, endpoint),
            *tools.violations(request, endpoint, self.platform),
            *config.violations(request, endpoint),
            *files,
        ]

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """The links that Google does not follow by itself."""
        return links(request, endpoint, self.platform)

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        encoded = encode(request, endpoint, self.platform, media)
        tier_members, tier_headers = self.tier(encoded.tier) if encoded.tier else ({}, {})
        verb = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
        return UpstreamRequest(
            f"{endpoint.base_url}/{self.path(endpoint)}:{verb}",
            msgspec.json.encode(tier_members | encoded.body),
            {"accept": "text/event-stream" if request.stream else "application/json", **tier_headers},
            encoded.dropped,
        )

    def tier(self, tier: str) -> tuple[dict[str, str], dict[str, str]]:
        """The members of the body and the headers that ask for a service tier."""
        return {"serviceTier": tier}, {}

    def path(self, endpoint: Endpoint) -> str:
        """The model's path, percent-encoded; an id may say by itself which collection it stands in."""
        collection, _, name = endpoint.model.partition("/")
        if collection in ("models", "tunedModels") and name:
            return f"v1beta/{collection}/{segment(name)}"
        return f"v1beta/models/{segment(endpoint.model)}"

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses by what the provider says it sends: a stream may be answered by one JSON body."""
        known = earlier_ids(request)
        kind = StreamDecoder if streamed(request, content_type) else BodyDecoder
        return kind(endpoint.provider, known)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return status_error(endpoint.provider, status, headers, body)
