"""Gemini on Vertex AI: the same format at other paths, with a cloud's project and credentials."""

from service.dialects.google import Google
from service.dialects.google.platform import VERTEX
from service.dialects.urls import segment
from service.types.upstream import Endpoint

# docs.cloud.google.com/vertex-ai/generative-ai/docs/priority-paygo and .../flex-paygo
_TIER_HEADER = "x-vertex-ai-llm-shared-request-type"
_COLLECTIONS = ("projects", "publishers", "models")


class GeminiOnVertex(Google):
    """POST /v1beta1/projects/P/locations/L/publishers/google/models/M:generateContent.

    Without a project, which is how Vertex AI's express mode is used with an API key, the path begins with
    `publishers`. Source: `google-genai`, `t_model` and `BaseApiClient._build_request`.
    """

    key_header = "authorization"
    forces_schemas = False
    platform = VERTEX

    def path(self, endpoint: Endpoint) -> str:
        """The model's path, percent-encoded; ids with slashes name their publisher, or are paths already."""
        names = endpoint.model.split("/")
        if names[0] not in _COLLECTIONS:
            publisher = names[0] if len(names) > 1 else "google"
            # Slashes after the publisher belong to the model's name.
            name = "/".join(names[1:]) or names[0]
            names = ["publishers", publisher, "models", name]
        path = "/".join(map(segment, names))
        site = endpoint.site
        if site.project and names[0] != "projects":
            path = f"projects/{segment(site.project)}/locations/{segment(site.location or 'global')}/{path}"
        return f"v1beta1/{path}"

    def tier(self, tier: str) -> tuple[dict[str, str], dict[str, str]]:
        """Vertex AI is asked for a tier by a header; the standard one by none."""
        return {}, {} if tier == "standard" else {_TIER_HEADER: tier}
