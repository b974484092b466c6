"""Claude on Vertex AI: the same messages in another frame.

Source: the `anthropic` SDK's AnthropicVertex client. Its base URL ends in the API's version; the base URL of
Google's own SDK does not, and gets it here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from service.dialects.anthropic.headers import headers
from service.dialects.anthropic.messages import Messages
from service.dialects.anthropic.platform import VERTEX
from service.dialects.anthropic.request import body, written
from service.dialects.google.errors import status_error
from service.dialects.urls import segment
from service.errors import ProviderError, Violation
from service.types.chat_request import ChatRequest
from service.types.media import Media
from service.types.upstream import Endpoint, UpstreamRequest

# Later ones refuse the sampling parameters of older models (`headers.API_VERSION`).
_VERSION = "vertex-2023-10-16"
_API_VERSIONS = ("/v1", "/v1beta1")


class AnthropicOnVertex(Messages):
    """POST .../publishers/anthropic/models/M:rawPredict, or :streamRawPredict."""

    key_header = "authorization"
    platform = VERTEX

    def obstacles(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[Violation]:
        """What this model does not take, and a project or location that is missing."""
        site = {"project": endpoint.site.project, "location": endpoint.site.location}
        missing = [
            Violation("model", f"'{endpoint.provider}' has no {name}")
            for name, value in site.items()
            if not value
        ]
        return [*missing, *super().obstacles(request, endpoint)]

    def encode(self, request: ChatRequest, endpoint: Endpoint, media: Mapping[str, Media]) -> UpstreamRequest:
        """Builds the provider's request: the model is in the URL, the version in the body."""
        built, dropped = body(request, endpoint, media, self.platform)
        del built["model"]
        framed = {"anthropic_version": _VERSION, **built}
        base = endpoint.base_url
        base = base if base.endswith(_API_VERSIONS) else f"{base}/v1beta1"
        verb = "streamRawPredict" if request.stream else "rawPredict"
        url = (
            f"{base}/projects/{segment(endpoint.site.project or '')}"
            f"/locations/{segment(endpoint.site.location or '')}"
            f"/publishers/anthropic/models/{segment(endpoint.model, safe='@')}:{verb}"
        )
        return UpstreamRequest(url, written(framed), headers(request, built), dropped)

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error, which is Claude's, or Google's if the request did not get so far."""
        if _is_googles(body):
            return status_error(endpoint.provider, status, headers, body)
        return super().error(endpoint, status, headers, body)


def _is_googles(body: bytes) -> bool:
    """Whether an error is a `google.rpc.Status`; Claude's have a type, and no status or details."""
    try:
        payload: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if isinstance(payload, list) and payload:
        payload = payload[0]
    error = payload.get("error") if isinstance(payload, dict) else None
    return isinstance(error, dict) and bool(error.keys() & {"status", "details"})
