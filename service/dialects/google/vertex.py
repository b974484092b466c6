"""Gemini on Vertex AI: the same format at other paths, with a cloud's project and credentials."""

from service.dialects.google import Google
from service.dialects.google.platform import VERTEX
from service.dialects.urls import segment
from service.errors import InvalidRequest, Violation
from service.types.upstream import Endpoint

# docs.cloud.google.com/vertex-ai/generative-ai/docs/priority-paygo and .../flex-paygo
_MIN_PATH = 6  # projects/P/locations/L/endpoints/E
_TIER_HEADER = "x-vertex-ai-llm-shared-request-type"


class GeminiOnVertex(Google):
    """POST /v1beta1/projects/P/locations/L/publishers/google/models/M:generateContent.

    Without a project, which is how Vertex AI's express mode is used with an API key, the path begins with
    `publishers`. Source: `google-genai`, `t_model` and `BaseApiClient._build_request`.
    """

    key_header = "authorization"
    platform = VERTEX

    def path(self, endpoint: Endpoint) -> str:
        """The model's path, percent-encoded; an id may name its publisher, and the configured project.

        Raises `InvalidRequest` for the id of another project: it would be called with our credentials.
        """
        site, names = endpoint.site, endpoint.model.split("/")
        if names[0] == "projects":
            if len(names) < _MIN_PATH or names[1] != site.project:
                raise InvalidRequest([Violation("model", "must be of the project that is configured")])
            return "v1beta1/" + "/".join(map(segment, names))
        match names:
            case ["publishers", publisher, "models", *rest]:
                name = "/".join(rest)
            case [("models" | "google"), *rest] if rest:
                publisher, name = "google", "/".join(rest)
            case [publisher, *rest] if rest:
                name = "/".join(rest)
            case _:
                publisher, name = "google", endpoint.model
        path = f"publishers/{segment(publisher)}/models/{segment(name)}"
        if site.project:
            path = f"projects/{segment(site.project)}/locations/{segment(site.location or 'global')}/{path}"
        return f"v1beta1/{path}"

    def tier(self, tier: str) -> tuple[dict[str, str], dict[str, str]]:
        """Vertex AI is asked for a tier by a header; the standard one by none."""
        return {}, {} if tier == "standard" else {_TIER_HEADER: tier}
