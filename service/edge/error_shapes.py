"""Errors as JSON, in the shape that belongs to a path. OpenAI's is in `openai_json`."""

from typing import Any

from grpc import StatusCode

from service.edge.grpc_errors import DOMAIN
from service.errors import InvalidRequest, PointsmanError

# The names under which OpenRouter's callers find what went wrong, by our HTTP status (A10.4).
_OPENROUTER_TYPES = {
    400: "invalid_request",
    401: "authentication",
    404: "not_found",
    413: "payload_too_large",
    422: "unprocessable",
    429: "rate_limit_exceeded",
    502: "provider_unavailable",
    503: "provider_overloaded",
    504: "timeout",
}


def openrouter(error: PointsmanError) -> dict[str, Any]:
    """Prints a failure as `/api/v1` has it: the code is the HTTP status, an integer."""
    status = error.row.http_status
    about = {"error_type": _OPENROUTER_TYPES.get(status, "server")}
    return {"error": {"code": status, "message": error.message, "metadata": about}}


def status(error: PointsmanError) -> dict[str, Any]:
    """Prints a failure as JSON of `google.rpc.Status`, as Envoy prints those of typed methods."""
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": error.kind.name, "domain": DOMAIN}
    ]
    if isinstance(error, InvalidRequest):
        violations = [{"field": each.field, "description": each.description} for each in error.violations]
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "field_violations": violations})
    code: int = StatusCode[error.row.grpc_code].value[0]
    return {"code": code, "message": error.message, "details": details}
