"""The dialects of Azure OpenAI: OpenAI's at addresses of its own."""

from collections.abc import Mapping

from service.dialects.openai import OpenAIChat
from service.dialects.openai.request import encode
from service.dialects.responses import OpenAIResponses
from service.dialects.responses.request import encode as encode_response
from service.dialects.urls import segment
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest

# The latest dated version that is generally available; the operator may name another.
_API_VERSION = "2024-10-21"
_MODELS_VERSION = "2024-05-01-preview"  # Azure AI Model Inference REST reference


class AzureOpenAI(OpenAIChat):
    """POST .../chat/completions. Source: the `openai` SDK's `AzureOpenAI`; Azure OpenAI REST reference."""

    key_header = "api-key"

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        del media
        return encode(request, endpoint, _url(endpoint))


class AzureResponses(OpenAIResponses):
    """POST .../openai/v1/responses, for models that are served only there.

    Source: Azure OpenAI, "Azure OpenAI Responses API": the model is the deployment's name.
    """

    key_header = "api-key"

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request."""
        del media
        base = endpoint.base_url.partition("/deployments/")[0]
        if not base.endswith("/v1"):
            return encode_response(request, endpoint, f"{base.removesuffix('/openai')}/openai/v1/responses")
        return encode_response(request, endpoint, f"{base}/responses{_query(endpoint)}")


def _query(endpoint: Endpoint) -> str:
    version = endpoint.site.api_version
    return f"?api-version={segment(version)}" if version else ""


def _url(endpoint: Endpoint) -> str:
    """Reads the base URL as the SDK does, and as people paste it.

    `https://NAME.openai.azure.com`, with or without `/openai`, has a path for each deployment; a base URL
    that names one already serves only that. `.../openai/v1` is the newer address, which knows deployments by
    the model's name and needs no version. `.../models` is that of models of other makers.
    """
    base, version = endpoint.base_url, endpoint.site.api_version
    if base.endswith("/v1"):
        return f"{base}/chat/completions{_query(endpoint)}"
    if base.endswith("/models"):
        return f"{base}/chat/completions?api-version={segment(version or _MODELS_VERSION)}"
    if "/deployments/" not in base:
        base = base if base.endswith("/openai") else f"{base}/openai"
        base = f"{base}/deployments/{segment(endpoint.model)}"
    return f"{base}/chat/completions?api-version={segment(version or _API_VERSION)}"
