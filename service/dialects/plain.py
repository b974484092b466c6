"""What most dialects have in common: a Bearer key, vendors that fetch links by themselves, errors as JSON."""

from collections.abc import Mapping, Sequence

from service.dialects.errors import http_error
from service.errors import ProviderError
from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint


class Plain:
    """The part of a `Dialect` that needs no saying anew."""

    key_header = "authorization"

    def forces_schemas(self, endpoint: Endpoint) -> bool:
        """No: a schema is asked for in the vendor's own words, or not at all."""
        del endpoint
        return False

    def links(self, request: ChatRequest, endpoint: Endpoint) -> Sequence[str]:
        """None: the vendor fetches by itself."""
        del request, endpoint
        return ()

    def error(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """Reads an HTTP error of the provider."""
        return http_error(endpoint.provider, status, headers, body)
