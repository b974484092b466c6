"""GET /readyz: whether everything works, and if not, what still does."""

from collections.abc import Callable
from typing import Any

from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from pointsman.v1 import rest_readiness_service_pb2_grpc
from service.edge import openai_json
from service.edge.call_context import Context

_JSON = "application/json"


class RestReadiness(rest_readiness_service_pb2_grpc.RestReadinessServiceServicer):
    """The door of load balancers and monitors; `connected` and `known` tell how the store is doing.

    `known` is whether there is a snapshot, so that callers' keys can be told from wrong ones.
    """

    def __init__(self, connected: Callable[[], bool], known: Callable[[], bool]) -> None:
        self._connected = connected
        self._known = known

    async def GetReadiness(  # noqa: N802 - the RPC's name
        self,
        request: empty_pb2.Empty,  # noqa: ARG002 - nothing can be asked
        context: Context,
    ) -> httpbody_pb2.HttpBody:
        """Answers 200 or 503."""
        connected = self._connected()
        await context.send_initial_metadata((("x-http-status", "200" if connected else "503"),))
        body = openai_json.encode(_told(connected=connected, known=self._known()))
        return httpbody_pb2.HttpBody(content_type=_JSON, data=body)


def _told(*, connected: bool, known: bool) -> dict[str, Any]:
    if connected:
        return {"ready": True, "store": "connected", "serving": "everything"}
    serving = "chat from the last snapshot" if known else "the operator's key and router files"
    return {"ready": False, "store": "unreachable", "serving": serving}
