"""Vertex AI serves three languages, told apart by model id.

Anthropic's for `claude-...`; OpenAI's for open models, whose ids have their publisher in front (`meta/...`);
Google's for all else.
"""

from collections.abc import Mapping, Sequence

import msgspec

from service.dialects.anthropic.vertex import AnthropicOnVertex
from service.dialects.dialect import Decoder, Dialect
from service.dialects.google.vertex import GeminiOnVertex
from service.dialects.openai import OpenAIChat
from service.dialects.urls import segment
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest

_CLAUDE: Dialect = AnthropicOnVertex()
_GEMINI: Dialect = GeminiOnVertex()
_OPEN: Dialect = OpenAIChat()


class Vertex:
    """The dialect of one endpoint is that of its model. An API key (express mode) has a header of its own."""

    key_header = "x-goog-api-key"

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What the caller would not get."""
        return _of(endpoint).obstacles(request, endpoint)

    def forces_schemas(self, endpoint: Endpoint) -> bool:
        """As the model's own dialect does."""
        return _of(endpoint).forces_schemas(endpoint)

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """The URLs whose bytes are needed."""
        return _of(endpoint).links(request, endpoint)

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        dialect = _of(endpoint)
        return dialect.encode(request, _open(endpoint) if dialect is _OPEN else endpoint, media)

    def decoder(self, request: ChatRequest, endpoint: Endpoint, content_type: str) -> Decoder:
        """Chooses the decoder."""
        return _of(endpoint).decoder(request, endpoint, content_type)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return _of(endpoint).error(endpoint, status, headers, body)


def _of(endpoint: Endpoint) -> Dialect:
    if _name(endpoint).startswith("claude"):
        return _CLAUDE
    publisher, slash, _ = endpoint.model.partition("/")
    return _OPEN if slash and publisher not in ("google", "publishers", "models", "projects") else _GEMINI


def _name(endpoint: Endpoint) -> str:
    return endpoint.model.rpartition("/")[2]


def _open(endpoint: Endpoint) -> Endpoint:
    """The endpoint of open models. Source: Vertex AI documentation, "Call MaaS APIs for open models"."""
    project, location = segment(endpoint.site.project or ""), segment(endpoint.site.location or "global")
    path = f"/v1beta1/projects/{project}/locations/{location}/endpoints/openapi"
    return msgspec.structs.replace(endpoint, base_url=endpoint.base_url + path)
